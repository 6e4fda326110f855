"""How far a walk can be trusted: whether walkers agree, what their draws are worth, and whether they still drift."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import norm, rankdata, t

if TYPE_CHECKING:
    from numpy.typing import NDArray

Array = np.ndarray[Any, np.dtype[np.float64]]

#: What a sample must show before it is believed: R-hat, effective draws, and drift in standard errors, which of two
#: hundred numbers that do not drift one exceeds in one walk of eighty.
MOST_RHAT, LEAST_DRAWS, MOST_DRIFT = 1.02, 400, 4.0
#: A standard error of a reading's share of the posterior beyond this leaves open how probable the reading is.
MOST_ERROR = 0.05
#: Walkers are compared in this many groups, which share nothing but the density.
GROUPS = 4


def settled(rhat: Array, drift: Array) -> bool:
    """Say whether groups of walkers tell the same, and walkers as a whole have stopped moving one way."""
    return bool(rhat.max() <= MOST_RHAT and drift.max() <= MOST_DRIFT)


def trust(draws: Array, families: NDArray[np.intp] | None = None) -> tuple[Array, Array, Array]:
    """Return R-hat, effective number of draws and drift of each coordinate; each of shape (coordinate,).

    R-hat compares groups of walkers, and the first half of each with the second, by ranks (Vehtari and others 2021).
    Groups of walkers that begin independently differ little even if none moves, so it is the halves that tell here;
    drift asks the same more sharply.

    Effective draws are told in two ways, and the fewer count. One is the usual one, from how alike the draws of a
    walker are (bulk: Vehtari and others 2021); where a walk is shorter than its walkers' memory it cannot see
    how long that is, and says up to twice too many. The other asks how far apart the means of walkers are,
    which share nothing: that needs no memory to be measured, and says of `w` walkers that never move
    that they are worth `w` draws. Walkers that began together count as one until they have parted.

    Drift is how far the mean of all walkers moves from the first third of the walk to the last, in standard errors
    that the walkers' own differences tell.

    Args:
        draws: shape (iteration, walker, coordinate).
        families: which walkers began in draws of one and the same earlier walker, none if None; shape (walker,).
    """
    from arviz_stats import base

    array_stats: Any = base.array_stats  # type: ignore[attr-defined]
    walkers, count = draws.shape[1:]
    even = walkers - walkers % GROUPS
    groups = np.stack([draws[:, first:even:GROUPS].reshape(-1, count) for first in range(GROUPS)])
    each = draws.transpose(1, 0, 2)
    rhat = [float(array_stats.rhat(groups[..., k], chain_axis=0, draw_axis=1)) for k in range(count)]
    alike = [float(array_stats.ess(each[..., k], chain_axis=0, draw_axis=1)) for k in range(count)]
    families = np.arange(walkers) if families is None else families
    normal = _normal(draws)
    apart = normal.var(axis=(0, 1)) / _of_mean(normal.mean(axis=0), families)
    third = max(len(draws) // 3, 1)
    moved = normal[-third:].mean(axis=0) - normal[:third].mean(axis=0)
    errors = moved.mean(axis=0) / np.sqrt(_of_mean(moved, families))
    odds = t.sf(np.abs(errors), len(np.unique(families)) - 1)
    return np.array(rhat), np.minimum(alike, apart), np.asarray(norm.isf(odds))


def _normal(draws: Array) -> Array:
    """Turn draws into standard normal ones of the same ranks."""
    flat = draws.reshape(-1, draws.shape[-1])
    return np.asarray(norm.ppf((rankdata(flat, axis=0) - 0.375) / (len(flat) + 0.25)).reshape(draws.shape))


def _of_mean(values: Array, families: NDArray[np.intp]) -> Array:
    """Return the variance of the mean of walkers, of whom families may be alike; shape (coordinate,).

    Args:
        values: shape (walker, coordinate).
        families: shape (walker,).
    """
    names, members = np.unique(families, return_inverse=True)
    sums = np.zeros((len(names), values.shape[1]))
    np.add.at(sums, members, values - values.mean(axis=0))
    return np.asarray((sums**2).sum(axis=0) / len(values) ** 2 * len(names) / (len(names) - 1))
