"""The most probable numbers, and the Gaussian around them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.calibration.search import STAGES, search
from simulator.calibration.slopes import slopes

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.calibration.problem import Problem

Array = np.ndarray[Any, np.dtype[np.float64]]

MOST_STEPS = 150
#: A step that improves the misfit by less than this share ends the last part of the search: a hundredth of a unit.
ENOUGH = 1e-4


@dataclass(frozen=True, eq=False)
class Fit:
    """The most probable coordinates and the Gaussian around them.

    Attributes:
        z: shape (free,).
        residuals: of the record, in standard deviations; shape (row,).
        jacobian: of the residuals; shape (row, free).
        cost: half the sum of squares, record and prior together.
        converged: whether the last part of the search met its tolerance.
        ends: where all starts came to, best first; shape (start, free).
        costs: the cost of each; shape (start,).
    """

    z: Array
    residuals: Array
    jacobian: Array
    cost: float
    converged: bool
    ends: Array
    costs: Array


def fit(
    problem: Problem,
    *,
    starts: int,
    seed: int = 1,
    known: Array | None = None,
    stages: tuple[int, ...] = STAGES,
    report: Callable[[str], None] | None = None,
) -> Fit:
    """Minimise record and prior misfit from many starts; see `search`, whose best end is then refined.

    Args:
        problem: what to fit.
        starts: how many are drawn around the centre of the priors.
        seed: of those draws.
        known: further starts, such as an earlier fit and its members; shape (place, free).
        stages: steps of each stage of the search.
        report: told how far they have come.
    """
    ends, costs = search(problem, starts, seed, known=known, stages=stages, report=report)
    return replace(refined(problem, ends[0]), ends=ends, costs=costs)


def refined(problem: Problem, z: Array, steps: int = MOST_STEPS) -> Fit:
    """Go on from one place by least squares, with slopes by differences.

    Args:
        problem: what to fit.
        z: where to begin; shape (free,).
        steps: at most.
    """
    from scipy.optimize import least_squares

    count = len(problem.free)
    found = least_squares(
        lambda at: np.concatenate([problem.residuals(at[None])[0], at]),
        z,
        jac=lambda at: np.concatenate([slopes(problem, at), np.eye(count)]),
        method="trf",
        x_scale=1.0,
        ftol=ENOUGH,
        xtol=ENOUGH,
        max_nfev=steps,
    )
    rows, cost = len(found.fun) - count, float(found.cost)
    jacobian = slopes(problem, found.x)
    return Fit(found.x, found.fun[:rows], jacobian, cost, bool(found.status > 0), found.x[None], np.array([cost]))
