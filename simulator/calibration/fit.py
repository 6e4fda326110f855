"""Fit by least squares: from several starts to the most probable numbers, and how sure they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.calibration.problem import Problem

Array = np.ndarray[Any, np.dtype[np.float64]]

#: Step of the finite differences in standard normal coordinates: far above the
#: integrator's own error and the kinks of minima, far below the curvature.
STEP = 1e-2
#: How far from the centre of the priors the further starts lie, in standard deviations.
START_SPREAD = 0.7
MOST_STEPS = 150
#: A step that improves the misfit by less than this share ends the search: a hundredth of a unit.
ENOUGH = 1e-4


@dataclass(frozen=True, eq=False)
class Fit:
    """The most probable coordinates and the Gaussian around them.

    Attributes:
        z: shape (free,).
        residuals: of the record, in standard deviations; shape (row,).
        jacobian: of the residuals; shape (row, free).
        cost: half the sum of squares, record and prior together.
        starts: the cost that each start ended at.
        converged: whether the best start met its tolerance.
    """

    z: Array
    residuals: Array
    jacobian: Array
    cost: float
    starts: tuple[float, ...]
    converged: bool


def fit(
    problem: Problem,
    *,
    starts: int = 4,
    seed: int = 1,
    first: Array | None = None,
    others: Array | None = None,
    steps: int = MOST_STEPS,
    report: Callable[[str], None] | None = None,
) -> Fit:
    """Minimise record and prior misfit from several starts.

    Args:
        problem: what to fit.
        starts: the first is the centre of the priors, the others are drawn around it.
        seed: of those draws.
        first: where the first start lies instead, such as an earlier fit; shape (free,).
        others: places among which the further starts are drawn instead, such as members of an earlier
            posterior, which have found their way out of valleys that end; shape (place, free).
        steps: after which a start is given up.
        report: told of every start's end.
    """
    from scipy.optimize import least_squares

    count = len(problem.free)
    generator = np.random.default_rng(seed)
    ends: list[tuple[float, Any]] = []
    for number in range(starts):
        centre = np.zeros(count) if first is None else first
        if number == 0:
            z = centre
        elif others is None:
            z = START_SPREAD * generator.standard_normal(count)
        else:
            z = others[generator.integers(len(others))]
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
        ends.append((float(found.cost), found))
        if report:
            report(f"start {number + 1} of {starts}: misfit {found.cost:.1f} after {found.nfev} steps")
    cost, best = min(ends, key=lambda end: end[0])
    rows = len(best.fun) - count
    jacobian = slopes(problem, best.x)
    return Fit(best.x, best.fun[:rows], jacobian, cost, tuple(end[0] for end in ends), bool(best.status > 0))


def slopes(problem: Problem, z: Array) -> Array:
    """Return the slope of every residual by central differences, all members at once."""
    count = len(z)
    steps = STEP * np.eye(count)
    seen = problem.residuals(np.concatenate([z + steps, z - steps]))
    return np.asarray((seen[:count] - seen[count:]).T / (2 * STEP))
