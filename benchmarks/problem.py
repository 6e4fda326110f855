"""What every engine is asked to do, and how far from the truth it ends."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator import draws, scenario
from simulator.cases import END, START
from simulator.dates import month_starts
from simulator.fentanyl import fentanyl_model
from simulator.integrate import reference

if TYPE_CHECKING:
    from simulator.emission import System
    from simulator.integrate.tracks import Tracks
    from simulator.model import Model

Array = np.ndarray[Any, np.dtype[np.float64]]

TRUE_METHOD, TRUE_TOLERANCE = "DOP853", 1e-10
SCENARIO = "history"


@dataclass(frozen=True, eq=False)
class Problem:
    """Members of one model along the same tracks, and the truth about the first of them.

    Attributes:
        constants: shape (member, constant).
        truth: shape (judged member, state, time).
    """

    model: Model
    tracks: Tracks
    times: Array
    constants: Array
    truth: Array

    @cached_property
    def system(self) -> System:
        """The equations."""
        return self.model.system()

    def error(self, states: Array) -> float:
        """Return the worst error over members, states and times.

        Relative to the true value, or to the smallest change worth resolving (`System.scales`)
        where the true value is smaller than that; infinite where a number is missing.

        Args:
            states: of the first members; shape (member, state, time).
        """
        return float(self.errors(states).max())

    def errors(self, states: Array) -> Array:
        """Return the errors one by one, in the shape of `states`; see `error`."""
        truth = self.truth[: len(states)]
        scale = np.maximum(np.abs(truth), np.array(self.system.scales)[:, None])
        return np.nan_to_num(np.abs(states - truth) / scale, nan=np.inf)


def pose(model: Model, tracks: Tracks, times: Array, constants: Array, judged: int) -> Problem:
    """Return a problem, having worked out the truth about its first members."""
    system = model.system()
    truth = [
        reference.integrate(system, row, tracks, times, method=TRUE_METHOD, relative_tolerance=TRUE_TOLERANCE).states
        for row in constants[:judged]
    ]
    return Problem(model, tracks, times, constants, np.array(truth))


def shipped_problem(members: int, judged: int) -> Problem:
    """Return the shipped model over all its years; every other member is drawn from the bare priors."""
    model = fentanyl_model()
    tracks = scenario.resolve(scenario.find(SCENARIO), model.parameters, START, END)
    half = (members + 1) // 2
    constants = np.empty((2 * half, len(model.constants)))
    constants[0::2] = draws.constants(model, members=half, prior=True)
    constants[1::2] = draws.constants(model, members=half)
    return pose(model, tracks, month_starts(START, END), constants[:members], judged)
