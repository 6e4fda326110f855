"""The one unit registry: people, places, kits and dollars beside what pint knows.

Imported only where units are checked or converted (assembly in tests, scenario
files); the integrators see plain numbers.
"""

from __future__ import annotations

from functools import cache
from typing import Any

#: Counted things that pint does not know. A `person` is never a `kit`.
COUNTED = ("person", "place", "kit", "USD")

#: The smallest change of a stock worth resolving, by unit: it sets the absolute
#: tolerance of the integrators (relative tolerance times this is one ten-millionth
#: of a person, a microgram of product, a hundredth of a dollar).
RESOLUTION = {"person": 1.0, "place": 1.0, "kit": 1.0, "kg": 1e-2, "kg/year": 1e-1, "lb": 1e-1, "USD": 1e6, "year": 1.0}
RESOLUTION_OTHERWISE = 1e-3


@cache
def registry() -> Any:  # noqa: ANN401 - pint's registry has no usable static type
    """Return the shared pint registry with the counted units defined."""
    import pint

    units: Any = pint.UnitRegistry(autoconvert_offset_to_baseunit=False)
    for name in COUNTED:
        units.define(f"{name} = [{name}]")
    return units


def quantity(text: str | float, unit: str) -> float:
    """Convert `text` ("3 weeks", "20 %", 0.5) to a number in `unit`.

    A bare number is already in `unit`.

    Raises:
        ValueError: when the text is not a quantity of the unit's dimension.
    """
    if isinstance(text, (int, float)) and not isinstance(text, bool):
        return float(text)
    units = registry()
    try:
        parsed = units.Quantity(str(text).replace("%", "percent"))
        return float(parsed.to(units.Unit(unit)).magnitude)
    except Exception as reason:
        message = f'"{text}" is not a quantity in {unit}'
        raise ValueError(message) from reason


def resolution(unit: str) -> float:
    """Return the smallest change of a stock in `unit` worth resolving."""
    return RESOLUTION.get(unit, RESOLUTION_OTHERWISE)
