"""Members that each tell the past: the posterior by randomised maximum likelihood.

Every member meets its own slightly different record and prior, drawn around the real
ones, and is fitted to them; for a linear model the members are then exact draws from the
posterior (Oliver, He and Reynolds 1996), for this one a good deal better than a Gaussian
around the best fit. Where the record can be read in more than one way, each member tries them all and
keeps what fits its own record best. What ships is sampled from there (`posterior.py`); recovery from
synthetic records and the shorter records of back-tests may rest on these members alone, and say so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.calibration.descent import descend
from simulator.calibration.frame import Frame
from simulator.draws import normals

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.calibration.fit import Fit
    from simulator.calibration.problem import Problem

Array = np.ndarray[Any, np.dtype[np.float64]]

#: Steps of each member's descent.
STEPS = 50


def members(
    problem: Problem,
    found: Fit,
    count: int,
    seed: int,
    *,
    readings: Array | None = None,
    report: Callable[[str], None] | None = None,
) -> tuple[Array, Array]:
    """Fit `count` members, each to its own draw of record and prior.

    Args:
        problem: whose record and prior.
        found: the best fit.
        count: how many.
        seed: of the draws.
        readings: the best of every way to read the record, the best fit alone if None; shape (reading, free).
        report: told how far from the record they are.

    Returns:
        Coordinates of shape (count, free), and each member's misfit with the real record, (count,).
    """
    rows, free = found.jacobian.shape
    drawn = normals(rows + free, count, seed)
    noise, prior = drawn[:, :rows], drawn[:, rows:]
    away = (prior - noise @ found.jacobian) @ np.linalg.inv(np.eye(free) + found.jacobian.T @ found.jacobian)
    begun = found.z[None] if readings is None else readings
    frame = Frame.at(problem, found.ends[: max(1, len(found.ends) // 2)])
    kept, lowest = np.zeros((count, free)), np.full(count, np.inf)
    for reading in begun:
        places, misfit = descend(frame.ground(problem, noise, prior), frame.inside(reading + away), STEPS)
        better = misfit < lowest
        kept[better], lowest[better] = frame.outside(places[better]), misfit[better]
    misfit = 0.5 * (problem.residuals(kept) ** 2).sum(axis=1)
    if report:
        own = 0.5 * float(found.residuals @ found.residuals)
        report(f"{count} members: misfit with the record {np.median(misfit):.0f} (best fit {own:.0f})")
    return kept, misfit
