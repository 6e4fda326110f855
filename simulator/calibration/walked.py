"""A posterior, or one reading of it, that is walked until it is known well enough."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.calibration.downhill import Downhill
from simulator.calibration.frame import TOLERANCE, Frame
from simulator.calibration.passing import settling, weights
from simulator.calibration.sampling import Sample, Walk, go_on, within
from simulator.calibration.trust import LEAST_DRAWS, trust
from simulator.calibration.weighing import Valley

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from simulator.calibration.passing import Passing
    from simulator.calibration.problem import Problem

Array = np.ndarray[Any, np.dtype[np.float64]]

#: Members or draws, at least, over which a frame is laid.
FRAMED = 256
#: Iterations thrown away where another walk has tuned the step, and iterations at most.
SETTLING, MOST_ITERATIONS = 5, 2000
#: What a walk and what weighing add to the seed, so that they do not share their luck.
WALKED, WEIGHED = 1, 2


@dataclass(frozen=True, eq=False)
class Before:
    """What a shorter walk knows.

    Attributes:
        draws: the latest first, in coordinates of the prior; shape (draw, free).
        families: the walker of each; shape (draw,).
        step: to which the length of steps was tuned.
    """

    draws: Array
    families: NDArray[np.intp]
    step: float

    @classmethod
    def of(cls, walk: Sample, frame: Frame) -> Before:
        """Return what a walk knows that went in the coordinates of a frame."""
        latest = later(walk.draws)[::-1]
        count, walkers, free = latest.shape
        return cls(frame.outside(latest.reshape(-1, free)), np.tile(np.arange(walkers), count), walk.step)

    def inside(self, part: Callable[[Array], Any]) -> Before:
        """Return what is known of a part of the posterior."""
        its = part(self.draws)
        return Before(self.draws[its], self.families[its], self.step)


class Walked:
    """A posterior, or what is inside of a part of it, under way from where a shorter walk has been."""

    def __init__(
        self,
        problem: Problem,
        known: Before,
        walkers: int,
        *,
        seed: tuple[int, ...],
        checkpoint: Path | None = None,
        report: Callable[[str], None],
        inside: Callable[[Array], Any] | None = None,
        passing: Passing | None = None,
    ) -> None:
        """Lay coordinates over the shorter walk, and put walkers on it.

        Args:
            problem: whose posterior.
            known: of the shorter walk; its latest draws are where walkers begin.
            walkers: how many.
            seed: of all moves, weighing included.
            checkpoint: file in which the walk is kept, and from which it goes on.
            report: told how far it is.
            inside: which places belong to the part; all if None.
            passing: readings between which walkers pass seldom; none if None.
        """
        evenly = np.linspace(0, len(known.draws) - 1, min(FRAMED, len(known.draws))).round().astype(int)
        self._frame = Frame.over(problem, known.draws[evenly])
        density = rising(problem, self._frame)
        if inside is not None:
            density = within(density, lambda positions: inside(self._frame.outside(positions)))
        begun = np.arange(walkers) % len(known.draws)
        self._families = known.families[begun]
        self._walk = Walk(density, self._frame.inside(known.draws[begun]), (*seed, WALKED), known.step)
        self._problem, self._seed, self._inside = problem, seed, inside
        self._checkpoint, self._report, self._spent = checkpoint, report, 0.0
        self._passing = passing
        self._seen: list[tuple[bool, float]] = []

    def known(self, share: float) -> bool:
        """Say whether what was seen shows it mixed, with its share of the draws that are asked, twice in a row.

        Readings with `share * LEAST_DRAWS` draws each have at least `LEAST_DRAWS` together; see `Parted.effective`.
        """
        last = self._seen[-2:]
        return len(last) > 1 and all(mixed and fewest >= share * LEAST_DRAWS for mixed, fewest in last)

    def valley(self, found: Sample) -> Valley:
        """Return what is walked ready to be weighed, in coordinates of the prior, by draws from it."""
        downhill = Downhill(self._problem, TOLERANCE)

        def density(places: Array) -> tuple[Array, Array]:
            misfit, slopes = downhill(places, None, None)
            return -misfit, -slopes

        draws = found.draws.reshape(-1, found.draws.shape[-1])
        return Valley(density, draws, seed=(*self._seed, WEIGHED), belongs=self._inside)

    def go_on(self, minutes: float, *, share: float | None = None) -> Sample:
        """Walk on, and return all draws so far, in coordinates of the prior.

        Args:
            minutes: at most; it ends earlier where it is known with its share of draws.
            share: of the whole; while it is not known the walk ends where groups of walkers tell the same, which is
                enough for being weighed.
        """
        begun = time.monotonic()

        def enough(draws: Array) -> bool:
            seen, spent = self._judged(draws), (time.monotonic() - begun) / 60
            self._seen.append((seen.mixed, float(seen.effective.min())))
            self._report(f"{self._spent + spent:.1f} minutes: {seen}")
            return spent >= minutes or (seen.mixed if share is None else self.known(share))

        go_on(self._walk, iterations=MOST_ITERATIONS, warming=SETTLING, checkpoint=self._checkpoint, enough=enough)
        self._spent += (time.monotonic() - begun) / 60
        return self._judged(np.array(self._walk.kept))

    def _judged(self, kept: Array) -> Sample:
        """Return the later draws, in coordinates of the prior, and how far they can be trusted.

        Args:
            kept: all draws, in coordinates of the frame; shape (iteration, walker, coordinate).
        """
        every, walk = self._frame.outside(kept), self._walk
        draws = later(every)
        found = Sample(
            draws, *trust(draws, self._families), walk.accepted / walk.moves, walk.evaluations, walk.step
        )  # fmt: skip
        if self._passing is None:
            return found
        visits = self._passing.visits(every)
        shares, errors = settling(visits, self._passing.planes.count, self._families)
        worth = weights(later(visits), shares)
        # Draws that are not worth the same are worth fewer in all (Kish 1965).
        effective = found.effective / np.mean(worth**2)
        return replace(found, effective=effective, worth=worth, shares=shares, errors=errors)


def rising(problem: Problem, frame: Frame) -> Callable[[Array], tuple[Array, Array]]:
    """Return the log density of a posterior and its slopes in the coordinates of a frame."""
    ground = frame.ground(problem)

    def density(positions: Array) -> tuple[Array, Array]:
        misfit, slopes = ground(positions)
        return -misfit, -slopes

    return density


def later(draws: NDArray[Any]) -> NDArray[Any]:
    """Return the draws without the first third, in which walkers may still tell where they began."""
    return draws[len(draws) // 3 :]
