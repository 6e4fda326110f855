"""The posterior of a worldview, sampled: where walkers begin, and in which coordinates they move."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.calibration.frame import Frame
from simulator.calibration.parting import Parting, parting
from simulator.calibration.sampling import LEAST_DRAWS, MOST_RHAT, Parted, Sample, Walk, sample, trust
from simulator.calibration.weighing import Evidence, evidence

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
#: After so many iterations it is asked whether walkers pass between the readings of the record.
TRIED = 25


def posterior(
    problem: Problem,
    members: Array,
    *,
    minutes: float,
    seed: int,
    read: Array | None = None,
    walkers: int = WALKERS,
    report: Callable[[str], None] | None = None,
    checkpoint: Path | None = None,
) -> Sample | Parted:
    """Sample what the record and the priors leave open.

    Args:
        problem: whose posterior.
        members: where walkers begin, members that were fitted one by one; shape (member, free).
        minutes: after which it ends, unless it is believed before, twice in a row.
        seed: of all moves.
        read: the best place of each way to read the record. Where walkers do not pass from one to another, each is
            sampled by itself, and weighed; shape (reading, free).
        walkers: how many of the members walk.
        report: told now and then how far it is.
        checkpoint: file in which the walk is kept, and from which it goes on; those of readings lie beside it.

    Returns:
        The sample, its draws in the coordinates of the prior.
    """
    clock = _Clock(minutes, report or (lambda _: None))
    frame = Frame.over(problem, members)
    planes: list[Parting | None] = []

    def enough(draws: Array) -> bool:
        if read is not None and len(read) > 1 and not planes and len(draws) >= TRIED:
            planes.append(parting(problem, frame, draws[:TRIED], read))
            if planes[0]:
                return True
        return clock.enough(frame.outside(_later(draws)))

    walked = sample(
        _density(problem, frame), frame.inside(members[:walkers]),
        iterations=MOST_ITERATIONS, warming=WARMING, seed=seed, checkpoint=checkpoint, enough=enough,
    )  # fmt: skip
    if not planes or planes[0] is None:
        return _outside(walked, frame)
    clock.report(
        f"Walkers do not pass between {len(planes[0].levels)} ways to read the record: each is sampled by itself."
    )
    draws = walked.draws[WARMING:TRIED].reshape(-1, members.shape[1])
    parts = [
        _part(problem, frame, draws, planes[0], number, walkers, clock, seed, checkpoint)
        for number in range(len(planes[0].levels))
    ]
    return Parted(tuple(part for part, _ in parts), tuple(weighed for _, weighed in parts), walked.evaluations)


def _part(  # noqa: PLR0913, PLR0917 - all that a walk hangs on
    problem: Problem,
    frame: Frame,
    draws: Array,
    planes: Parting,
    number: int,
    walkers: int,
    clock: _Clock,
    seed: int,
    checkpoint: Path | None,
) -> tuple[Sample, Evidence]:
    """Sample one reading, in coordinates of its own, and weigh it; `draws` of all are in those of `frame`."""
    known = frame.outside(draws[planes.belongs(draws) == number])
    known = known[np.random.default_rng(seed).permutation(len(known))]
    own = Frame.over(problem, known)

    def inside(z: Array) -> Any:  # noqa: ANN401 - one truth for each place
        return planes.belongs(frame.inside(z)) == number

    density = _density(problem, own)

    def bounded(positions: Array) -> tuple[Array, Array]:
        values, slopes = density(positions)
        return np.where(inside(own.outside(positions)), values, -np.inf), slopes

    part = clock.part(f"reading {number + 1}", len(planes.levels))
    begun = own.inside(known[np.linspace(0, len(known) - 1, walkers).round().astype(int)])
    walked = sample(
        bounded, begun, iterations=MOST_ITERATIONS, warming=WARMING, seed=seed + number + 1,
        checkpoint=checkpoint and checkpoint.with_name(f"{checkpoint.stem}-{number + 1}{checkpoint.suffix}"),
        enough=lambda found: part.enough(own.outside(_later(found))),
    )  # fmt: skip
    found = _outside(walked, own)
    weighed = evidence(
        density, own.inside(found.draws.reshape(-1, own.axes.shape[0])),
        seed=seed + number + 1, belongs=lambda x: inside(own.outside(x)), report=part.report,
    )  # fmt: skip
    volume = float(np.linalg.slogdet(own.axes)[1])
    return found, replace(weighed, log=weighed.log + volume)


class _Clock:
    """Tells a walk when it is enough: believed twice in a row, or out of time."""

    def __init__(self, minutes: float, report: Callable[[str], None]) -> None:
        """Start the clock."""
        self.minutes, self.report, self.begun, self.steady = minutes, report, time.monotonic(), [False]

    def part(self, name: str, parts: int) -> _Clock:
        """Return a clock for one of some parts of the walk, which share the minutes."""
        return _Clock(self.minutes / parts, lambda told: self.report(f"{name}: {told}"))

    def enough(self, draws: Array) -> bool:
        """Say how far a walk is by its draws so far, in coordinates of the prior, and whether it may end."""
        rhat, effective = trust(draws)
        spent = (time.monotonic() - self.begun) / 60
        self.report(
            f"{spent:.1f} minutes: worst R-hat {rhat.max():.3f}, fewest effective draws {effective.min():.0f} "
            f"of the last {draws.shape[0] * draws.shape[1]}"
        )
        self.steady.append(bool(rhat.max() <= MOST_RHAT and effective.min() >= LEAST_DRAWS))
        return spent >= self.minutes or all(self.steady[-2:])


def _outside(walked: Sample, frame: Frame) -> Sample:
    """Return a walk without its beginning, in the coordinates of the prior, and how far it can be trusted."""
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
