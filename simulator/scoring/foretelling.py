"""From members of the model to a forecast: parameters, discrepancy and measurement together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.dates import MONTHS, month_starts
from simulator.scoring.discrepancy import WALKS, left, luck, walk
from simulator.scoring.present import present

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.record.observation import Observation
    from simulator.record.reading import Record
    from simulator.solution import Solution

Array = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, eq=False)
class Foretold:
    """What is said of some rows before they are known.

    Attributes:
        centres: log of what would be counted without error of measurement; shape (draw, row).
        spreads: standard deviation of measurement on the log scale; shape (row,).
        noise: standard normals of measurement; shape (draw, row).
    """

    centres: Array
    spreads: Array
    noise: Array

    @property
    def samples(self) -> Array:
        """Logs of what may be counted; shape (draw, row)."""
        return self.centres + self.spreads * self.noise

    def quantiles(self, shares: Sequence[float]) -> Array:
        """Return quantiles of the count itself; shape (share, row)."""
        return np.asarray(np.exp(np.quantile(self.samples, shares, axis=0)))

    def log_density(self, observed: Array) -> Array:
        """Return the log of the density of log counts at what was observed; shape (row,)."""
        from scipy.special import logsumexp
        from scipy.stats import norm

        each = norm.logpdf(np.log(observed), self.centres, self.spreads)
        return np.asarray(logsumexp(each, axis=0) - np.log(len(self.centres)))


def foretell(
    observation: Observation, solution: Solution, rows: Record, until: float, seed: int, walks: int = WALKS
) -> Foretold | None:
    """Return the forecast of rows that start at `until` or later; None where no residual can be carried there.

    Every member is carried from its own last residual along walks of its own. The luck depends on
    the seed and on the place of the member, not on series, worldview, mode or scenario.
    """
    now = present(observation, solution, until) if len(rows.values) else None
    if now is None:
        return None
    well = ~solution.failed
    middles = month_starts(until, float(solution.times[-1]))[:-1] + 1 / (2 * MONTHS)
    drawn = luck(1 + len(middles) + len(rows.values), walks * len(well), seed)
    carried = np.repeat(now.residual, walks) + now.spread * drawn[:, 0]
    path = np.outer(carried, left(middles - now.seen)) + walk(now.seen, middles, drawn[:, 1 : 1 + len(middles)])
    with np.errstate(all="ignore"):
        said = np.log(observation.predicted(solution, rows))
    centres = np.repeat(said, walks, axis=0) + path @ sharing(middles, rows.starts, rows.ends).T
    kept = np.repeat(well, walks)
    return Foretold(centres[kept], observation.spreads(rows), drawn[kept, 1 + len(middles) :])


def sharing(middles: Array, starts: Array, ends: Array) -> Array:
    """Return how months make up intervals: shape (interval, month), rows add up to one.

    A point in time is the month whose middle is nearest.
    """
    inside = (middles >= starts[:, None]) & (middles < ends[:, None])
    nearest = np.abs(middles - (starts + ends)[:, None] / 2).argmin(axis=1)
    inside[np.arange(len(starts)), nearest] = True
    return np.asarray(inside / inside.sum(axis=1, keepdims=True))


def pooled(parts: Sequence[Foretold], weights: Sequence[float]) -> Foretold:
    """Return the mixture of several forecasts of the same rows: draws of each in proportion to its weight."""
    whole, size = float(np.sum(weights)), max(len(part.centres) for part in parts)
    centres, noise = [], []
    for part, weight in zip(parts, weights, strict=True):
        number = min(round(size * weight / whole), len(part.centres))
        chosen = np.linspace(0, len(part.centres) - 1, number).round().astype(int)
        centres.append(part.centres[chosen])
        noise.append(part.noise[chosen])
    return Foretold(np.concatenate(centres), parts[0].spreads, np.concatenate(noise))
