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
#: On the straight way between neighbours in two readings the misfit rises at least so far above both.
RIDGE = 8.0
#: Points on that way, and how many of the nearest places are tried as neighbours: bent valleys hang together
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
    """Say which of some places belong together: those without a ridge between, and theirs, and so on.

    Args:
        problem: whose misfit.
        ends: bottoms of valleys, best first; shape (end, free).

    Returns:
        The number of each place's group, groups numbered in the order of their first places; shape (end,).
    """
    distances = ((ends[:, None] - ends) ** 2).sum(axis=-1)
    near = np.argsort(distances, axis=1, kind="stable")[:, 1 : NEIGHBOURS + 1]
    labels = _joined(problem, ends, np.repeat(np.arange(len(ends)), near.shape[1]), near.ravel())
    # Ends of one valley lie so close that their neighbours are of it: valleys are tried against each other
    # where they come nearest, and from bottom to bottom.
    pairs = []
    for one in range(labels.max() + 1):
        for other in range(one):
            mine, its = np.flatnonzero(labels == one), np.flatnonzero(labels == other)
            row, column = np.unravel_index(distances[np.ix_(mine, its)].argmin(), (len(mine), len(its)))
            pairs += [(mine[0], its[0]), (mine[row], its[column])]
    tied = [(each, int(np.argmax(labels == label))) for each, label in enumerate(labels)]
    here, there = np.array(pairs + tied).T
    return _joined(problem, ends, here, there, sure=len(tied))


def _joined(problem: Problem, ends: Array, here: Any, there: Any, sure: int = 0) -> NDArray[np.intp]:  # noqa: ANN401
    """Group places by pairs without a ridge between, the last `sure` pairs unseen; groups in order of first places."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    tried = len(here) - sure
    joined = np.append(ridges(problem, ends[here[:tried]], ends[there[:tried]]) < RIDGE, np.ones(sure, bool))
    graph = coo_array((np.ones(joined.sum()), (here[joined], there[joined])), shape=(len(ends), len(ends)))
    labels = connected_components(graph, directed=False)[1]
    _, first, numbers = np.unique(labels, return_index=True, return_inverse=True)
    return np.asarray(np.argsort(np.argsort(first))[numbers])


def ridges(problem: Problem, here: Array, there: Array) -> Array:
    """Return how far the misfit rises above both ends on the straight ways between pairs of places; shape (pair,)."""
    shares = np.linspace(0, 1, POINTS)[:, None]
    places = (here[:, None] + shares * (there - here)[:, None]).reshape(-1, here.shape[-1])
    misfit = (0.5 * ((problem.residuals(places) ** 2).sum(axis=1) + (places**2).sum(axis=1))).reshape(-1, POINTS)
    return np.asarray(misfit.max(axis=1, initial=-np.inf) - np.maximum(misfit[:, 0], misfit[:, -1]))
