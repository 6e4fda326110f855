"""How history compares with the record: one row a promise, with the error and the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.dates import MONTHS
from simulator.record.observation import OBSERVATIONS
from simulator.record.reading import record
from simulator.report.spread import well

if TYPE_CHECKING:
    from simulator.record.observation import Observation
    from simulator.solution import Solution

#: Promises beyond the mean error of each series: the share of variance explained, the last
#: year of the record, and the date of the peak.
VARIANCE_EXPLAINED = ("synthetic_opioid_deaths", 0.99)
LAST_YEAR = ("synthetic_opioid_deaths", 2024, 0.08)
PEAK = ("synthetic_opioid_deaths_12_months_ending", "synthetic_opioid_deaths", 6)
#: Over so many years before the end of the record a run that was not fitted is held against it.
LAST_YEARS = 5
#: A variance needs this many rows to be explained.
_ENOUGH = 4


def agreement(solution: Solution, until: float) -> list[dict[str, Any]]:
    """Compare a run of history with every series of the record that ends by `until`.

    The median of members is compared; ask for one member to judge the likeliest run.

    Returns:
        Rows with `series, measure, rows, start, end, error, r2, target, verdict`; errors are
        shares, those of the peak months.
    """
    found = [row for observation in OBSERVATIONS if (row := _series(observation, solution, until)) is not None]
    for row in (_last_year(solution, until), _peak(solution, until)):
        if row is not None:
            found.insert(1, row)
    return found


def miss(solution: Solution, until: float) -> tuple[float, float]:
    """Return the mean error in yearly deaths from synthetic opioids over the last years, and the promise.

    Both are shares; the median of members is compared with the record before `until`.
    """
    observation = next(each for each in OBSERVATIONS if each.series == LAST_YEAR[0])
    rows = observation.rows(until).since(until - LAST_YEARS)
    predicted = np.median(well(solution, observation.predicted(solution, rows)), axis=0)
    return float(np.mean(np.abs(predicted / rows.values - 1))), observation.target or 0.0


def verdict(*, kept: bool | None) -> str:
    """Return the word for a promise: met, missed, or none made."""
    return "no promise" if kept is None else "met" if kept else "missed"


def _series(observation: Observation, solution: Solution, until: float) -> dict[str, Any] | None:
    rows = observation.rows(min(until, float(solution.times[-1])))
    if not len(rows.values):
        return None
    predicted = np.median(well(solution, observation.predicted(solution, rows)), axis=0) + observation.offset
    recorded = rows.values + observation.offset
    error = float(np.mean(np.abs(predicted / recorded - 1)))
    scatter = float(np.sum((recorded - recorded.mean()) ** 2))
    r2 = 1 - float(np.sum((predicted - recorded) ** 2)) / scatter if len(recorded) >= _ENOUGH and scatter > 0 else None
    kept = None if observation.target is None else error <= observation.target
    if observation.series == VARIANCE_EXPLAINED[0] and r2 is not None:
        kept = bool(kept) and r2 >= VARIANCE_EXPLAINED[1]
    return {
        "series": observation.series,
        "measure": "mean absolute error",
        "rows": len(recorded),
        "start": float(rows.starts.min()),
        "end": float(rows.ends.max()),
        "error": error,
        "r2": r2,
        "target": observation.target,
        "verdict": verdict(kept=kept),
    }


def _last_year(solution: Solution, until: float) -> dict[str, Any] | None:
    series, year, target = LAST_YEAR
    observation = next(each for each in OBSERVATIONS if each.series == series)
    rows = observation.rows().since(year, year + 1)
    if year + 1 > min(until, solution.times[-1]) or not len(rows.values):
        return None
    predicted = float(np.median(well(solution, observation.predicted(solution, rows))))
    error = predicted / float(rows.values[0]) - 1
    kept = verdict(kept=abs(error) <= target)
    return {"series": series, "measure": f"error in {year}", "rows": 1, "start": float(year), "end": float(year + 1),
            "error": error, "r2": None, "target": target, "verdict": kept}  # fmt: skip


def _peak(solution: Solution, until: float) -> dict[str, Any] | None:
    series, quantity, target = PEAK
    rows = record(series).since(float(solution.times[0]), until)
    inside = solution.times <= until + 1 / MONTHS / 2
    total = np.median(well(solution, solution.running_total(quantity)), axis=0)[inside]
    if not len(rows.values) or len(total) <= MONTHS:
        return None
    modelled = float(solution.times[inside][MONTHS:][np.argmax(total[MONTHS:] - total[:-MONTHS])])
    recorded = float(rows.ends[np.argmax(rows.values)])
    months = round((modelled - recorded) * MONTHS)
    return {"series": series, "measure": "months from the recorded peak", "rows": 1, "start": recorded, "end": recorded,
            "error": months, "r2": None, "target": target, "verdict": verdict(kept=abs(months) <= target)}  # fmt: skip
