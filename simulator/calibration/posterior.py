"""The posterior of a worldview, sampled: where walkers begin, and in which coordinates they move."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.calibration.frame import Frame
from simulator.calibration.sampling import LEAST_DRAWS, MOST_RHAT, Sample, Walk, sample, trust

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from simulator.calibration.problem import Problem

Array = np.ndarray[Any, np.dtype[np.float64]]

#: Members that are fitted one by one, at least, so that a frame can be laid over them; how often they are moved where
#: no whole walk is made, the step being tuned half of the time.
FRAMED, ROLLS = 256, 6
#: Walkers side by side; iterations thrown away, and iterations at most.
WALKERS, WARMING, MOST_ITERATIONS = 128, 10, 2000


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
    ground = frame.ground(problem)

    def density(positions: Array) -> tuple[Array, Array]:
        misfit, rising = ground(positions)
        return -misfit, -rising

    return density


def _later(draws: Array) -> Array:
    """Return the draws without the first third, in which walkers may still tell where they began."""
    return draws[len(draws) // 3 :]
