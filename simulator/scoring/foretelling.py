"""From members of the model to a forecast: parameters, discrepancy and measurement together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.dates import MONTHS, month_starts
from simulator.scoring.discrepancy import WALKS, left, luck, walk, wandered
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
        middles: log count that each member expects, carried from the present; shape (member, row).
        widths: standard deviation around them, discrepancy and measurement together; shape (row,).
        shares: weight of each member, adding up to one; shape (member,).
    """

    centres: Array
    spreads: Array
    noise: Array
    middles: Array
    widths: Array
    shares: Array

    @property
    def samples(self) -> Array:
        """Logs of what may be counted; shape (draw, row)."""
        return self.centres + self.spreads * self.noise

    def quantiles(self, shares: Sequence[float]) -> Array:
        """Return quantiles of the count itself; shape (share, row)."""
        return np.asarray(np.exp(np.quantile(self.samples, shares, axis=0)))

    def log_density(self, observed: Array) -> Array:
        """Return the log of the density of log counts at what was observed; shape (row,).

        Exact, for around each member the discrepancy is a normal distribution: what lies far out
        is judged by its tail and not by the luck of the draws.
        """
        from scipy.special import logsumexp
        from scipy.stats import norm

        each = norm.logpdf(np.log(observed), self.middles, self.widths)
        return np.asarray(logsumexp(each, axis=0, b=self.shares[:, None]))


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
    share, kept = sharing(middles, rows.starts, rows.ends), np.repeat(well, walks)
    remaining, spreads = share @ left(middles - now.seen), observation.spreads(rows)
    with np.errstate(all="ignore"):
        expected = np.log(observation.predicted(solution, rows)) + np.outer(now.residual, remaining)
    away = now.spread * np.outer(drawn[:, 0], remaining)
    away += walk(now.seen, middles, drawn[:, 1 : 1 + len(middles)]) @ share.T
    variance = np.einsum("ri,ij,rj->r", share, wandered(now.seen, middles), share) + (now.spread * remaining) ** 2
    return Foretold(
        centres=(np.repeat(expected, walks, axis=0) + away)[kept],
        spreads=spreads,
        noise=drawn[kept, 1 + len(middles) :],
        middles=expected[well],
        widths=np.sqrt(variance + spreads**2),
        shares=np.full(np.count_nonzero(well), 1 / np.count_nonzero(well)),
    )


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
    return replace(
        parts[0],
        centres=np.concatenate(centres),
        noise=np.concatenate(noise),
        middles=np.concatenate([part.middles for part in parts]),
        shares=np.concatenate([part.shares * weight / whole for part, weight in zip(parts, weights, strict=True)]),
    )
