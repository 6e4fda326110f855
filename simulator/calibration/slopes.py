"""The slope of every residual: how far the record would feel each number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.calibration.downhill import Downhill

if TYPE_CHECKING:
    from simulator.calibration.problem import Problem

Array = np.ndarray[Any, np.dtype[np.float64]]

#: Step of the finite differences in standard normal coordinates: far above the
#: integrator's own error and the kinks of minima, far below the curvature.
STEP = 1e-2


def slopes(problem: Problem, z: Array) -> Array:
    """Return the slope of every residual by central differences, all members at once; shape (row, free).

    Args:
        problem: whose residuals.
        z: where; shape (free,).
    """
    count = len(z)
    steps = STEP * np.eye(count)
    seen = problem.residuals(np.concatenate([z + steps, z - steps]))
    return np.asarray((seen[:count] - seen[count:]).T / (2 * STEP))


def felt(problem: Problem, members: Array, relative_tolerance: float) -> tuple[str, ...]:
    """Return the numbers that move the record's part of the misfit of any member, though it be by a hair.

    What no member's record feels, such as the answer to a tariff that history had not seen, keeps its
    prior exactly, and its coordinate means the same whatever its range is.

    Args:
        problem: whose record.
        members: where it is tried; shape (member, free).
        relative_tolerance: of the runs.
    """
    _, rising = Downhill(problem, relative_tolerance)(members)
    moved = np.any(rising != members, axis=0)
    return tuple(name for name, moves in zip(problem.free, moved, strict=True) if moves)
