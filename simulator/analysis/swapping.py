"""The belief at which two policies swap ranks: one number scanned, all others as members have them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

Array = np.ndarray[Any, np.dtype[np.float64]]

#: Where a scan stops; resamples of members behind an interval, and its ends.
POINTS, RESAMPLES, ENDS = 9, 400, (0.05, 0.95)


@dataclass(frozen=True, eq=False)
class Swap:
    """Where the mean difference between two policies changes sign.

    Attributes:
        values: of the number that was scanned; shape (point,).
        differences: mean loss of the first less that of the second; shape (point,).
        errors: Monte Carlo standard errors of those; shape (point,).
        value: the first crossing, or None where there is none.
        crossings: how many there are.
        low, high: 90 % of resamples that cross do so between; None without a crossing.
        certainty: share of resamples that cross at all.
        first_is_better_below: which policy is better below the crossing.
    """

    values: Array
    differences: Array
    errors: Array
    value: float | None
    crossings: int
    low: float | None
    high: float | None
    certainty: float
    first_is_better_below: bool


def swap(
    difference: Callable[[float], Array], values: Array, *, seed: int, resamples: int = RESAMPLES
) -> Swap:
    """Scan a number and interpolate where two policies are equally good.

    Args:
        difference: from a value of the number to the loss of the first policy less that of the
            second, member by member, NaN where a run failed; shape (member,).
        values: to try, ascending; shape (point,).
        seed: of the resampling of members.
        resamples: behind the interval.
    """
    each = np.stack([difference(float(value)) for value in values])
    each = each[:, np.isfinite(each).all(axis=0)]
    members = each.shape[1]
    means = each.mean(axis=1)
    found = crossings(values, means)
    picks = np.random.default_rng(seed).integers(members, size=(resamples, members))
    again = [crossings(values, each[:, pick].mean(axis=1)) for pick in picks]
    centre = found[0] if found else None
    crossed = [min(roots, key=lambda root: abs(root - (centre if centre is not None else root))) for roots in again if roots]
    low, high = np.quantile(crossed, ENDS) if centre is not None and crossed else (None, None)
    return Swap(
        np.asarray(values, float),
        means,
        each.std(axis=1, ddof=1) / np.sqrt(members),
        centre,
        len(found),
        None if low is None else float(low),
        None if high is None else float(high),
        len(crossed) / resamples,
        bool(means[0] < 0),
    )


def crossings(values: Array, means: Array) -> list[float]:
    """Return where a line through points changes sign, by straight interpolation."""
    found = []
    for place in range(len(values) - 1):
        left, right = float(means[place]), float(means[place + 1])
        if left * right < 0:
            found.append(float(values[place] + (values[place + 1] - values[place]) * left / (left - right)))
        elif left == 0 and place > 0 and means[place - 1] * right < 0:
            found.append(float(values[place]))
    return found
