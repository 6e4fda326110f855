"""The calibration problem: uncertain numbers in, residuals out.

Every uncertain parameter that the record can feel is free, each in its own standard
normal coordinate `z` with its stated range as prior; a worldview fixes some. Nothing has
a hard bound: a number that the record pulls outside its own 90 % range is reported.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.calibration.likelihood import Likelihood
from simulator.dates import month_starts
from simulator.parameters import at_once
from simulator.solution import Solution

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simulator.integrate.tracks import Tracks
    from simulator.model import Model

Array = np.ndarray[Any, np.dtype[np.float64]]

#: What is integrated along, so that means over months and years are exact.
INTEGRALS = (
    "synthetic_opioid_deaths", "heroin_deaths", "opioid_deaths", "seizures_reported", "fentanyl_consumed",
)  # fmt: skip
#: Sectors that nothing else rests on, so that the record cannot narrow their numbers.
COST_SECTORS = ("costs", "accounts")


@dataclass(frozen=True, eq=False)
class Problem:
    """A model, its history and the record to the end of `until`.

    Attributes:
        model, tracks: what to integrate, along which history.
        until: rows of the record that end later are held out.
        settings: numbers that a worldview has fixed.
        solve: integrates members: `(model, integrals, constants, tracks, times) -> Solution`.
    """

    model: Model
    tracks: Tracks
    until: float
    solve: Callable[..., Solution]
    settings: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def free(self) -> tuple[str, ...]:
        """The uncertain parameters that the worldview leaves open and a cost account does not own."""
        return tuple(
            name
            for name, parameter in self.model.parameters.items()
            if parameter.is_uncertain and name not in self.settings and parameter.sector not in COST_SECTORS
        )

    def constants(self, z: Array) -> Array:
        """Turn coordinates into constants; shapes (member, free) and (member, constant)."""
        values = {name: self.model.parameters[name].value for name in self.model.constants}
        values.update(self.settings)
        found = np.tile([values[name] for name in self.model.constants], (len(z), 1))
        found[:, self.places] = self.values(z)
        return found

    def values(self, z: Array) -> Array:
        """Turn coordinates into values of the free numbers; shape (member, free)."""
        return at_once([self.model.parameters[name] for name in self.free], z)

    @cached_property
    def places(self) -> list[int]:
        """Where the free numbers stand among the constants."""
        return [self.model.constants.index(name) for name in self.free]

    @cached_property
    def likelihood(self) -> Likelihood:
        """What the record up to `until` says of a solution."""
        return Likelihood.of(self.until)

    def solution(self, z: Array) -> Solution:
        """Integrate members over the record; `z` has shape (member, free)."""
        end = min(self.until, self.tracks.edges[-1])
        times = month_starts(self.tracks.edges[0], end)
        found = self.solve(self.model, INTEGRALS, self.constants(z), self.tracks, times)
        return found.remembering(self.likelihood.quantities)

    def residuals(self, z: Array, noise: Array | None = None) -> Array:
        """Return the residuals of the record, whose squares are minus twice the log likelihood; (member, row).

        Args:
            z: coordinates of members; shape (member, free).
            noise: see `Likelihood.residuals`.
        """
        return self.compared(self.solution(z), noise)

    def compared(self, solution: Solution, noise: Array | None = None) -> Array:
        """Return the residuals of a solution; shape (member, row)."""
        return self.likelihood.residuals(solution, noise)

    def slopes(self, solution: Solution, noise: Array | None = None) -> dict[str, Array]:
        """Return how half the sum of squared residuals follows running totals; see `Likelihood.slopes`."""
        return self.likelihood.slopes(solution, noise)
