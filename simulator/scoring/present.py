"""Where forecasts start: the last thing that the record says, over what each member says.

For deaths from synthetic opioids that is the last quarter before the origin; for any other
series the last row that ends by then. Months are final counts from 2022 on. Before, they are
worked out from the provisional counts of twelve months ending, and scaled to the final count
of the year. Everything is the record as it stands today: nobody kept what was published on
the day, so the scores flatter every forecaster here, the rules of thumb included, by what
revisions added later.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.dates import MONTHS
from simulator.record.reading import record

if TYPE_CHECKING:
    from simulator.record.observation import Observation
    from simulator.solution import Solution

Array = np.ndarray[Any, np.dtype[np.float64]]

DEATHS = "synthetic_opioid_deaths"
QUARTER = 0.25
#: Relative standard deviation of a quarter's count, fixed before anything was scored: what
#: `simulator.record.observation` then said of a month, not narrowed, for neighbouring months share their
#: errors. A month has 0.03 there since the likelihood says what neighbours share; forecasts keep what was fixed.
QUARTER_SPREAD = 0.04
_CLOSE = 1e-6  # years


@dataclass(frozen=True, slots=True)
class Present:
    """The last residual before an origin.

    Attributes:
        residual: log of record over model; shape (member,).
        seen: the middle of what was compared, in decimal years.
        spread: its relative standard deviation of measurement.
    """

    residual: Array
    seen: float
    spread: float


def present(observation: Observation, solution: Solution, until: float) -> Present | None:
    """Return the last residual of a series before `until`, or None where the record has not begun."""
    if observation.series == DEATHS:
        model = solution.mean_between(observation.quantity, until - QUARTER, until)[:, 0]
        return Present(np.log(last_quarter(until) / model), until - QUARTER / 2, QUARTER_SPREAD)
    rows = observation.rows(until)
    if len(rows.values) == 0:
        return None
    last = int(np.argmax(rows.ends))
    model = observation.predicted(solution, rows)[:, last]
    seen = float(rows.starts[last] + rows.ends[last]) / 2
    return Present(np.log(rows.values[last] / model), seen, float(observation.spreads(rows)[last]))


def last_quarter(until: float) -> float:
    """Return deaths from synthetic opioids in the quarter before `until`, as a yearly rate (person/year).

    Raises:
        ValueError: when the record does not hold every month of it.
    """
    ends, deaths = monthly(until)
    within = ends > until - QUARTER + _CLOSE
    if np.count_nonzero(within) != round(QUARTER * MONTHS):
        message = f"the months before {until:g} are not in the record"
        raise ValueError(message)
    return float(deaths[within].sum() / QUARTER)


@cache
def monthly(until: float) -> tuple[Array, Array]:
    """Return deaths from synthetic opioids in each month that ends by `until`: ends (years) and counts (person).

    Nothing that happened later is used.
    """
    ends, counts = unrolled()
    known = ends <= until + _CLOSE
    ends, counts = ends[known], counts[known].copy()
    annual = record(DEATHS).since(ends[0], until + _CLOSE)
    for start, end, final in zip(annual.starts, annual.ends, annual.values, strict=True):
        year = (ends > start + _CLOSE) & (ends < end + _CLOSE)
        if np.count_nonzero(year) == MONTHS:
            counts[year] *= final / counts[year].sum()
    final_months = record(f"{DEATHS}_monthly").since(0.0, until + _CLOSE)
    for end, value in zip(final_months.ends, final_months.values, strict=True):
        counts[np.abs(ends - end) < _CLOSE] = value
    return ends, counts


@cache
def unrolled() -> tuple[Array, Array]:
    """Return the provisional months behind the counts of twelve months ending: ends (years) and counts (person).

    Each count less the one before is a month less the same month a year earlier. The first
    twelve months, 2014, are taken as equal; what that gets wrong stays as large as it was in
    2014, while deaths grew more than ten-fold.
    """
    rolling = record(f"{DEATHS}_12_months_ending")
    counts = [rolling.values[0] / MONTHS] * MONTHS
    for change in np.diff(rolling.values):
        counts.append(counts[-MONTHS] + change)
    ends = rolling.ends[0] + np.arange(1 - MONTHS, len(rolling.ends)) / MONTHS
    return ends, np.array(counts)
