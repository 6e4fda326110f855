"""Which way is downhill: the slopes of the misfit with respect to every free number."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.calibration.problem import INTEGRALS
from simulator.dates import month_starts
from simulator.integrate import backward

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.calibration.problem import Problem

Array = np.ndarray[Any, np.dtype[np.float64]]

#: Steps of the way back in every month: three bear rates up to 72 a year, which a few members in a thousand exceed.
#: Their slopes then grow beyond all bounds, and they are led back anew with steps that bear four times that. (Six steps
#: in between cost three quarters of what twelve do, and in `depletion` some member always needed both.)
STEPS = (3, 12)
#: No slope is as steep as this where anybody walks: their length is some hundreds.
STEEPEST = 1e4
#: Runs written down at once: more would not fit near the processor.
TOGETHER = 160
#: In coordinates of the prior, for the slope of a number along its own coordinate.
SMALL = 1e-4


@dataclass(frozen=True, eq=False)
class Downhill:
    """The misfit of a calibration problem with its slopes, at two to three times the price of the misfit alone.

    Attributes:
        problem: whose record and priors.
        relative_tolerance: of the runs.
    """

    problem: Problem
    relative_tolerance: float

    @cached_property
    def totals(self) -> tuple[str, ...]:
        """What is integrated on the way back: everything that the record is compared with."""
        return tuple(dict.fromkeys((*INTEGRALS, *self.problem.likelihood.quantities)))

    @cached_property
    def months(self) -> Array:
        """Starts of months over the record, and its end."""
        problem = self.problem
        end = min(problem.until, float(problem.tracks.edges[-1]))
        return month_starts(float(problem.tracks.edges[0]), end)

    def times(self, steps: int) -> Array:
        """Return where the steps of the way back begin and end, so many in every month."""
        share = np.arange(steps) / steps
        inner = self.months[:-1, None] + np.diff(self.months)[:, None] * share
        return np.append(inner.ravel(), self.months[-1])

    def __call__(self, z: Array, noise: Array | None = None, prior: Array | None = None) -> tuple[Array, Array]:
        """Return the misfit with record and prior, and its slopes; shapes (member,) and (member, free).

        Args:
            z: coordinates of members; shape (member, free).
            noise: added to the independent residuals, for members that each meet a record of their own; (member, row).
            prior: where the prior of each is centred instead of at zero; shape (member, free).
        """
        misfits, slopes = np.empty(len(z)), np.empty(z.shape)
        rows = np.arange(len(z))
        for steps in STEPS:
            for first in range(0, len(rows), TOGETHER):
                part = rows[first : first + TOGETHER]
                misfits[part], slopes[part] = self._few(part, z, noise, prior, steps)
            rows = rows[np.isfinite(misfits[rows]) & ~(np.abs(slopes[rows]).max(axis=1) < STEEPEST)]
        return misfits, np.nan_to_num(slopes, nan=0.0, posinf=0.0, neginf=0.0)

    def _few(
        self, rows: NDArray[np.intp], every: Array, noises: Array | None, priors: Array | None, steps: int
    ) -> tuple[Array, Array]:
        """Return misfit and slopes of some members, on a way back of so many steps in every month."""
        problem = self.problem
        z = every[rows]
        noise, prior = (each if each is None else each[rows] for each in (noises, priors))
        away = z if prior is None else z - prior
        with np.errstate(over="ignore"):  # a walker that has fallen off its path
            constants = problem.constants(z)
        times = self.times(steps)
        fine = problem.solve(
            problem.model, INTEGRALS, constants, problem.tracks, times, relative_tolerance=self.relative_tolerance
        )
        coarse = replace(fine, times=self.months, states=fine.states[:, :, ::steps])
        seen = coarse.remembering(problem.likelihood.quantities)
        with np.errstate(all="ignore"):
            residuals = problem.compared(seen, noise)
            misfit = 0.5 * ((residuals**2).sum(axis=1) + (away**2).sum(axis=1))
            seeds = np.zeros((len(z), len(self.months), len(self.totals)))
            for name, slopes in problem.slopes(seen, noise).items():
                seeds[:, :, self.totals.index(name)] = slopes
            states = fine.states.transpose(0, 2, 1)[:, :, : len(problem.model.stocks)]
            system = problem.model.system(self.totals)
            pulled = backward.descend(system, constants, problem.tracks, times, states, seeds)
            found = away + pulled[:, problem.places] * self._own(z)
        return misfit, found

    def _own(self, z: Array) -> Array:
        """Return how each number follows its own coordinate; shape (member, free)."""
        return (self.problem.values(z + SMALL) - self.problem.values(z - SMALL)) / (2 * SMALL)
