"""Numbers as people read them: thousands apart, dollars in billions, shares in per cent."""

from __future__ import annotations

import math

_DIGITS = 3
_SCALES = ((1e12, " tn"), (1e9, " bn"), (1e6, " m"))
_WHOLE = 1000.0
_SMALL = 1e-9
_COUNTED = ("person", "kit", "place")


def amount(value: float | None, unit: str, *, signed: bool = False) -> str:
    """Return a number in its unit, rounded to three digits: `74,200`, `$12.3 bn`, `13.4 %`."""
    if value is None or not math.isfinite(value):
        return "–"
    if unit == "1":
        return f"{100 * value:{'+' if signed else ''}.1f} %"
    if unit.startswith(_COUNTED) and abs(value) < 0.5:  # noqa: PLR2004 - half of one is none
        value = 0.0
    sign = "−" if value < 0 else "+" if signed and value > 0 else ""
    size = abs(value)
    if unit in ("USD", "USD/year"):
        scale, word = next(((scale, word) for scale, word in _SCALES if size >= scale), (1.0, ""))
        return f"{sign}${rounded(size / scale)}{word}"
    return f"{sign}{rounded(size)}"


def rounded(value: float) -> str:
    """Return a number with three digits that count."""
    if abs(value) < _SMALL:
        return "0"
    places = _DIGITS - 1 - math.floor(math.log10(abs(value)))
    number = round(value, places)
    return f"{number:,.0f}" if abs(number) >= _WHOLE / 10 else f"{number:.{max(places, 0)}f}"


def interval(median: float | None, lower: float | None, upper: float | None, unit: str, *, signed: bool = False) -> str:
    """Return a median with its interval, or the number alone where there is none."""
    middle = amount(median, unit, signed=signed)
    if lower is None or upper is None:
        return middle
    return f"{middle} ({amount(lower, unit, signed=signed)} to {amount(upper, unit, signed=signed)})"


def plainly(unit: str) -> str:
    """Return a unit as a heading has it: nothing where the number says it already."""
    return "" if unit in ("1", "USD", "USD/year") else unit


def count(number: int, noun: str) -> str:
    """Return `1 member`, `200 members`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
