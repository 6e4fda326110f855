"""Dates as decimal years: every month is a twelfth, so that years and months are whole."""

from __future__ import annotations

from calendar import monthrange
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from datetime import date

MONTHS = 12


def decimal_year(day: date) -> float:
    """Return the instant a day begins: 1 July is half past the year."""
    days = monthrange(day.year, day.month)[1]
    return day.year + (day.month - 1 + (day.day - 1) / days) / MONTHS


def month_starts(start: float, end: float) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return every month start from `start` to `end`, both included, as decimal years."""
    first, last = int(np.ceil(start * MONTHS - 1e-6)), int(np.floor(end * MONTHS + 1e-6))
    return np.arange(first, last + 1) / MONTHS
