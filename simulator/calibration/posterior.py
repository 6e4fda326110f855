"""The posterior of a worldview, sampled around its best fit."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.calibration.sampling import ENSEMBLES, LEAST_DRAWS, MOST_RHAT, Sample, sample, trust
from simulator.cases import solve

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from simulator.calibration.fit import Fit
    from simulator.calibration.problem import Problem

Array = np.ndarray[Any, np.dtype[np.float64]]

#: A direction in which the record adds less than this share of the prior's precision is left to the prior's move.
INFORMED = 0.1
#: Far below the spread of any series, and a sixth quicker than the tolerance of runs.
TOLERANCE = 1e-5
#: Iterations thrown away, and iterations at most: far more than a quarter of an hour allows.
WARMING, MOST_ITERATIONS = 400, 200_000


@dataclass(frozen=True, eq=False)
class Frame:
    """Coordinates in which the posterior around a best fit is nearly a standard normal.

    Attributes:
        centre: the best fit; shape (free,).
        axes: directions, those that the record informs first; shape (free, free).
        scales: the spread along each; shape (free,).
    """

    centre: Array
    axes: Array
    scales: Array

    @classmethod
    def around(cls, found: Fit) -> Frame:
        """Return the frame of a fit: directions of its Gaussian, the narrowest first."""
        sizes, axes = np.linalg.eigh(found.jacobian.T @ found.jacobian)
        return cls(found.z, axes[:, ::-1], 1 / np.sqrt(1 + np.maximum(sizes[::-1], 0)))

    @property
    def rank(self) -> int:
        """How many directions the record informs."""
        return int(np.count_nonzero(1 / self.scales**2 - 1 > INFORMED))

    def inside(self, z: Array) -> Array:
        """Turn coordinates of the prior into those of the frame; shape (..., free)."""
        return np.asarray((z - self.centre) @ self.axes / self.scales)

    def outside(self, x: Array) -> Array:
        """Turn coordinates of the frame into those of the prior; shape (..., free)."""
        return np.asarray(self.centre + (x * self.scales) @ self.axes.T)


def posterior(
    problem: Problem,
    found: Fit,
    start: Array,
    *,
    minutes: float,
    seed: int,
    report: Callable[[str], None] | None = None,
    checkpoint: Path | None = None,
) -> Sample:
    """Sample what the record and the priors leave open.

    Args:
        problem: whose posterior.
        found: its best fit.
        start: where walkers begin, members that were fitted one by one; shape (member, free).
        minutes: after which it ends, unless it is believed before.
        seed: of all moves.
        report: told now and then how far it is.
        checkpoint: file in which the walk is kept, and from which it goes on.

    Returns:
        The sample, its draws in the coordinates of the prior.
    """
    frame = Frame.around(found)
    quick = replace(problem, solve=partial(solve, relative_tolerance=TOLERANCE))
    begun = time.monotonic()

    def density(positions: Array) -> tuple[Array, Array]:
        """Return log density and slopes, these by the jacobian of the best fit."""
        z = frame.outside(positions)
        residuals = quick.residuals(z)
        values = -0.5 * ((residuals**2).sum(axis=1) + (z**2).sum(axis=1))
        return values, -(residuals @ found.jacobian + z) @ frame.axes * frame.scales

    def enough(draws: Array) -> bool:
        rhat, effective = trust(draws[:, draws.shape[1] // 3 :])
        spent = (time.monotonic() - begun) / 60
        if report:
            report(f"{spent:.1f} minutes: worst R-hat {rhat.max():.3f}, fewest effective draws {effective.min():.0f}")
        return spent >= minutes or bool(rhat.max() <= MOST_RHAT and effective.min() >= LEAST_DRAWS)

    walkers = frame.inside(start[: len(start) // ENSEMBLES * ENSEMBLES])
    walked = sample(
        density, np.array([walkers[number::ENSEMBLES] for number in range(ENSEMBLES)]), frame.rank,
        iterations=MOST_ITERATIONS, warming=WARMING, seed=seed, checkpoint=checkpoint, enough=enough,
    )  # fmt: skip
    kept = frame.outside(walked.draws[:, walked.draws.shape[1] // 3 :])
    rhat, effective = trust(kept)
    return replace(walked, draws=kept, rhat=rhat, effective=effective)
