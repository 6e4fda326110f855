"""Smooth curves through members: penalised splines, the penalty chosen by cross-validation."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]

#: Pieces and degree of a spline, and powers that enter products of two numbers.
PIECES, DEGREE, POWERS = 5, 3, 2
#: Penalties tried, from none to all but a constant; relative to the largest singular value squared.
PENALTIES = 10.0 ** np.arange(-8.0, 1.5, 0.5)
_NOTHING = 1e-10


def fitted(points: Array, values: Array, at: Array) -> Array:
    """Fit curves to members and return their heights elsewhere.

    One number bends freely, several add up, and pairs of them interact by low powers. Numbers enter by
    their rank, so that a long tail does not decide. The penalty is chosen by generalised
    cross-validation; what a curve leaves unexplained has mean zero.

    Args:
        points: numbers of each member; shape (member, number).
        values: one column a curve; shape (member, curve).
        at: where curves are wanted; shape (wanted, number).

    Returns:
        Shape (wanted, curve).
    """
    basis, wanted = _basis(points, points), _basis(points, at)
    centre, mean = basis.mean(axis=0), values.mean(axis=0)
    left, sizes, right = np.linalg.svd(basis - centre, full_matrices=False)
    if sizes[0] <= 0:
        return np.tile(mean, (len(at), 1))
    kept = sizes > _NOTHING * sizes[0]
    left, sizes, right = left[:, kept], sizes[kept], right[kept]
    weights = left.T @ (values - mean)
    shrink = sizes**2 / (sizes**2 + PENALTIES[:, None] * sizes[0] ** 2)  # one row a penalty
    unexplained = np.sum((values - mean) ** 2, axis=0) - (2 * shrink - shrink**2) @ weights**2
    freedom = np.maximum(len(values) - 1 - shrink.sum(axis=1), 1.0)
    best = shrink[np.argmin(unexplained / freedom[:, None] ** 2, axis=0)].T  # one column a curve
    return np.asarray(mean + (wanted - centre) @ (right.T @ (best * weights / sizes[:, None])))


def _basis(points: Array, at: Array) -> Array:
    """Return splines of each number and products of pairs; shape (wanted, column)."""
    ranks = [_ranks(known, new) for known, new in zip(points.T, at.T, strict=True)]
    columns = [_splines(rank) for rank in ranks]
    for one, other in combinations(ranks, 2):
        powers = [(one - 0.5) ** p * (other - 0.5) ** q for p in range(1, POWERS + 1) for q in range(1, POWERS + 1)]
        columns.append(np.stack(powers, axis=1))
    return np.hstack(columns)


def _ranks(known: Array, new: Array) -> Array:
    """Return the share of known values below each new one, ties in the middle."""
    ordered = np.sort(known)
    below, above = np.searchsorted(ordered, new, "left"), np.searchsorted(ordered, new, "right")
    return np.asarray((below + above) / (2 * len(known)))


def _splines(ranks: Array) -> Array:
    from scipy.interpolate import BSpline

    inner = np.linspace(0, 1, PIECES + 1)
    knots = np.concatenate([np.zeros(DEGREE), inner, np.ones(DEGREE)])
    return np.asarray(BSpline.design_matrix(np.clip(ranks, 0, 1), knots, DEGREE).toarray())
