"""A posterior, or one reading of it, that is walked until it is known well enough."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.calibration.downhill import Downhill
from simulator.calibration.frame import TOLERANCE, Frame
from simulator.calibration.sampling import LEAST_DRAWS, MOST_RHAT, Sample, Walk, go_on, trust, within
from simulator.calibration.weighing import Valley

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from simulator.calibration.problem import Problem

Array = np.ndarray[Any, np.dtype[np.float64]]

#: Members or draws, at least, over which a frame is laid.
FRAMED = 256
#: Iterations thrown away where another walk has tuned the step, and iterations at most.
SETTLING, MOST_ITERATIONS = 5, 2000


class Walked:
    """A posterior, or what is inside of a part of it, under way from where a shorter walk has been."""

    def __init__(
        self,
        problem: Problem,
        known: Array,
        walkers: int,
        *,
        seed: int,
        step: float,
        checkpoint: Path | None = None,
        report: Callable[[str], None],
        inside: Callable[[Array], Any] | None = None,
    ) -> None:
        """Lay coordinates over the shorter walk, and put walkers on it.

        Args:
            problem: whose posterior.
            known: draws of the shorter walk, in coordinates of the prior; shape (draw, free).
            walkers: how many.
            seed: of all moves.
            step: of the shorter walk.
            checkpoint: file in which the walk is kept, and from which it goes on.
            report: told how far it is.
            inside: which places belong to the part; all if None.
        """
        mixed = known[np.random.default_rng(seed).permutation(len(known))]
        self._frame = Frame.over(problem, mixed[:FRAMED])
        density = rising(problem, self._frame)
        if inside is not None:
            density = within(density, lambda positions: inside(self._frame.outside(positions)))
        self._walk = Walk(density, self._frame.inside(mixed[np.arange(walkers) % len(mixed)]), seed, step)
        self._problem, self._seed, self._inside = problem, seed, inside
        self._checkpoint, self._report, self._spent = checkpoint, report, 0.0
        self._seen: list[tuple[float, float]] = []

    def known(self, share: float) -> bool:
        """Say whether what was seen shows it mixed, with its share of the draws that are asked, twice in a row.

        Readings with `share * LEAST_DRAWS` draws each have at least `LEAST_DRAWS` together; see `Parted.effective`.
        """
        last = self._seen[-2:]
        return len(last) > 1 and all(worst <= MOST_RHAT and fewest >= share * LEAST_DRAWS for worst, fewest in last)

    def valley(self, found: Sample) -> Valley:
        """Return what is walked ready to be weighed, in coordinates of the prior, by draws from it."""
        downhill = Downhill(self._problem, TOLERANCE)

        def density(places: Array) -> tuple[Array, Array]:
            misfit, slopes = downhill(places, None, None)
            return -misfit, -slopes

        draws = found.draws.reshape(-1, found.draws.shape[-1])
        return Valley(density, draws, seed=self._seed, belongs=self._inside)

    def go_on(self, minutes: float, *, share: float | None = None) -> Sample:
        """Walk on, and return all draws so far, in coordinates of the prior.

        Args:
            minutes: at most; it ends earlier where it is known with its share of draws.
            share: of the whole; while it is not known the walk ends where groups of walkers tell the same, which is
                enough for being weighed.
        """
        begun = time.monotonic()

        def enough(draws: Array) -> bool:
            rhat, effective = trust(self._frame.outside(later(draws)))
            spent = (time.monotonic() - begun) / 60
            worst, fewest = float(rhat.max()), float(effective.min())
            self._seen.append((worst, fewest))
            self._report(
                f"{self._spent + spent:.1f} minutes: worst R-hat {worst:.3f}, fewest effective draws {fewest:.0f} "
                f"of the last {later(draws).shape[0] * draws.shape[1]}"
            )
            return spent >= minutes or (worst <= MOST_RHAT if share is None else self.known(share))

        walked = go_on(
            self._walk, iterations=MOST_ITERATIONS, warming=SETTLING, checkpoint=self._checkpoint, enough=enough
        )
        self._spent += (time.monotonic() - begun) / 60
        kept = self._frame.outside(later(walked.draws))
        rhat, effective = trust(kept)
        return replace(walked, draws=kept, rhat=rhat, effective=effective)


def rising(problem: Problem, frame: Frame) -> Callable[[Array], tuple[Array, Array]]:
    """Return the log density of a posterior and its slopes in the coordinates of a frame."""
    ground = frame.ground(problem)

    def density(positions: Array) -> tuple[Array, Array]:
        misfit, slopes = ground(positions)
        return -misfit, -slopes

    return density


def later(draws: Array) -> Array:
    """Return the draws without the first third, in which walkers may still tell where they began."""
    return draws[len(draws) // 3 :]
