"""What an analysis asks of the model: one outcome over some years, of one policy or of its difference from another."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator import scenario
from simulator.calling import called
from simulator.cases import INTEGRALS, START, solve
from simulator.dates import month_starts
from simulator.errors import Problem, nearest, refuse
from simulator.fentanyl import fentanyl_model

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from simulator.integrate.tracks import Tracks
    from simulator.model import Model

    Progress = Callable[[int, int], None] | None

Array = np.ndarray[Any, np.dtype[np.float64]]

#: Members solved at a time: bounds the memory used, whatever the size of a design.
BLOCK = 512
#: No scenario dates anything later than this.
LAST = 2041
#: A difference of this share or less is the integrator's tolerance, and none.
NOISE = 1e-6
_RATE = "/year"


@dataclass(frozen=True)
class Question:
    """One outcome over whole calendar years, first and last included.

    Attributes:
        scenario: the policy.
        against: what it is held against, member by member; without it, the outcome itself is meant.
        outcome: any quantity of the model.
        first, last: calendar years.
        relative: the difference is told as a share of what it is held against, so that members
            with a larger epidemic do not weigh more.
        beside: a debate's file; scenarios that lie beside it come before shipped ones of the same name.
    """

    scenario: str
    against: str | None = None
    outcome: str = "synthetic_opioid_deaths"
    first: int = 2027
    last: int = 2036
    relative: bool = False
    beside: Path | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be answered.

        Raises:
            SimulatorError: for a stranger among quantities, or years out of order or reach.
        """
        equations = fentanyl_model().equations
        problems = []
        if self.outcome not in equations:
            remedy = nearest(self.outcome, equations) or "List them with: fentsim quantities"
            problems.append(Problem("--outcome", f'There is no quantity "{self.outcome}".', remedy))
        if START <= self.last < self.first < LAST:
            remedy = f"Swap them: --from {self.last} --to {self.first}."
            problems.append(Problem("--from, --to", f"{self.first} comes after {self.last}.", remedy))
        elif not START <= self.first <= self.last < LAST:
            fault = f"{self.first} to {self.last} are not years of a run."
            problems.append(Problem("--from, --to", fault, f"Choose years between {START:.0f} and {LAST - 1}."))
        if self.relative and not self.against:
            problems.append(
                Problem("--relative", "There is nothing to take a share of.", "Name a base with --against.")
            )
        refuse(problems)

    @property
    def model(self) -> Model:
        """The shipped model."""
        return fentanyl_model()

    @property
    def is_total(self) -> bool:
        """Whether years are added up (rates) or averaged (everything else)."""
        return self.unit_a_year.endswith(_RATE) and not self.relative

    @property
    def unit_a_year(self) -> str:
        """The unit of the quantity."""
        return self.model.equations[self.outcome].unit

    @property
    def unit(self) -> str:
        """The unit of the answer: without its `/year` where years are added up."""
        return "1" if self.relative else self.unit_a_year.removesuffix(_RATE)

    @property
    def years(self) -> list[int]:
        """The calendar years, first and last included."""
        return list(range(self.first, self.last + 1))

    @property
    def told(self) -> str:
        """The question in words."""
        over = "total" if self.is_total else "mean"
        what = f"{self.outcome.replace('_', ' ')}, {over} {self.first} to {self.last}, {self.scenario}"
        share = f", as a share of {self.against}" if self.relative else ""
        return f"{what} less {self.against}{share}" if self.against else what

    @cached_property
    def tracks(self) -> tuple[Tracks, ...]:
        """How inputs move under the policy, then under what it is held against."""
        names = [self.scenario, *([self.against] if self.against else [])]
        return tuple(self.tracks_of(name) for name in names)

    def tracks_of(self, name: str) -> Tracks:
        """Return how inputs move under a scenario to the end of the last year.

        Raises:
            SimulatorError: for a name that is no policy, or a file with faults.
        """
        return scenario.resolve(called(name, self.beside), self.model.parameters, START, self.last + 1.0)

    def sides(self, constants: Array, progress: Progress = None) -> list[Array]:
        """Return the outcome under the policy, then under its base, each of shape (member, year).

        Args:
            constants: the numbers of every member; shape (member, constant).
            progress: told `(done, all)` after every block of members.

        Returns:
            Means over years, NaN where a member failed.
        """
        found = [np.empty((len(constants), len(self.years))) for _ in self.tracks]
        for first in range(0, len(constants), BLOCK):
            block = slice(first, first + BLOCK)
            for side, tracks in zip(found, self.tracks, strict=True):
                side[block] = yearly(self.model, constants[block], tracks, [self.outcome], self.years)[0]
            if progress:
                progress(min(first + BLOCK, len(constants)), len(constants))
        return found

    def by_year(self, constants: Array, progress: Progress = None) -> Array:
        """Return the answer of every member in every year, shape (member, year); NaN where a member failed.

        Args and units are those of `sides`; with a base, the paired difference or its share.
        """
        own, *base = self.sides(constants, progress)
        if not base:
            return own
        gap = own - base[0]
        gap[np.abs(gap) <= NOISE * np.abs(base[0])] = 0.0
        return np.asarray(gap / base[0] if self.relative else gap)

    def over_years(self, by_year: Array) -> Array:
        """Add years up where the outcome is a rate, average them where it is not; shape (member,)."""
        return np.asarray(by_year.sum(axis=-1) if self.is_total else by_year.mean(axis=-1))


def yearly(model: Model, constants: Array, tracks: Tracks, names: Sequence[str], years: Sequence[int]) -> Array:
    """Return means over calendar years, shape (name, member, year); NaN where a member failed.

    Args:
        model: whose constants they are.
        constants: shape (member, constant).
        tracks: how inputs move, to the end of the last year at least.
        names: quantities.
        years: calendar years.
    """
    solution = solve(model, INTEGRALS, constants, tracks, month_starts(START, years[-1] + 1.0))
    starts = np.array(years, float)
    found = np.stack([solution.mean_between(name, starts, starts + 1) for name in names])
    found[:, solution.failed] = np.nan
    return np.asarray(found)
