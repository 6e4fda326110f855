"""The calibration problem: uncertain numbers in, residuals out.

Every uncertain parameter that the record can feel is free, each in its own standard
normal coordinate `z` with its stated range as prior; a worldview fixes some. Nothing has
a hard bound: a number that the record pulls outside its own 90 % range is reported.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.dates import month_starts
from simulator.record.observation import ANCHORS, OBSERVATIONS
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
#: A member that fails is this many standard deviations from every row.
FAILED = 50.0


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

    @property
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
        places = {name: place for place, name in enumerate(self.model.constants)}
        for column, name in enumerate(self.free):
            found[:, places[name]] = self.model.parameters[name].at(z[:, column])
        return found

    def solution(self, z: Array) -> Solution:
        """Integrate members over the record; `z` has shape (member, free)."""
        end = min(self.until, self.tracks.edges[-1])
        times = month_starts(self.tracks.edges[0], end)
        return self.solve(self.model, INTEGRALS, self.constants(z), self.tracks, times)

    def residuals(self, z: Array) -> Array:
        """Return log record over model in standard deviations; shape (member, row)."""
        solution = self.solution(z)
        columns = []
        for observation in OBSERVATIONS:
            rows = observation.rows(self.until)
            if len(rows.values) == 0:
                continue
            predicted = observation.predicted(solution, rows) + observation.offset
            columns.append(np.log(predicted / (rows.values + observation.offset)) / observation.spreads(rows))
        for anchor in ANCHORS:
            if anchor.end <= self.until:
                seen = solution.mean_between(anchor.quantity, anchor.start, anchor.end)
                columns.append(np.log(seen / anchor.value) / anchor.spread)
        with np.errstate(all="ignore"):
            found = np.concatenate(columns, axis=1)
        return np.clip(np.nan_to_num(found, nan=FAILED, posinf=FAILED, neginf=-FAILED), -FAILED, FAILED)
