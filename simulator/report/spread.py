"""Members as a median and intervals; a single run has none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from simulator.solution import Solution

Array = np.ndarray[Any, np.dtype[np.float64]]

#: Ends of the 90 % and of the 50 % interval, and the median.
SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)


def quantiles(values: Array) -> Array:
    """Return the five quantiles over members (the first axis)."""
    found: Array = np.quantile(values, SHARES, axis=0)
    return found


def summary(values: Array) -> dict[str, float | None]:
    """Return `median, lower90, upper90` of members; the ends are None for a single run."""
    if len(values) == 0:
        return {"median": None, "lower90": None, "upper90": None}
    if len(values) == 1:
        return {"median": float(values[0]), "lower90": None, "upper90": None}
    lower, _, median, _, upper = quantiles(values)
    return {"median": float(median), "lower90": float(lower), "upper90": float(upper)}


def well(solution: Solution, values: Array) -> Array:
    """Return the rows of members that stayed finite."""
    return values[~solution.failed]
