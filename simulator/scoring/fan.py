"""The forecast as a fan: what deaths may be counted in any twelve months, and in any month, from the record on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.dates import MONTHS, month_starts
from simulator.record.observation import OBSERVATIONS
from simulator.report.spread import SHARES
from simulator.scoring import believers
from simulator.scoring.foretelling import foretell
from simulator.scoring.present import DEATHS, monthly
from simulator.scoring.projection import foretells, walks

if TYPE_CHECKING:
    from simulator.cases import Case
    from simulator.report.history_figure import Fan

Array = np.ndarray[Any, np.dtype[np.float64]]

_MONTH = 1 / MONTHS


def fans(case: Case, end: float, seed: int = 1) -> dict[float, Fan]:
    """Return forecasts of deaths from synthetic opioids over years and months that end by `end`, by their length.

    They are those of the table of a run, in which calendar years alone are shown: the same members,
    walks and luck. Empty where that table has none.

    Args:
        case: a run that goes beyond the record.
        end: in decimal years.
        seed: of the discrepancy.
    """
    begin = believers.RECORD_END
    last = min(end, float(case.solution.times[-1]))
    if not foretells(case) or last < begin + 1:
        return {}
    months = month_starts(begin, last)[:-1]
    years = month_starts(begin - 1, last - 1)
    return {1.0: _fan(case, years, 1.0, seed), _MONTH: _fan(case, months, _MONTH, seed)}


def _fan(case: Case, starts: Array, length: float, seed: int) -> Fan:
    """Foretell what is left of each interval after the record, and add what was counted of it already."""
    from simulator.report.history_figure import Fan

    observation = next(each for each in OBSERVATIONS if each.series == DEATHS)
    open_ = starts + length > believers.RECORD_END + _MONTH / 2
    begin, end = np.maximum(starts, believers.RECORD_END)[open_], (starts + length)[open_]
    rows = replace(observation.rows(0.0), starts=begin, ends=end, values=np.full(len(begin), np.nan))
    said = foretell(observation, case.solution, rows, believers.RECORD_END, seed, walks(case.solution))
    five = np.repeat(_counted(starts)[None], len(SHARES), axis=0)
    if said is not None:
        five[:, open_] += said.quantiles(SHARES) * (end - begin)  # a rate, and what is counted
    return Fan(starts + length / 2, five)


def _counted(starts: Array) -> Array:
    """Return deaths that the record holds from each date on; shape (date,)."""
    ends, deaths = monthly(believers.RECORD_END)
    return np.array([deaths[ends > start + _MONTH / 2].sum() for start in starts])
