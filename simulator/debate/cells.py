"""Cells of a debate: one policy under one worldview, solved once for everybody who asks, with the same members."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from simulator import draws, scenario
from simulator.calling import called_each
from simulator.cases import START, Case, solve
from simulator.errors import NumbersFailedError, Problem, nearest, refuse
from simulator.fentanyl import fentanyl_model
from simulator.report.paired import Outcome, Window, values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from simulator.integrate.tracks import Tracks
    from simulator.model import Model

Array = np.ndarray[Any, np.dtype[np.float64]]
Pair = tuple[str, str]

#: Rates that are integrated along, so that their totals are exact; few, for each one costs time.
INTEGRALS = (
    "opioid_deaths", "synthetic_opioid_deaths", "unaware_deaths", "fentanyl_consumed", "precursors_from_china",
    "precursors_from_elsewhere", "public_cost", "cash_cost", "tariff_cost_to_households", "revenue_of_sellers",
    "quality_adjusted_life_years_lost", "violent_deaths", "people_incarcerated",
)  # fmt: skip
#: Members that are held in memory together, and how many times a year their course is looked at.
BLOCK, A_YEAR = 500, 4


@dataclass(frozen=True, slots=True)
class Measure:
    """A quantity over a span of whole years: its total, its mean, or its value at the end."""

    quantity: str
    over: Literal["total", "mean", "end"]
    start: float
    end: float


@dataclass(frozen=True, eq=False)
class Cells:
    """What was measured of every policy under every worldview.

    Attributes:
        measures: what was measured.
        found: by (policy, worldview), shape (measure, member); NaN where a member did not stay finite.
        constants: what each member believes, by worldview; shape (member, constant).
        members, seed: how they were drawn.
    """

    measures: tuple[Measure, ...]
    found: dict[Pair, Array]
    constants: dict[str, Array]
    members: int
    seed: int

    def of(self, measure: Measure, policy: str, worldview: str) -> Array:
        """Return a measure of every member; shape (member,)."""
        return np.asarray(self.found[policy, worldview][self.measures.index(measure)])

    def under(self, names: Mapping[str, str]) -> Cells:
        """Return the cells of policies and worldviews under other names; `names` says what each was solved as."""
        believed = {name: self.constants[solved] for name, solved in names.items() if solved in self.constants}
        pairs = {(policy, belief): (names[policy], names[belief]) for policy in names for belief in believed}
        found = {pair: self.found[solved] for pair, solved in pairs.items() if solved in self.found}
        return Cells(self.measures, found, believed, self.members, self.seed)


def cells(
    pairs: Iterable[Pair],
    measures: Sequence[Measure],
    *,
    members: int,
    seed: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Cells:
    """Solve each pair of policy and worldview once, and keep only what is measured.

    Member i has the same luck in every cell, so that differences between cells are paired.
    Runs end with the last measure.

    Args:
        pairs: (policy, worldview), each a name or the path of a file; repeats are solved once.
        measures: what to keep of each run.
        members: how many, at least two.
        seed: of all draws.
        progress: told `(done, all)` after every cell.

    Raises:
        SimulatorError: for names that are not known, or too few members.
        NumbersFailedError: where not one member of a cell stays finite.
    """
    model = fentanyl_model()
    refuse(_faults(model, measures, members), "This cannot be measured.")
    wanted = sorted(set(pairs), key=lambda pair: pair[::-1])
    until = max(each.end for each in measures)
    names = list(dict.fromkeys(name for pair in wanted for name in pair))
    meant = dict(zip(names, called_each(names), strict=True))
    tracks = {policy: _tracks(model, meant[policy], until) for policy in dict.fromkeys(policy for policy, _ in wanted)}
    found: dict[Pair, Array] = {}
    constants: dict[str, Array] = {}
    for policy, worldview in wanted:
        belief = meant[worldview]
        if worldview not in constants:
            settings = scenario.settings(belief, model.parameters)
            whose = draws.calibrated(belief.name, settings)
            constants[worldview] = draws.constants(model, whose, settings, members=members, seed=seed)
        found[policy, worldview] = _cell(
            model, meant[policy], belief.name, constants[worldview], tracks[policy], measures
        )
        if progress:
            progress(len(found), len(wanted))
    return Cells(tuple(measures), found, constants, members, seed)


def _tracks(model: Model, policy: scenario.Scenario, until: float) -> Tracks:
    return scenario.resolve(policy, model.parameters, START, until)


def _cell(
    model: Model,
    policy: scenario.Scenario,
    worldview: str,
    constants: Array,
    tracks: Tracks,
    measures: Sequence[Measure],
) -> Array:
    until = float(tracks.edges[-1])
    times = START + np.arange(round((until - START) * A_YEAR) + 1) / A_YEAR
    found = np.empty((len(measures), len(constants)))
    for first in range(0, len(constants), BLOCK):
        block = slice(first, first + BLOCK)
        solution = solve(model, INTEGRALS, constants[block], tracks, times)
        case = Case(policy, worldview, solution, "ensemble")
        for row, each in enumerate(measures):
            seen = values(case, Outcome(each.quantity, each.over), Window(each.start, each.end))
            found[row, block] = np.where(solution.failed, np.nan, seen)
    if np.isnan(found).all():
        fault = f"No member stayed finite under {worldview}."
        raise NumbersFailedError([Problem(policy.name, fault, "Look at what was set last.")])
    return found


def _faults(model: Model, measures: Sequence[Measure], members: int) -> list[Problem]:
    problems = [
        Problem(each.quantity, "There is no quantity of that name.", nearest(each.quantity, model.equations))
        for each in measures
        if each.quantity not in model.equations
    ]
    if members < 2:  # noqa: PLR2004 - one has no spread
        problems.append(Problem("members", f"{members} cannot be spread.", "Ask for two or more."))
    return problems
