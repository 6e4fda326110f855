"""Dates as a scenario writes them, and decimal years as the model counts them.

A month is a twelfth of a year and a day its share of the month, so that `2027-03` and
`2027-03-01` are the same instant, and both the start of an output month.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date as calendar_date

from simulator import dates
from simulator.dates import MONTHS

#: What a scenario may date: the history begins in 2013, and no run ends after 2040.
EARLIEST, LATEST = 2013, 2040

#: The longest that a ramp may take, in years.
LONGEST = 50

_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", re.ASCII)
_DURATION = re.compile(r"(\d{1,5}(?:\.\d{1,6})?)\s*(year|month|week|day)s?", re.ASCII)
_NEARLY = 1e-6


class DateError(ValueError):
    """A date or a duration that cannot be used: the fault and its remedy."""

    def __init__(self, fault: str, remedy: str) -> None:
        """Keep both sentences."""
        self.fault, self.remedy = fault, remedy
        super().__init__(f"{fault} {remedy}")


def decimal_year(date: int | str) -> float:
    """Return a year (2027), a month (`2027-03`) or a day (`2027-03-15`) as a decimal year.

    Raises:
        DateError: when it is none of these, does not exist, or lies outside 2013 to 2040.
    """
    match = None if isinstance(date, (bool, float)) else _DATE.fullmatch(str(date).strip())
    if match is None:
        shown = " ".join(str(date).split())
        raise DateError(f'"{shown}" is not a date.', "Write a year (2027), a month (2027-03) or a day (2027-03-15).")
    year, month, day = (int(part or 1) for part in match.groups())
    if not 1 <= month <= MONTHS or not 1 <= day <= monthrange(max(year, 1), month)[1]:
        raise DateError(f'There is no date "{date}".', "Write a year (2027), a month (2027-03) or a day (2027-03-15).")
    found = dates.decimal_year(calendar_date(year, month, day)) if year else 0.0
    if not EARLIEST <= found <= LATEST:
        raise DateError(f"{date} lies outside {EARLIEST} to {LATEST}.", "Choose a date within.")
    return found


def years(duration: str) -> float:
    """Return a duration such as `2 years`, `6 months` or `8 weeks` in years.

    Raises:
        DateError: when it is not such a text, or is nothing, or too long.
    """
    match = _DURATION.fullmatch(str(duration).strip())
    if match is None:
        raise DateError(f'"{duration}" is not a duration.', 'Write a number and its unit, such as "2 years".')
    number, unit = float(match[1]), match[2]
    if unit == "year":
        found = number
    elif unit == "month":
        found = number / MONTHS
    else:
        from simulator.units import quantity

        found = quantity(f"{number} {unit}", "year")
    if not 0 < found <= LONGEST:
        raise DateError(f'"{duration}" is not between nothing and {LONGEST} years.', "Choose a duration within.")
    return found


def later(date: float, duration: float) -> float:
    """Add two numbers of years; what comes to the start of a month is exactly that."""
    total = (date + duration) * MONTHS
    if abs(total - round(total)) > _NEARLY:
        return date + duration
    year, month = divmod(round(total), MONTHS)
    return year + month / MONTHS
