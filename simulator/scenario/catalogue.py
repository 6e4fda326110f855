"""The shipped scenarios: all of them, or one by name."""

from __future__ import annotations

from pathlib import Path

from simulator.errors import Problem, SimulatorError, nearest, refuse
from simulator.scenario import folders
from simulator.scenario.faults import shown
from simulator.scenario.loading import Library, headline, load
from simulator.scenario.records import Scenario
from simulator.scenario.vocabulary import Vocabulary


def catalogue(words: Vocabulary | None = None) -> tuple[Scenario, ...]:
    """Return every shipped scenario: history, then policies, worldviews and debates by name.

    Raises:
        SimulatorError: listing every fault of every file.
    """
    library = Library(words)
    examined = [library.examine(path) for path in folders.shipped()]
    found = dict.fromkeys(problem for each in examined for problem in each.problems)
    problems = [*folders.names_are_taken_twice(), *found]
    refuse(problems, headline(problems, "the scenarios"))
    return tuple(each.scenario for each in examined if each.scenario is not None)


def find(name: str | Path, words: Vocabulary | None = None) -> Scenario:
    """Return a shipped scenario by its name, or any by the path of its file.

    Raises:
        SimulatorError: naming the nearest scenario, or listing every fault of the file.
    """
    return load(located(name), words)


def located(name: str | Path, beside: Path | None = None) -> Path:
    """Return the file that a name or a path calls; one that lies `beside` a file comes before a shipped one.

    Raises:
        SimulatorError: naming the nearest scenario.
    """
    if isinstance(name, Path) or "/" in name or "\\" in name or name.endswith((".yaml", ".yml")):
        return Path(name)
    known = folders.named(beside)
    if name not in known:
        remedy = nearest(name, known) or "List them with: fentsim scenarios"
        raise SimulatorError([Problem(f'"{shown(name)}"', "There is no scenario of that name.", remedy)])
    return known[name]
