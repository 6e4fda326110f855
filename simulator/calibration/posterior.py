"""The posterior of a worldview, sampled: where walkers begin, and in which coordinates they move."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.calibration.downhill import Downhill
from simulator.calibration.fit import slopes
from simulator.calibration.sampling import LEAST_DRAWS, MOST_RHAT, Sample, Walk, sample, trust

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from simulator.calibration.problem import Problem

Array = np.ndarray[Any, np.dtype[np.float64]]

#: Far below the spread of any series, and a sixth quicker than the tolerance of runs.
TOLERANCE = 1e-5
#: At so many members is it measured how much the record says of every direction.
PLACES = 24
#: Power of a valley's variance by which its length is shrunk.
MADE_GOOD = 0.35
#: Members that are fitted one by one so that a frame can be laid over them; how often they are moved where
#: no whole walk is made, the step being tuned half of the time.
BEGUN, ROLLS = 256, 6
#: Walkers side by side; iterations thrown away, and iterations at most.
WALKERS, WARMING, MOST_ITERATIONS = 128, 10, 2000


@dataclass(frozen=True, eq=False)
class Frame:
    """Coordinates in which the posterior is as narrow one way as another, on the average over it.

    What the record says of a direction differs from place to place, a hundredfold at the best fit from
    elsewhere; so it is averaged over members that were fitted one by one. Where the members
    lie much further apart than that average allows, along bent valleys, most of the difference
    (in logarithms) is made good: all of it would turn the valley's walls into cliffs.

    Attributes:
        centre: shape (free,).
        axes: turns coordinates of the frame into those of the prior; shape (free, free).
    """

    centre: Array
    axes: Array

    @classmethod
    def over(cls, problem: Problem, members: Array) -> Frame:
        """Return the frame of a posterior near these members; shape (member, free)."""
        found = [slopes(problem, z) for z in members[:PLACES]]
        said = np.eye(members.shape[1]) + sum(each.T @ each for each in found) / len(found)
        # Roots are symmetric, so that a walk that is taken up again stands in the same coordinates.
        sizes, axes = np.linalg.eigh(said)
        narrow, widened = (axes / np.sqrt(sizes)) @ axes.T, (axes * np.sqrt(sizes)) @ axes.T
        wide, valleys = np.linalg.eigh(np.cov((members @ widened).T))
        return cls(members.mean(axis=0), narrow @ (valleys * np.maximum(wide, 1.0) ** MADE_GOOD) @ valleys.T)

    def inside(self, z: Array) -> Array:
        """Turn coordinates of the prior into those of the frame; shape (..., free)."""
        return np.asarray(np.linalg.solve(self.axes, (z - self.centre).T).T)

    def outside(self, x: Array) -> Array:
        """Turn coordinates of the frame into those of the prior; shape (..., free)."""
        return np.asarray(self.centre + x @ self.axes.T)


def posterior(
    problem: Problem,
    members: Array,
    *,
    minutes: float,
    seed: int,
    walkers: int = WALKERS,
    report: Callable[[str], None] | None = None,
    checkpoint: Path | None = None,
) -> Sample:
    """Sample what the record and the priors leave open.

    Args:
        problem: whose posterior.
        members: where walkers begin, members that were fitted one by one; shape (member, free).
        minutes: after which it ends, unless it is believed before, twice in a row.
        seed: of all moves.
        walkers: how many of the members walk.
        report: told now and then how far it is.
        checkpoint: file in which the walk is kept, and from which it goes on.

    Returns:
        The sample, its draws in the coordinates of the prior.
    """
    begun, steady = time.monotonic(), [False]
    frame = Frame.over(problem, members)

    def enough(draws: Array) -> bool:
        rhat, effective = trust(frame.outside(_later(draws)))
        spent = (time.monotonic() - begun) / 60
        if report:
            report(
                f"{spent:.1f} minutes, {len(draws)} iterations: worst R-hat {rhat.max():.3f}, "
                f"fewest effective draws {effective.min():.0f}"
            )
        steady.append(bool(rhat.max() <= MOST_RHAT and effective.min() >= LEAST_DRAWS))
        return spent >= minutes or all(steady[-2:])

    walked = sample(
        _density(problem, frame), frame.inside(members[:walkers]),
        iterations=MOST_ITERATIONS, warming=WARMING, seed=seed, checkpoint=checkpoint, enough=enough,
    )  # fmt: skip
    kept = frame.outside(_later(walked.draws))
    rhat, effective = trust(kept)
    return replace(walked, draws=kept, rhat=rhat, effective=effective)


def moved(problem: Problem, members: Array, count: int, seed: int) -> Array:
    """Return the first members, each moved some times over the posterior; shape (count, free).

    They were fitted one by one, and are near the posterior; so a few moves, each of which would
    nearly forget where it began if the posterior were round, leave little of what was wrong with them.

    Args:
        problem: whose posterior.
        members: fitted one by one, some hundreds for the frame's sake; shape (member, free).
        count: how many are moved.
        seed: of all moves.
    """
    frame = Frame.over(problem, members)
    walk = Walk(_density(problem, frame), frame.inside(members[:count]), seed)
    for number in range(ROLLS):
        walk.move(number, warming=number < ROLLS // 2)
    return frame.outside(walk.places)


def _density(problem: Problem, frame: Frame) -> Callable[[Array], tuple[Array, Array]]:
    """Return the log density and its slopes in the coordinates of a frame."""
    downhill = Downhill(problem, TOLERANCE)

    def density(positions: Array) -> tuple[Array, Array]:
        misfit, rising = downhill(frame.outside(positions))
        return -misfit, -rising @ frame.axes

    return density


def _later(draws: Array) -> Array:
    """Return the draws without the first third, in which walkers may still tell where they began."""
    return draws[len(draws) // 3 :]
