"""Paired differences: the same members under two scenarios, subtracted member by member."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from simulator.report.spread import summary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.cases import Case
    from simulator.integrate.tracks import Tracks

Array = np.ndarray[Any, np.dtype[np.float64]]

#: How long after the first difference outcomes are added up.
HORIZON = 10.0
#: Differences of this share or less are rounding, and none.
NOISE = 1e-9


@dataclass(frozen=True, slots=True)
class Outcome:
    """A quantity, and whether its total over the window, its mean, or its value at the end is meant."""

    name: str
    over: Literal["total", "mean", "end"]


#: Cash, public cash and the value of life are separate accounts; nothing adds them.
OUTCOMES = (
    Outcome("synthetic_opioid_deaths", "total"),
    Outcome("opioid_deaths", "total"),
    Outcome("people_with_use_disorder", "end"),
    Outcome("people_incarcerated", "mean"),
    Outcome("public_cost", "total"),
    Outcome("cash_cost", "total"),
    Outcome("tariff_cost_to_households", "total"),
    Outcome("value_of_life_cost", "total"),
    Outcome("quality_adjusted_life_years_lost", "total"),
    Outcome("violent_deaths", "total"),
)


@dataclass(frozen=True, slots=True)
class Window:
    """From the first date at which the scenarios differ, ten years on or to the end of the run."""

    start: float
    end: float

    @property
    def told(self) -> str:
        """The window in words: whole calendar years, the last one included, or dates."""
        if self.start % 1 or self.end % 1:
            return f"{self.start:.1f} to {self.end:.1f}"
        first, last = int(self.start), int(self.end) - 1
        return f"{first} to {last}" if first < last else f"{last}"


def parting(tracks: Sequence[Tracks]) -> float | None:
    """Return the first date at which any inputs differ, or None where they never do."""
    edges = np.unique(np.concatenate([each.edges for each in tracks]))
    for begin, end in pairwise(edges):
        for instant in (begin, (begin + end) / 2):
            inputs = np.array([each.at(instant) for each in tracks])
            if not np.allclose(inputs, inputs[0], rtol=1e-9, atol=1e-12):
                return float(begin)
    return None


def window(tracks: Sequence[Tracks], horizon: float = HORIZON) -> Window:
    """Return the years that are compared; where nothing differs, the last ten of the run."""
    end = float(tracks[0].edges[-1])
    begin = parting(tracks)
    start = max(end - horizon, float(tracks[0].edges[0])) if begin is None else begin
    return Window(start, min(start + horizon, end))


def values(case: Case, outcome: Outcome, years: Window) -> Array:
    """Return an outcome of every member over the window; shape (member,)."""
    solution = case.solution
    if outcome.over == "end":
        return solution.mean_between(outcome.name, years.end, years.end)[:, 0]
    mean = solution.mean_between(outcome.name, years.start, years.end)[:, 0]
    return mean * (years.end - years.start) if outcome.over == "total" else mean


def difference(case: Case, against: Case, outcome: Outcome, years: Window) -> Array:
    """Return `case` less `against`, member by member, of those that stayed finite under both."""
    kept = ~(case.solution.failed | against.solution.failed)
    here, there = values(case, outcome, years)[kept], values(against, outcome, years)[kept]
    noise = NOISE * np.maximum(np.abs(here), np.abs(there))
    return np.where(np.abs(here - there) <= noise, 0.0, here - there)


def differences(cases: Sequence[Case], years: Window, outcomes: Sequence[Outcome] = OUTCOMES) -> list[dict[str, Any]]:
    """Compare every scenario with the first, under each worldview.

    Returns:
        Rows with `worldview, scenario, against, outcome, over, unit, start, end, median, lower90,
        upper90, share_of_sign, members`; `share_of_sign` is the share of members whose
        difference has the sign of the median, None where that is zero.
    """
    first = cases[0].scenario.name
    bases = {case.worldview: case for case in cases if case.scenario.name == first}
    rows = []
    for case in (each for each in cases if each.scenario.name != first):
        for outcome in outcomes:
            found = difference(case, bases[case.worldview], outcome, years)
            unit = case.solution.model.equations[outcome.name].unit
            told = summary(found)
            sign = np.sign(told["median"] or 0.0)
            rows.append(
                {
                    "worldview": case.worldview,
                    "scenario": case.scenario.name,
                    "against": first,
                    "outcome": outcome.name,
                    "over": outcome.over,
                    "unit": unit.removesuffix("/year") if outcome.over == "total" else unit,
                    "start": years.start,
                    "end": years.end,
                    **told,
                    "share_of_sign": float(np.mean(np.sign(found) == sign)) if len(found) > 1 and sign else None,
                    "members": len(found),
                }
            )
    return rows
