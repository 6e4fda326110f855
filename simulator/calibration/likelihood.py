"""The likelihood: how probable the record is where the model is right.

A series is compared on the logarithmic scale, which suits counts in the tens of thousands: their
own Poisson noise, a third of a percent, is far below what definitions and model add. Three things
make a residual, and each is stated here or with its series in `record/observation.py`:

- its spread, measurement and definition together;
- its memory: half of the variance, of final counts of deaths a fifth, is shared with neighbours in
  time and fades within a year and a half, so that rows in a row do not count as so many witnesses;
- overdispersion: a series that the model tells badly has its spread widened, as far as that makes
  the record most probable, at a price. It is never narrowed: what is stated is the least.

Published figures that stand alone (`ANCHORS`) have a spread and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.record.observation import ANCHORS, OBSERVATIONS, Anchor, Observation
from simulator.solution import Solution, mean_weights

if TYPE_CHECKING:
    from simulator.record.reading import Record

Array = np.ndarray[Any, np.dtype[np.float64]]

#: In how many years what the residuals of neighbours in time have in common fades to a third. An
#: assumption: a trial's residuals ran in spells of a year or two.
MEMORY = 1.5
#: Spread of the logarithm of overdispersion, an assumption: a factor of 1.6 is one standard deviation.
OVERDISPERSION = 0.5
#: A member that fails is this many standard deviations from every row.
FAILED = 50.0
#: Newton's method on a smooth convex function of one number: six steps are more than enough.
_STEPS = 6


@dataclass(frozen=True, eq=False)
class Seen:
    """One series of the record as the likelihood sees it.

    Attributes:
        observation: what it measures.
        rows: the part of the record that is compared.
    """

    observation: Observation
    rows: Record

    @cached_property
    def spreads(self) -> Array:
        """Stated spread of each row, relative; shape (row,)."""
        return np.asarray(self.observation.spreads(self.rows))

    @cached_property
    def correlation(self) -> Array:
        """What the residuals of each two rows have in common; shape (row, row)."""
        middles = (self.rows.starts + self.rows.ends) / 2
        share = self.observation.shared
        common = share * np.exp(-np.abs(middles[:, None] - middles) / MEMORY)
        return np.asarray(common + (1 - share) * np.eye(len(middles)))

    @cached_property
    def whitening(self) -> Array:
        """The matrix that turns residuals into independent ones of unit spread; shape (row, row)."""
        return np.asarray(np.linalg.inv(np.linalg.cholesky(self.correlation)) / self.spreads)

    def slopes(self, solution: Solution, noise: Array | float = 0.0) -> Array:
        """Return how half the sum of squared residuals follows the quantity's mean over each row; (member, row)."""
        independent = self.distances(solution) @ self.whitening.T + noise
        # The widening is where it costs least, so that it need not be followed.
        widening = log_overdispersion((independent**2).sum(axis=1), len(self.spreads))
        distant = (independent * np.exp(-2 * widening)[:, None]) @ self.whitening
        return np.asarray(distant * self.observation.relative_slopes(solution, self.rows))

    def distances(self, solution: Solution) -> Array:
        """Return log model over record; shape (member, row)."""
        offset = self.observation.offset
        predicted = self.observation.predicted(solution, self.rows) + offset
        return np.asarray(np.log(predicted / (self.rows.values + offset)))


@dataclass(frozen=True, eq=False)
class Likelihood:
    """The record up to some date.

    Attributes:
        series: every series that has rows before it.
        anchors: every single figure before it.
    """

    series: tuple[Seen, ...]
    anchors: tuple[Anchor, ...]

    @classmethod
    def of(cls, until: float) -> Likelihood:
        """Return the likelihood of what the record holds up to `until`."""
        series = (Seen(observation, observation.fitted(until)) for observation in OBSERVATIONS)
        anchors = tuple(anchor for anchor in ANCHORS if anchor.end <= until)
        return cls(tuple(each for each in series if len(each.rows.values)), anchors)

    @property
    def quantities(self) -> tuple[str, ...]:
        """The quantities of the model that are compared with the record."""
        names = [each.observation.quantity for each in self.series] + [each.quantity for each in self.anchors]
        return tuple(dict.fromkeys(names))

    def distances(self, solution: Solution) -> Array:
        """Return residuals made independent and of unit spread, none widened yet; shape (member, row)."""
        with np.errstate(all="ignore"):
            blocks = [each.distances(solution) @ each.whitening.T for each in self.series]
            alone = [each.distance(_mean(solution, each)) for each in self.anchors]
        found: Array = np.concatenate([*blocks, *(each[:, None] for each in alone)], axis=1)
        return np.clip(np.nan_to_num(found, nan=FAILED, posinf=FAILED, neginf=-FAILED), -FAILED, FAILED)

    def residuals(self, solution: Solution, noise: Array | None = None) -> Array:
        """Return residuals whose squares add up to minus twice the log likelihood, constants apart.

        Args:
            solution: of some members.
            noise: added to the independent residuals, for members that each meet a record of
                their own; shape (member, row).

        Returns:
            Shape (member, row): series by series, then the anchors.
        """
        found = self.distances(solution)
        if noise is not None:
            found = found + noise
        first = 0
        for each in self.series:
            last = first + len(each.rows.values)
            found[:, first:last] = widened(found[:, first:last])
            first = last
        return found

    def slopes(self, solution: Solution, noise: Array | None = None) -> dict[str, Array]:
        """Return the slopes of half the sum of squared residuals, with respect to running totals.

        Args:
            solution: of some members.
            noise: added to the independent residuals, of all members or of each; shape (row,) or (member, row).

        Returns:
            By quantity the slope for its running total at each of `solution.times`; (member, time).
            A quantity that is not integrated counts as if it were.
        """
        found: dict[str, Array] = {}
        count = sum(len(each.spreads) for each in self.series) + len(self.anchors)
        lucks = np.split(np.zeros(count) if noise is None else noise, self._ends, axis=-1)
        for each, luck in zip(self.series, lucks, strict=False):
            rows, name = each.rows, each.observation.quantity
            pulled = each.slopes(solution, luck) @ mean_weights(solution.times, rows.starts, rows.ends)
            found[name] = found.get(name, 0.0) + pulled
        for anchor, luck in zip(self.anchors, lucks[-1].T, strict=True):
            seen = _mean(solution, anchor)
            slope = (anchor.distance(seen) + luck) / (anchor.spread * (seen + anchor.offset))
            weights = mean_weights(solution.times, np.array([anchor.start]), np.array([anchor.end]))
            found[anchor.quantity] = found.get(anchor.quantity, 0.0) + slope[:, None] * weights
        return found

    @property
    def _ends(self) -> list[int]:
        """The rows at which one series ends and the next, or the anchors, begin."""
        return [int(end) for end in np.cumsum([len(each.spreads) for each in self.series])]


def _mean(solution: Solution, anchor: Anchor) -> Array:
    return solution.mean_between(anchor.quantity, anchor.start, anchor.end)[:, 0]


def log_overdispersion(squares: Array, count: int) -> Array:
    """Return the log widening that makes a series most probable; zero or more, shape as `squares`.

    It minimises `2 count l + squares exp(-2 l) + (l / OVERDISPERSION)**2` over l >= 0.

    Args:
        squares: the sum of squares of a series' residuals.
        count: how many rows it has.
    """
    price = 1 / OVERDISPERSION**2
    found = np.maximum(0.5 * np.log(np.maximum(squares, 1e-300) / count), 0.0)
    for _ in range(_STEPS):
        slope = 2 * count - 2 * squares * np.exp(-2 * found) + 2 * price * found
        bend = 4 * squares * np.exp(-2 * found) + 2 * price
        found = np.maximum(found - slope / bend, 0.0)
    return np.asarray(found)


def widened(residuals: Array) -> Array:
    """Shrink a series' residuals as its widened spread does, and add the price of widening.

    Args:
        residuals: independent, of unit spread; shape (member, row).

    Returns:
        Residuals whose squares add up to what `log_overdispersion` minimised.
    """
    count = residuals.shape[1]
    squares = (residuals**2).sum(axis=1)
    log = log_overdispersion(squares, count)
    whole = 2 * count * log + squares * np.exp(-2 * log) + (log / OVERDISPERSION) ** 2
    return np.asarray(residuals * np.sqrt(np.where(squares > 0, whole / np.maximum(squares, 1e-300), 1.0))[:, None])
