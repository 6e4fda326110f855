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
    from simulator.calibration.problem import Problem

Array = np.ndarray[Any, np.dtype[np.float64]]

#: Steps of the way back in every month. With one some members are unstable; three bear rates up to 72 a year.
STEPS = 3
#: Runs written down at once: more would not fit near the processor.
TOGETHER = 128
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

    @cached_property
    def times(self) -> Array:
        """Where the steps of the way back begin and end."""
        share = np.arange(STEPS) / STEPS
        inner = self.months[:-1, None] + np.diff(self.months)[:, None] * share
        return np.append(inner.ravel(), self.months[-1])

    def __call__(self, z: Array, noise: Array | None = None, prior: Array | None = None) -> tuple[Array, Array]:
        """Return the misfit with record and prior, and its slopes; shapes (member,) and (member, free).

        Args:
            z: coordinates of members; shape (member, free).
            noise: added to the independent residuals, for members that each meet a record of their own; (member, row).
            prior: where the prior of each is centred instead of at zero; shape (member, free).
        """
        parts = [slice(first, first + TOGETHER) for first in range(0, len(z), TOGETHER)]
        own = ([each if each is None else each[part] for each in (noise, prior)] for part in parts)
        found = [self._few(z[part], *those) for part, those in zip(parts, own, strict=True)]
        return np.concatenate([misfit for misfit, _ in found]), np.concatenate([slopes for _, slopes in found])

    def _few(self, z: Array, noise: Array | None, prior: Array | None) -> tuple[Array, Array]:
        problem = self.problem
        away = z if prior is None else z - prior
        with np.errstate(over="ignore"):  # a walker that has fallen off its path
            constants = problem.constants(z)
        fine = problem.solve(
            problem.model, INTEGRALS, constants, problem.tracks, self.times, relative_tolerance=self.relative_tolerance
        )
        coarse = replace(fine, times=self.months, states=fine.states[:, :, ::STEPS])
        seen = coarse.remembering(problem.likelihood.quantities)
        with np.errstate(all="ignore"):
            residuals = problem.compared(seen, noise)
            misfit = 0.5 * ((residuals**2).sum(axis=1) + (away**2).sum(axis=1))
            seeds = np.zeros((len(z), len(self.months), len(self.totals)))
            for name, slopes in problem.slopes(seen, noise).items():
                seeds[:, :, self.totals.index(name)] = slopes
            states = np.ascontiguousarray(fine.states.transpose(0, 2, 1)[:, :, : len(problem.model.stocks)])
            system = problem.model.system(self.totals)
            pulled = backward.descend(system, constants, problem.tracks, self.times, states, seeds)
            places = [problem.model.constants.index(name) for name in problem.free]
            found = away + pulled[:, places] * self._own(z)
        return misfit, np.nan_to_num(found, nan=0.0, posinf=0.0, neginf=0.0)

    def _own(self, z: Array) -> Array:
        """Return how each number follows its own coordinate; shape (member, free)."""
        parameters = self.problem.model.parameters
        columns = [
            (parameters[name].at(z[:, column] + SMALL) - parameters[name].at(z[:, column] - SMALL)) / (2 * SMALL)
            for column, name in enumerate(self.problem.free)
        ]
        return np.stack(columns, axis=1)
