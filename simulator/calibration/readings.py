"""Ways to read the record: places that tell it about as well as the best, with a ridge between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
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


def readings(problem: Problem, ends: Array, costs: Array) -> Array:
    """Return the best place of each reading among the ends of a search, best first; shape (reading, free).

    Args:
        problem: whose misfit.
        ends: where searches came to, best first; shape (end, free).
        costs: the misfit of each; shape (end,).
    """
    good = np.flatnonzero(costs <= costs[0] + WORSE)
    looked = good[np.unique(np.linspace(0, len(good) - 1, LOOKED_AT).round().astype(int))]
    kept: list[int] = []
    for each in looked.tolist():
        if len(kept) < MOST and (not kept or ridges(problem, ends[each], ends[kept]).min() >= RIDGE):
            kept.append(each)
    return np.asarray(ends[kept])


def ridges(problem: Problem, here: Array, there: Array) -> Array:
    """Return how far the misfit rises above both ends on the straight way to each of some places; shape (place,)."""
    shares = np.linspace(0, 1, POINTS)[:, None]
    ways = here + shares * (there[:, None] - here)
    places = ways.reshape(-1, len(here))
    misfit = (0.5 * ((problem.residuals(places) ** 2).sum(axis=1) + (places**2).sum(axis=1))).reshape(len(there), -1)
    return np.asarray(misfit.max(axis=1) - np.maximum(misfit[:, 0], misfit[:, -1]))


def nearest(problem: Problem, ends: Array, read: Array) -> Array:
    """Return to which reading each place belongs, that with the lowest ridge between; shape (place,)."""
    return np.array([int(ridges(problem, each, read).argmin()) for each in ends])
