"""Coordinates in which a posterior is as narrow one way as another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.calibration.downhill import Downhill
from simulator.calibration.slopes import slopes

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.calibration.problem import Problem

Array = np.ndarray[Any, np.dtype[np.float64]]

#: Far below the spread of any series, and a sixth quicker than the tolerance of runs.
TOLERANCE = 1e-5
#: At so many of the places is it measured how much the record says of every direction.
PLACES = 16
#: Power of a valley's variance by which its length is shrunk.
MADE_GOOD = 0.35


@dataclass(frozen=True, eq=False)
class Frame:
    """Coordinates in which the posterior is as narrow one way as another, on the average over it.

    What the record says of a direction differs from place to place, a hundredfold at the best fit from
    elsewhere; so it is averaged over several places. Where members of the posterior lie much
    further apart than that average allows, along bent valleys, most of the difference
    (in logarithms) is made good: all of it would turn the valley's walls into cliffs.

    Attributes:
        centre: shape (free,).
        axes: turns coordinates of the frame into those of the prior; shape (free, free).
    """

    centre: Array
    axes: Array

    @classmethod
    def at(cls, problem: Problem, places: Array) -> Frame:
        """Return the frame of what the record says at places, of which some are tried; shape (place, free)."""
        narrow, _ = _said(problem, places)
        return cls(places.mean(axis=0), narrow)

    @classmethod
    def over(cls, problem: Problem, members: Array) -> Frame:
        """Return the frame of a posterior near these members; shape (member, free)."""
        narrow, widened = _said(problem, members)
        wide, valleys = np.linalg.eigh(np.cov((members @ widened).T))
        return cls(members.mean(axis=0), narrow @ (valleys * np.maximum(wide, 1.0) ** MADE_GOOD) @ valleys.T)

    def inside(self, z: Array) -> Array:
        """Turn coordinates of the prior into those of the frame; shape (place, free)."""
        return np.asarray(np.linalg.solve(self.axes, (z - self.centre).T).T)

    def outside(self, x: Array) -> Array:
        """Turn coordinates of the frame into those of the prior; shape (..., free)."""
        return np.asarray(self.centre + x @ self.axes.T)

    def ground(
        self, problem: Problem, noise: Array | None = None, prior: Array | None = None
    ) -> Callable[[Array], tuple[Array, Array]]:
        """Return the misfit and its slopes in these coordinates; `noise` and `prior` as of `Downhill`."""
        downhill = Downhill(problem, TOLERANCE)

        def ground(positions: Array) -> tuple[Array, Array]:
            misfit, rising = downhill(self.outside(positions), noise, prior)
            return misfit, rising @ self.axes

        return ground


def _said(problem: Problem, places: Array) -> tuple[Array, Array]:
    """Return the root of the covariance that record and prior leave, on the average over some places, and its inverse.

    Roots are symmetric, so that a walk that is taken up again stands in the same coordinates.
    """
    chosen = np.unique(np.linspace(0, len(places) - 1, PLACES).round().astype(int))
    found = [slopes(problem, z) for z in places[chosen]]
    said = np.eye(places.shape[1]) + sum(each.T @ each for each in found) / len(found)
    sizes, axes = np.linalg.eigh(said)
    return (axes / np.sqrt(sizes)) @ axes.T, (axes * np.sqrt(sizes)) @ axes.T
