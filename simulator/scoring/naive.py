"""Rules of thumb with honest spreads, each knowing only what came before the origin.

They are what a forecast must beat. Each gives a normal distribution of the log count, with
a spread worked out from the rule's own past.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from simulator.dates import MONTHS
from simulator.record.reading import record
from simulator.scoring.present import DEATHS, QUARTER, last_quarter, monthly

Array = np.ndarray[Any, np.dtype[np.float64]]

#: How much of a trend is left a year later: the lower end of what is used in practice
#: (hyndman2021, 0.8 to 0.98), for deaths have turned.
DAMPING = 0.8
#: A spread is not worked out from fewer changes than these.
ENOUGH = 5
_QUARTER_MONTHS = round(QUARTER * MONTHS)


@dataclass(frozen=True, slots=True)
class Rule:
    """What a rule says of the years ahead.

    Attributes:
        name: as it is printed.
        centres: medians of the log count; shape (year,).
        spreads: standard deviations on the log scale; shape (year,).
    """

    name: str
    centres: Array
    spreads: Array

    def quantiles(self, shares: tuple[float, ...]) -> Array:
        """Return quantiles of the count; shape (share, year)."""
        from scipy.stats import norm

        return np.asarray(np.exp(norm.ppf(np.array(shares)[:, None], self.centres, self.spreads)))

    def crps(self, observed: Array) -> Array:
        """Return the continuous ranked probability score of log counts; shape (year,)."""
        import scoringrules

        return np.asarray(scoringrules.crps_normal(np.log(observed), self.centres, self.spreads))


def rules(series: str, until: float, years: int) -> list[Rule]:
    """Return what every rule says of the `years` after `until`, where the record allows."""
    past = record(series).since(0.0, until)
    annual = past.header["frequency"] == "calendar-year" and bool(np.all(np.diff(past.starts) == 1))
    if not annual or len(past.values) <= ENOUGH or past.ends[-1] != until:
        return []
    values = np.log(past.values)
    found = [last_value(values, years), damped_trend(values, years)]
    return [*found, last_quarter_continues(until, years)] if series == DEATHS else found


def last_value(values: Array, years: int) -> Rule:
    """Say that the last year repeats: a random walk of the log, as wide as its changes have been.

    Args:
        values: log counts of past years; shape (past,).
        years: how many to say.
    """
    size = _size(np.diff(values))
    return Rule("last_value", np.full(years, values[-1]), size * np.sqrt(np.arange(1, years + 1)))


def damped_trend(values: Array, years: int) -> Rule:
    """Say that the last change goes on, a little less each year; errors add up as the rule implies."""
    changes = np.diff(values)
    size = _size(changes[1:] - DAMPING * changes[:-1])
    powers = DAMPING ** np.arange(years + 1)
    centres = values[-1] + changes[-1] * np.cumsum(powers[1:])
    return Rule("damped_trend", centres, size * np.sqrt(np.cumsum(np.cumsum(powers[:-1]) ** 2)))


def last_quarter_continues(until: float, years: int) -> Rule:
    """Say that deaths go on at the rate of the last quarter; as wide as that has been wrong in any past year.

    Past errors are those of every month from which a whole year could be judged by `until`.
    """
    _, counts = monthly(until)
    sums = np.concatenate([[0.0], np.cumsum(counts)])
    turns = np.arange(_QUARTER_MONTHS, len(counts) - MONTHS + 1)
    said = (sums[turns] - sums[turns - _QUARTER_MONTHS]) / QUARTER
    size = _size(np.log((sums[turns + MONTHS] - sums[turns]) / said))
    steps = np.sqrt(np.arange(1, years + 1))
    return Rule("last_quarter", np.full(years, np.log(last_quarter(until))), size * steps)


def _size(errors: Array) -> float:
    """Return the root mean square: a rule without drift owns its bias."""
    return float(np.sqrt(np.mean(errors**2)))
