"""Where a walk falls apart: readings of the record between which walkers hardly pass, and the planes between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.calibration.descent import descend
from simulator.calibration.readings import grouped

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.calibration.frame import Frame
    from simulator.calibration.problem import Problem

Array = np.ndarray[Any, np.dtype[np.float64]]

#: Steps of a walker's descent to the bottom of its valley.
STEPS = 60
#: A reading to which fewer walkers belong, of the two moments that are looked at, is left to its neighbours.
FEW = 12
#: Readings are apart where a walker stays longer than so many iterations, on the average.
LONG = 40.0
#: Where it stays less long, readings are one: any walk is long enough for their shares to settle.
BRIEF = 4.0
#: Share of a round shape in the shape of a reading's cloud.
ROUND = 0.1


@dataclass(frozen=True, eq=False)
class Parting:
    """Planes that part space among readings.

    Attributes:
        slopes: of the score of each reading; shape (reading, coordinate).
        levels: of the scores; shape (reading,).
    """

    slopes: Array
    levels: Array

    @classmethod
    def between(cls, places: Array, labels: NDArray[np.intp]) -> Parting:
        """Return the planes that best part clouds of one shape (linear discriminants: Fisher 1936).

        Args:
            places: shape (place, coordinate).
            labels: to which reading each belongs, from zero on, none without a place; shape (place,).
        """
        middles = np.array([places[labels == each].mean(axis=0) for each in range(labels.max() + 1)])
        shape = np.cov((places - middles[labels]).T) + ROUND * np.eye(places.shape[1])
        slopes = np.linalg.solve(shape, middles.T).T
        return cls(slopes, -0.5 * (slopes * middles).sum(axis=1))

    @property
    def count(self) -> int:
        """How many readings there are."""
        return len(self.levels)

    def scores(self, places: Array) -> Array:
        """Return how each reading scores at each place, a logarithm; shapes (..., coordinate) and (..., reading)."""
        return np.asarray(places @ self.slopes.T + self.levels)

    def belongs(self, places: Array) -> NDArray[np.intp]:
        """Return the reading of each place; shapes (..., coordinate) and (...)."""
        return np.asarray(self.scores(places).argmax(axis=-1))

    def over(self, places: Array) -> Parting:
        """Return the planes that best part what these part, where there are more places; (..., coordinate)."""
        flat = places.reshape(-1, places.shape[-1])
        return Parting.between(flat, self.belongs(flat))


def parting(problem: Problem, frame: Frame, draws: Array) -> tuple[Parting | None, bool]:
    """Part a walk among readings that its walkers leave seldom or not at all.

    Args:
        problem: whose posterior.
        frame: in whose coordinates the walk is.
        draws: of it; shape (iteration, walker, coordinate).

    Returns:
        Planes, None where all is one reading; and whether walkers do not pass, so that each is to be walked by itself.
    """
    seen = np.concatenate([draws[len(draws) // 2], draws[-1]])
    ends, _ = descend(frame.ground(problem), seen, STEPS)
    found = grouped(problem, frame.outside(ends))
    common = [each for each in range(found.max() + 1) if np.sum(found == each) >= FEW]
    kept = np.isin(found, common)
    labels = np.asarray(np.searchsorted(common, found[kept]))
    count, seldom = len(common), None
    while count > 1:
        planes = Parting.between(seen[kept], labels)
        one, other, longest = _most_exchanged(planes.belongs(draws), count)
        if longest > LONG:
            return planes, True
        if longest > BRIEF and seldom is None:
            seldom = planes.over(draws)
        labels = np.where(labels == other, one, labels)
        labels = np.where(labels > other, labels - 1, labels)
        count -= 1
    return seldom, False


def _most_exchanged(visits: NDArray[np.intp], count: int) -> tuple[int, int, float]:
    """Return the two readings that exchange most walkers, and how long one of them stays in the less visited.

    Args:
        visits: the reading of each walker at each iteration; shape (iteration, walker).
        count: of readings.
    """
    before, after = visits[:-1], visits[1:]
    found = []
    for one in range(count):
        for other in range(one + 1, count):
            passed = np.sum((before == one) & (after == other)) + np.sum((before == other) & (after == one))
            stayed = min(np.sum(visits == one), np.sum(visits == other))
            found.append((float(stayed / max(passed / 2, 1e-9)), one, other))
    longest, one, other = min(found)
    return one, other, longest
