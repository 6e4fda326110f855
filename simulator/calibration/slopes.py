"""The slope of every residual: how far the record would feel each number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

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
