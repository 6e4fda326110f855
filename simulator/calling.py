"""Scenarios as people call them: what is shipped by its name, a file of one's own by its path.

A shipped scenario is examined by the tests; of anybody else's file every fault is told that
`fentsim check` tells, whichever command reads it.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from simulator import scenario
from simulator.errors import Problem, SimulatorError, refuse
from simulator.fentanyl import fentanyl_model
from simulator.files import shipped
from simulator.parameters import sources
from simulator.scenario.loading import headline

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@cache
def words() -> scenario.Vocabulary:
    """Return all that a file may speak of: the shipped model's parameters, its quantities and the bibliography."""
    model = fentanyl_model()
    return scenario.Vocabulary(model.parameters, model.equations, sources(shipped("references.bib")))


def called(name: str | Path, beside: Path | None = None) -> scenario.Scenario:
    """Return the scenario that a name or a path calls, checked in full unless it is shipped.

    Args:
        name: of a scenario, or the path of its file.
        beside: a file; a scenario that lies beside it comes before a shipped one of the same name.

    Raises:
        SimulatorError: naming the nearest scenario, or listing every fault of the file.
    """
    path = scenario.located(name, beside)
    return scenario.load(path, None if path in scenario.shipped() else words())


def called_each(names: Iterable[str | Path], beside: Path | None = None) -> list[scenario.Scenario]:
    """Return what each name calls; the faults of all of them are told at once.

    Raises:
        SimulatorError: listing every name that calls nothing, and every fault of the files.
    """
    found: list[scenario.Scenario] = []
    refusals: list[SimulatorError] = []
    for name in names:
        try:
            found.append(called(name, beside))
        except SimulatorError as error:
            refusals.append(error)
    problems: list[Problem] = list(dict.fromkeys(problem for each in refusals for problem in each.problems))
    refuse(problems, refusals[0].title if len(refusals) == 1 else headline(problems, "these files"))
    return found
