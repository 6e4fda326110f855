"""A posterior in parts: samples of readings between which walkers do not pass, and the share that each holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import softmax

from simulator.calibration.trust import LEAST_DRAWS, MOST_ERROR, settled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.calibration.sampling import Sample

Array = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Evidence:
    """The logarithm of the mass of a valley, in the coordinates of its density, and its standard error."""

    log: float
    error: float


def shares(evidences: Sequence[Evidence]) -> tuple[Array, Array]:
    """Return which share of the whole mass each valley holds, and its standard error; both of shape (valley,)."""
    found = np.asarray(softmax([each.log for each in evidences]))
    variances = np.array([each.error for each in evidences]) ** 2
    if not np.isfinite(variances).all():
        return found, np.full(len(found), np.inf)
    others = np.sum(found**2 * variances) - found**2 * variances
    return found, found * np.sqrt((1 - found) ** 2 * variances + others)


@dataclass(frozen=True, eq=False)
class Parted:
    """Samples of readings between which walkers do not pass, and how much of the posterior each holds.

    Attributes:
        samples: of each reading by itself.
        evidences: of each.
        tried: how often density and slopes were asked for before the walk was parted.
    """

    samples: tuple[Sample, ...]
    evidences: tuple[Evidence, ...]
    tried: int = 0

    @property
    def weights(self) -> Array:
        """Share of the posterior in each reading; shape (reading,)."""
        return shares(self.evidences)[0]

    @property
    def rhat(self) -> Array:
        """The worst R-hat of each coordinate among readings; shape (coordinate,)."""
        return np.asarray(np.max([each.rhat for each in self.samples], axis=0))

    @property
    def drift(self) -> Array:
        """The worst drift of each coordinate among readings, in standard errors; shape (coordinate,)."""
        return np.asarray(np.max([each.drift for each in self.samples], axis=0))

    @property
    def effective(self) -> Array:
        """Effective draws of each coordinate in all readings together, their shares given; shape (coordinate,).

        A mean of the whole is known as well as those of its parts, each with the square of its share
        (stratified sampling: Cochran 1977); what is added to the variance by how far apart readings
        lie is left out, for draws of a reading say nothing of that.
        """
        variances = np.array([each.draws.var(axis=(0, 1)) for each in self.samples])
        counts = np.array([each.effective for each in self.samples])
        return np.asarray(self.weights @ variances / (self.weights**2 @ (variances / counts)))

    @property
    def believed(self) -> bool:
        """Whether walkers are mixed in every reading, draws are enough and the readings' shares well enough known."""
        _, errors = shares(self.evidences)
        if not errors.max() <= MOST_ERROR:
            return False
        return settled(self.rhat, self.drift) and bool(self.effective.min() >= LEAST_DRAWS)

    @property
    def count(self) -> int:
        """How many draws there are."""
        return sum(each.count for each in self.samples)

    @property
    def evaluations(self) -> int:
        """How often density and slopes were asked for, weighing not counted."""
        return self.tried + sum(each.evaluations for each in self.samples)

    def spread_out(self, count: int) -> Array:
        """Return draws of all readings by their weights, each reading's taken evenly; shape (count, coordinate)."""
        ends = np.round(np.cumsum([0.0, *self.weights]) * count).astype(int)
        counts = np.diff(ends).tolist()
        return np.concatenate([each.spread_out(own) for each, own in zip(self.samples, counts, strict=True) if own])
