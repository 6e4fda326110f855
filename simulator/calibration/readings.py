"""Ways to read the record: valleys of the misfit between which every way leads over a ridge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.calibration.problem import Problem

Array = np.ndarray[Any, np.dtype[np.float64]]

#: A reading is at most so much worse than the best: e to this power is how much less probable its best numbers are.
WORSE = 12.0
#: Between two readings the misfit rises at least so far above the best of each, whichever way one goes.
RIDGE = 8.0
#: Points on a straight way, and how many of the nearest places are tried as neighbours: bent valleys hang together
#: through places along them.
POINTS, NEIGHBOURS = 9, 6
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
    groups = grouped(problem, ends[looked])
    _, best = np.unique(groups, return_index=True)
    return np.asarray(ends[looked[np.sort(best)][:MOST]])


def grouped(problem: Problem, ends: Array) -> NDArray[np.intp]:
    """Say which of some places belong together: those between which some way has no ridge.

    A way leads from place to place in straight lines. Going up from the lowest, valleys are one where they meet,
    unless both are deeper than `RIDGE` below that.

    Args:
        problem: whose misfit.
        ends: bottoms of valleys; shape (end, free).

    Returns:
        The number of each place's group, groups numbered in the order of their first places; shape (end,).
    """
    bottoms = _misfit(problem, ends)
    distances = ((ends[:, None] - ends) ** 2).sum(axis=-1)
    near = np.argsort(distances, axis=1, kind="stable")[:, 1 : NEIGHBOURS + 1]
    ways = [(here, there) for here, row in enumerate(near.tolist()) for there in row]
    heights = _heights(problem, ends, ways)
    labels = _met(bottoms, ways, heights)
    # Ends of one valley lie so close that their neighbours are of it: valleys are tried against each other
    # where they come nearest, and from bottom to bottom.
    pairs = []
    for one in range(labels.max() + 1):
        for other in range(one):
            mine, its = np.flatnonzero(labels == one), np.flatnonzero(labels == other)
            row, column = np.unravel_index(distances[np.ix_(mine, its)].argmin(), (len(mine), len(its)))
            lowest = int(mine[bottoms[mine].argmin()]), int(its[bottoms[its].argmin()])
            pairs += [lowest, (int(mine[row]), int(its[column]))]
    return _met(bottoms, ways + pairs, np.append(heights, _heights(problem, ends, pairs)))


def _met(bottoms: Array, ways: list[tuple[int, int]], heights: Array) -> NDArray[np.intp]:
    """Join valleys that meet below `RIDGE` above the bottom of either; groups in the order of their first places."""
    groups = np.arange(len(bottoms))
    for way in np.argsort(heights, kind="stable"):
        one, other = groups[list(ways[way])]
        if one != other and heights[way] < RIDGE + max(bottoms[groups == one].min(), bottoms[groups == other].min()):
            groups[groups == max(one, other)] = min(one, other)
    return np.asarray(np.unique(groups, return_inverse=True)[1])


def _heights(problem: Problem, ends: Array, ways: list[tuple[int, int]]) -> Array:
    """Return the greatest misfit on the straight way between each pair of places; shape (pair,)."""
    if not ways:
        return np.zeros(0)
    here, there = np.array(ways).T
    shares = np.linspace(0, 1, POINTS)[:, None]
    places = (ends[here, None] + shares * (ends[there] - ends[here])[:, None]).reshape(-1, ends.shape[1])
    return np.asarray(_misfit(problem, places).reshape(-1, POINTS).max(axis=1))


def _misfit(problem: Problem, places: Array) -> Array:
    return np.asarray(0.5 * ((problem.residuals(places) ** 2).sum(axis=1) + (places**2).sum(axis=1)))
