"""Loading a scenario and all that it builds on, with every fault told at once."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from simulator.errors import Problem, nearest, refuse
from simulator.scenario import folders, rules, vocabulary
from simulator.scenario.courses import Course, steady
from simulator.scenario.faults import Faults, shown
from simulator.scenario.reading import displayed, read
from simulator.scenario.records import Kind, Scenario
from simulator.scenario.resolving import follow
from simulator.scenario.translating import validated
from simulator.scenario.vocabulary import Vocabulary

#: The longest chain of scenarios that build on each other.
LONGEST_CHAIN = 8


class Examined(NamedTuple):
    """What became of a file; the scenario is sound only when there is no problem.

    `courses` are those of every input, when the vocabulary is known and nothing is wrong.
    """

    scenario: Scenario | None
    problems: list[Problem]
    courses: dict[str, Course]


class Library:
    """The files examined in one go, each once."""

    def __init__(self, words: Vocabulary | None = None) -> None:
        """Begin with no file; without `words`, what needs the model is not checked."""
        self.words = words
        self._seen: dict[Path, Examined] = {}

    def examine(self, path: Path, above: tuple[Path, ...] = ()) -> Examined:
        """Read and check one file, and what it builds on; `above` are the files that lead here."""
        if path not in self._seen:
            self._seen[path] = self._examined(path, above)
        return self._seen[path]

    def _examined(self, path: Path, above: tuple[Path, ...]) -> Examined:
        data, faults = read(path)
        if data is None:
            return Examined(None, faults.problems, {})
        if folders.is_design(path, data):
            remedy = f"Try it with: fentsim sweep {faults.file} --dry-run"
            faults.add((), "It is the design of a sweep, not a scenario.", remedy, line=1)
            return Examined(None, faults.problems, {})
        kind = folders.kind_of(path, data)
        base = self._base(path, data.get("builds_on"), above, faults) if kind == "policy" else None
        given = {"kind": kind, "base": base and base.scenario, "path": faults.file, "lines": faults.lines}
        if base and base.problems:
            given["base"] = None
        scenario = validated(data, given, faults)
        rules.check(scenario, faults)
        if kind == "debate":
            debated_is_unknown(scenario, path, faults)
            self._debated_is_unsound(scenario, path, above, faults)
        courses = self._check_meaning(scenario, base, faults) if self.words else {}
        return Examined(scenario, [*faults.problems, *(base.problems if base else [])], courses)

    def _debated_is_unsound(self, debate: Scenario, path: Path, above: tuple[Path, ...], faults: Faults) -> None:
        """A debate's policies and worldviews are of the right kind and without faults; the tests examine what ships."""
        known, shipped = folders.named(beside=path), folders.shipped()
        for field, names, kinds in _debated(debate):
            for number, name in enumerate(names):
                place = (field, number)
                if not faults.is_clean(place) or known[name] in shipped:
                    continue
                target = known[name]
                data, _ = read(target)
                kind = folders.kind_of(target, data or {})
                if data is not None and kind not in kinds:
                    faults.add(place, f"{target.name} is a {kind}, not a {kinds[0]}.", "Name another, or move it.")
                elif self.examine(target, (*above, path)).problems:
                    remedy = f"See them with: fentsim check {displayed(target)}"
                    faults.add(place, f'"{name}" has faults of its own.', remedy)

    def _check_meaning(self, scenario: Scenario, base: Examined | None, faults: Faults) -> dict[str, Course]:
        if self.words is None:  # pragma: no cover - asked for with words only
            return {}
        vocabulary.check(scenario, self.words, faults)
        numbers = self.words.parameters
        if base is not None:
            courses = base.courses
        else:
            courses = {name: steady(number.value) for name, number in numbers.items() if number.is_input}
        return follow(scenario, numbers, courses, faults)

    def _base(self, path: Path, name: object, above: tuple[Path, ...], faults: Faults) -> Examined | None:
        """Examine what a policy builds on, unless it leads back here."""
        if not isinstance(name, str) or not name.strip():
            return None
        known = folders.named(beside=path)
        target = known.get(name.strip())
        here = ("builds_on",)
        chain = (*above, path)
        if target is None:
            remedy = nearest(name, known) or "List the shipped ones with: fentsim scenarios"
            faults.add(here, f'There is no scenario "{shown(name)}".', remedy)
        elif any(_same(target, other) for other in chain):
            route = " -> ".join(each.stem for each in (*chain, target))
            faults.add(here, f"The scenarios build on each other: {route}.", "Let one of them build on history.")
        elif len(chain) >= LONGEST_CHAIN:
            faults.add(here, f"More than {LONGEST_CHAIN} scenarios build on each other.", "Shorten the chain.")
        else:
            base = self.examine(target, chain)
            if base.scenario and base.scenario.kind not in ("history", "policy"):
                fault = f'"{base.scenario.name}" is a {base.scenario.kind}; a policy builds on history or a policy.'
                faults.add(here, fault, 'Write "builds_on: history".')
            return base
        return None


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return one == other


def _debated(debate: Scenario) -> tuple[tuple[str, tuple[str, ...], tuple[Kind, ...]], ...]:
    """Return the fields by which a debate names others: the field, the names, and kinds of what it may name."""
    return (
        ("policies", debate.policies, ("policy", "history")),
        ("worldviews", debate.worldviews, ("worldview",)),
    )


def debated_is_unknown(scenario: Scenario, path: Path, faults: Faults) -> None:
    """A debate names policies (or history) and worldviews that exist."""
    known = folders.named(beside=path)
    kinds = {name: folders.kind_of(target) for name, target in known.items()}
    for field, names, kind in _debated(scenario):
        fitting = [name for name, other in kinds.items() if other is None or other in kind]
        for number, name in enumerate(names):
            place = (field, number)
            if faults.is_clean(place) and name not in fitting:
                remedy = nearest(name, fitting) or "List them with: fentsim scenarios"
                faults.add(place, f'There is no {kind[0]} "{shown(name)}".', remedy)


def is_design(path: Path) -> bool:
    """Whether a file is the design of a sweep; one that cannot be read is not."""
    data, _ = read(path)
    return data is not None and folders.is_design(path, data)


def load(path: Path | str, words: Vocabulary | None = None) -> Scenario:
    """Return the scenario in a file, with all that it builds on.

    Args:
        path: a YAML file.
        words: the model's vocabulary; without it, names, units and `from` are left unchecked.

    Raises:
        SimulatorError: listing every fault of the file, and of those it builds on.
    """
    examined = Library(words).examine(Path(path))
    refuse(examined.problems, headline(examined.problems, str(path)))
    if examined.scenario is None:  # pragma: no cover - there would be a problem
        raise ValueError(path)
    return examined.scenario


def check(paths: Iterable[Path | str], words: Vocabulary | None = None) -> list[Problem]:
    """Return every fault of the files, and of those they build on, each once."""
    library = Library(words)
    return list(dict.fromkeys(problem for path in paths for problem in library.examine(Path(path)).problems))


def headline(problems: list[Problem], what: str) -> str:
    """Return the line above a list of faults."""
    return (
        f"One thing keeps {what} from running."
        if len(problems) == 1
        else (f"{len(problems)} things keep {what} from running.")
    )
