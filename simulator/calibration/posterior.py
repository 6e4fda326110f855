"""The posterior of a worldview, sampled: where walkers begin, and in which coordinates they move."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.calibration.frame import Frame
from simulator.calibration.parted import Parted, shares
from simulator.calibration.parting import parting
from simulator.calibration.passing import Passing
from simulator.calibration.sampling import Sample, Walk, sample
from simulator.calibration.walked import Before, Walked, rising
from simulator.calibration.weighing import weigh

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from simulator.calibration.problem import Problem

Array = np.ndarray[Any, np.dtype[np.float64]]

#: How often members that were fitted one by one are moved where no whole walk is made, the step being tuned half of
#: the time.
ROLLS = 16
#: Walkers side by side, and iterations thrown away while the step is tuned. Where walkers seldom pass from one reading
#: of the record to another each is soon worth one and a half draws and long no more, so that 400 need so many.
WALKERS, WARMING = 320, 10
#: After so many more it is asked whether walkers pass between the readings of the record, and coordinates are
#: laid anew, which brings a worldview with long valleys 1.4 times as many effective draws (measured on `leverage`).
TRIED = 20


def posterior(
    problem: Problem,
    members: Array,
    *,
    minutes: float,
    seed: int,
    walkers: int = WALKERS,
    report: Callable[[str], None] | None = None,
    checkpoint: Path | None = None,
) -> Sample | Parted:
    """Sample what the record and the priors leave open.

    Where walkers do not pass from one way to read the record to another, each is sampled by itself, and weighed.

    Args:
        problem: whose posterior.
        members: where walkers begin, members that were fitted one by one; shape (member, free).
        minutes: after which it ends, unless it is believed before, twice in a row.
        seed: of all moves.
        walkers: how many of the members walk.
        report: told now and then how far it is.
        checkpoint: file in which the walk is kept, and from which it goes on; those of readings lie beside it.

    Returns:
        The sample, its draws in the coordinates of the prior.
    """
    told = report or (lambda _: None)
    frame = Frame.over(problem, members)
    tried = sample(
        rising(problem, frame), frame.inside(members[:walkers]), iterations=TRIED, warming=WARMING, seed=seed,
        checkpoint=checkpoint,
    )  # fmt: skip
    told(f"{WARMING + TRIED} iterations of {walkers} walkers to lay coordinates anew")
    known = Before.of(tried, frame)
    planes, apart = parting(problem, frame, tried.draws)
    if planes is None or not apart:
        further = checkpoint and checkpoint.with_name(f"{checkpoint.stem}-on{checkpoint.suffix}")
        passing = None if planes is None else Passing(planes, frame)
        if planes:
            told(f"Walkers seldom pass between {planes.count} ways to read the record: how often tells their shares")
        return Walked(
            problem, known, walkers, seed=(seed, 0), checkpoint=further, report=told, passing=passing
        ).go_on(minutes, share=1.0)  # fmt: skip
    told(f"Walkers do not pass between {planes.count} ways to read the record: each is sampled by itself")
    parts = []
    for number in range(planes.count):
        name = checkpoint and checkpoint.with_name(f"{checkpoint.stem}-{number + 1}-on{checkpoint.suffix}")

        def inside(places: Array, number: int = number) -> Any:  # noqa: ANN401 - one truth for each place
            return planes.belongs(frame.inside(places)) == number

        def own(line: str, number: int = number) -> None:
            told(f"reading {number + 1}: {line}")

        parts.append(
            Walked(
                problem, known.inside(inside), walkers, seed=(seed, number + 1), checkpoint=name,
                report=own, inside=inside,
            )
        )  # fmt: skip
    return _weighed(parts, minutes, told, tried.evaluations)


def _weighed(parts: list[Walked], minutes: float, report: Callable[[str], None], tried: int) -> Parted:
    """Walk readings until they are mixed, weigh them, and walk each on until it has its share of the draws asked.

    Args:
        parts: readings.
        minutes: of walking, shared among readings; weighing them comes on top.
        report: told of progress.
        tried: runs before.
    """
    begun = time.monotonic()
    samples = [part.go_on(minutes / len(parts)) for part in parts]
    spent = (time.monotonic() - begun) / 60
    evidences = weigh([part.valley(found) for part, found in zip(parts, samples, strict=True)], report)
    weights = shares(evidences)[0].tolist()
    lacking = [number for number, share in enumerate(weights) if not parts[number].known(share)]
    for number in lacking:
        samples[number] = parts[number].go_on((minutes - spent) / len(lacking), share=weights[number])
    return Parted(tuple(samples), evidences, tried)


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
    walk = Walk(rising(problem, frame), frame.inside(members[:count]), seed)
    for number in range(ROLLS):
        walk.move(number, warming=number < ROLLS // 2)
    return frame.outside(walk.places)
