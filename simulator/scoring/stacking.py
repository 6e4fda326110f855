"""Weights of rival accounts by what they foretold, never by opinion.

Stacking (yao2018): the weights whose mixture gives the held-out record the highest log
score. Rows of one forecast repeat each other, for they share one discrepancy; so each
origin and series counts as one point, however many rows it has. A Dirichlet prior draws
towards equal weights: every account starts with one such point to its name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

Array = np.ndarray[Any, np.dtype[np.float64]]
Row = dict[str, Any]

#: Points that every account starts with: the Dirichlet prior has this much more than one.
PRIOR_POINTS = 1.0


def stack(log_densities: Array, sizes: Array | None = None, prior: float = PRIOR_POINTS) -> Array:
    """Return the weights that maximise the log score of the mixture, prior included.

    The problem is convex, so that there is one answer and the start does not matter.

    Args:
        log_densities: of held-out rows under each account; shape (row, account).
        sizes: how much each row counts, one a point where None; shape (row,).
        prior: points that every account starts with; must be positive.

    Returns:
        Shape (account,), positive, adding up to one.
    """
    from scipy.optimize import minimize
    from scipy.special import log_softmax, logsumexp, softmax

    count = log_densities.shape[1]
    weigh = np.ones(len(log_densities)) if sizes is None else sizes

    def loss(place: Array) -> tuple[float, Array]:
        logs = log_softmax(place)
        joint = log_densities + logs
        rows = logsumexp(joint, axis=1, keepdims=True)
        credit = (weigh[:, None] * np.exp(joint - rows)).sum(axis=0) + prior
        return -float(weigh @ rows[:, 0] + prior * logs.sum()), softmax(place) * credit.sum() - credit

    found = minimize(loss, np.zeros(count), jac=True, method="BFGS")
    return np.asarray(softmax(found.x))


@dataclass(frozen=True, slots=True)
class Stacked:
    """Weights of accounts, and how they vary.

    Attributes:
        worldviews: the accounts.
        weights: of all origins together; shape (account,).
        without: weights when an origin is left out, by origin; each of shape (account,).
    """

    worldviews: tuple[str, ...]
    weights: Array
    without: dict[int, Array]


def stacked(rows: Sequence[Row], worldviews: Sequence[str]) -> Stacked:
    """Return the weights of worldviews from their scored rows, and those that each origin alone would change.

    Args:
        rows: of one mode, each with `worldview, series, origin, year, log_density`.
        worldviews: the accounts; rows that not all of them have are left out.
    """
    table: dict[tuple[int, str, float], dict[str, float]] = {}
    for row in rows:
        table.setdefault((row["origin"], row["series"], row["year"]), {})[row["worldview"]] = row["log_density"]
    keys = [key for key, said in table.items() if all(name in said for name in worldviews)]
    densities = np.array([[table[key][name] for name in worldviews] for key in keys]).reshape(-1, len(worldviews))
    blocks = [key[:2] for key in keys]
    sizes = np.array([1 / blocks.count(block) for block in blocks])
    origins = np.array([key[0] for key in keys], int)
    without = {
        int(origin): stack(densities[origins != origin], sizes[origins != origin]) for origin in np.unique(origins)
    }
    return Stacked(tuple(worldviews), stack(densities, sizes), without)
