"""Amounts as a scenario writes them: bare numbers, or a number and its unit."""

from __future__ import annotations

import math
import re

_NUMBER = r"[+-]?(?:(?:0|[1-9](?:_?\d)*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4})?"
_WORD = r"(?:[^\W\d_]\w*|%)"
_UNIT = rf"(?:(?:1\s*)?/\s*)?{_WORD}(?:\s*[*/ ]\s*{_WORD}){{0,4}}"
#: Nothing else reaches pint, whose parser would work out towers of powers.
_AMOUNT = re.compile(rf"({_NUMBER})\s*({_UNIT})?", re.ASCII)
_LONGEST = 60


class AmountError(ValueError):
    """An amount that cannot be used: the fault and its remedy."""

    def __init__(self, fault: str, remedy: str) -> None:
        """Keep both sentences."""
        self.fault, self.remedy = fault, remedy
        super().__init__(f"{fault} {remedy}")


def parsed(value: object) -> tuple[float, str]:
    """Split an amount into its number and its unit (empty for a bare number).

    Raises:
        AmountError: when it is no finite number, or neither a number nor a number with a unit.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _finite(value), ""
    text = str(value).strip()
    if text.lower().lstrip("+-.") in ("nan", "inf", "infinity"):
        return _finite(math.nan), ""
    match = _AMOUNT.fullmatch(text) if isinstance(value, str) and len(text) <= _LONGEST else None
    if match is None:
        fault = f'"{" ".join(text[:_LONGEST].split())}" is not an amount.'
        raise AmountError(fault, 'Write a number, or a number and its unit, such as "3 weeks".')
    return _finite(match[1]), match[2] or ""


def amount(value: object, unit: str) -> float:
    """Return an amount in `unit`; a bare number is in that unit already.

    Raises:
        AmountError: when it is no amount, or one of another dimension.
    """
    number, written = parsed(value)
    if written in ("", unit):
        return number
    if written == "%" and unit == "1":  # so common that it should not cost the import of pint
        return number / 100
    from simulator.units import quantity

    try:
        return _finite(quantity(f"{number!r} {written}", unit))
    except AmountError:
        raise
    except ValueError as reason:
        counted = "is a pure number" if unit == "1" else f"is counted in {unit}"
        fault = f'"{value}" does not fit what {counted}.'
        raise AmountError(fault, "Write a bare number, or mend the unit.") from reason


def _finite(number: float | str) -> float:
    try:
        found = float(number)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        raise AmountError("It is not a finite number.", "Write a number.")
    return found
