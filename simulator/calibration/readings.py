"""Ways to read the record: places that tell it about as well as the best, with a ridge between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from simulator.calibration.fit import Fit
    from simulator.calibration.problem import Problem

Array = np.ndarray[Any, np.dtype[np.float64]]

#: A reading is at most so much worse than the best: e to this power is how much less probable its best numbers are.
WORSE = 12.0
#: On the straight way from one reading to another the misfit rises at least so far above both.
RIDGE = 8.0
#: Points on that way.
POINTS = 17
#: Readings at most, best first; and ends of a search that are looked at, evenly among those good enough.
MOST, LOOKED_AT = 3, 100


def readings(problem: Problem, found: Fit) -> Array:
    """Return the best place of each reading among the ends of a search, best first; shape (reading, free)."""
    good = np.flatnonzero(found.costs <= found.cost + WORSE)
    looked = good[np.unique(np.linspace(0, len(good) - 1, LOOKED_AT).round().astype(int))]
    kept, costs = [found.z], [found.cost]
    for end, cost in zip(found.ends[looked], found.costs[looked].tolist(), strict=True):
        known = zip(kept, costs, strict=True)
        if len(kept) < MOST and all(_ridge(problem, end, cost, *each) >= RIDGE for each in known):
            kept.append(end)
            costs.append(cost)
    return np.array(kept)


def _ridge(problem: Problem, here: Array, cost: float, there: Array, other: float) -> float:
    """Return how far the misfit rises above both ends on the straight way between them."""
    way = here + np.linspace(0, 1, POINTS)[:, None] * (there - here)
    misfit = 0.5 * ((problem.residuals(way) ** 2).sum(axis=1) + (way**2).sum(axis=1))
    return float(misfit.max() - max(cost, other))
