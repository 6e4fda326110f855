"""Members that each tell the past: the posterior by randomised maximum likelihood.

Every member meets its own slightly different record and prior, drawn around the real
ones, and is fitted to them; for a linear model the members are then exact draws from the
posterior (Oliver, He and Reynolds 1996), for this one a good deal better than a Gaussian
around the best fit. What ships is sampled from there (`posterior.py`); recovery from synthetic
records and the shorter records of back-tests may rest on these members alone, and say so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.draws import normals

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.calibration.fit import Fit
    from simulator.calibration.problem import Problem

Array = np.ndarray[Any, np.dtype[np.float64]]

#: Chord steps with the slopes of the best fit; each member keeps the best place it has seen.
STEPS = 10
#: A step that makes things worse is halved for that member.
HALVING = 0.5


def members(
    problem: Problem, found: Fit, count: int, seed: int, report: Callable[[str], None] | None = None
) -> tuple[Array, Array]:
    """Fit `count` members, each to its own draw of record and prior.

    Returns:
        Coordinates of shape (count, free), and each member's misfit with the real record, (count,).
    """
    rows, free = found.jacobian.shape
    drawn = normals(rows + free, count, seed)
    noise, prior = drawn[:, :rows], drawn[:, rows:]
    inverse = np.linalg.inv(np.eye(free) + found.jacobian.T @ found.jacobian)
    place = found.z + (prior - noise @ found.jacobian) @ inverse
    best = np.full(count, np.inf)
    kept, residuals = place.copy(), np.zeros((count, rows))
    pace = np.ones((count, 1))
    for _ in range(STEPS):
        seen = problem.residuals(place, noise)
        cost = 0.5 * ((seen**2).sum(axis=1) + ((place - prior) ** 2).sum(axis=1))
        better = cost < best
        best[better], kept[better], residuals[better] = cost[better], place[better], seen[better]
        pace = np.where(better[:, None], np.minimum(1.0, pace / HALVING), pace * HALVING)
        slope = residuals @ found.jacobian + (kept - prior)
        place = kept - pace * (slope @ inverse)
    misfit = 0.5 * (problem.residuals(kept) ** 2).sum(axis=1)
    if report:
        report(f"{count} members: misfit with the record {np.median(misfit):.0f} (best fit {_own(found):.0f})")
    return kept, misfit


def _own(found: Fit) -> float:
    return 0.5 * float(found.residuals @ found.residuals)
