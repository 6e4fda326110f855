"""Two policies, one outcome: who does better under which belief, by how much, and how sure the count of members is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.debate.splitting import Split, split
from simulator.report.spread import summary

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Array = np.ndarray[Any, np.dtype[np.float64]]

#: From this share of members on something is *likely*, as the IPCC uses the word; below one less this, unlikely.
LIKELY = 2 / 3
#: How often members are drawn anew to see how a median moves.
RESAMPLES = 400


@dataclass(frozen=True, slots=True)
class Lead:
    """By how much one policy is ahead of another under one worldview.

    Attributes:
        worldview: the beliefs.
        median, lower90, upper90: how many more it averts than its rival, over members.
        share: of members in which it is ahead.
        error: the Monte-Carlo standard error of the median.
        kept: the share of resamplings in which the median keeps its sign.
    """

    worldview: str
    median: float
    lower90: float
    upper90: float
    share: float
    error: float
    kept: float

    @property
    def side(self) -> int:
        """1 where it is likely ahead, -1 where its rival is, 0 where members do not agree."""
        return 1 if self.share >= LIKELY else -1 if self.share <= 1 - LIKELY else 0


@dataclass(frozen=True, slots=True)
class Contest:
    """Two rivals, the one that leads under `decisive` first, their leads, and the belief that divides members."""

    first: str
    second: str
    decisive: str
    leads: tuple[Lead, ...]
    belief: Split | None

    def lead(self, worldview: str) -> Lead:
        """Return the lead under a worldview."""
        return next(each for each in self.leads if each.worldview == worldview)


def contest(  # noqa: PLR0913 - who, against whom, and by what
    first: str,
    second: str,
    averted: Mapping[tuple[str, str], Array],
    decisive: str,
    names: Sequence[str],
    numbers: Mapping[str, Array],
    seed: int = 1,
) -> Contest:
    """Hold two policies against each other under every worldview.

    Args:
        first: a policy.
        second: its rival; whoever leads under `decisive` is named first.
        averted: by (policy, worldview), what it averts against history; shape (member,).
        decisive: the worldview that names the leader and whose members are divided by belief.
        names: of the numbers that members believe.
        numbers: by worldview, shape (member, number).
        seed: of the resampling.
    """
    worldviews = list(dict.fromkeys(worldview for _, worldview in averted))
    if np.nanmedian(averted[first, decisive] - averted[second, decisive]) < 0:
        first, second = second, first
    ahead = {each: averted[first, each] - averted[second, each] for each in worldviews}
    leads = tuple(_lead(each, found, seed) for each, found in ahead.items())
    well = np.isfinite(ahead[decisive])
    belief = split(names, numbers[decisive][well], ahead[decisive][well] > 0, seed)
    return Contest(first, second, decisive, leads, belief)


def _lead(worldview: str, found: Array, seed: int) -> Lead:
    values = found[np.isfinite(found)]
    told = summary(values)
    middle = float(np.median(values))
    medians = resampled(values[None], seed)[0]
    kept = float(np.mean(np.sign(medians) == np.sign(middle)))
    lower, upper = (middle if told[end] is None else float(told[end] or 0.0) for end in ("lower90", "upper90"))
    return Lead(worldview, middle, lower, upper, float(np.mean(values > 0)), float(medians.std()), kept)


def resampled(values: Array, seed: int = 1) -> Array:
    """Return medians over members drawn anew, the same ones for every row; (row, member) to (row, resample)."""
    generator = np.random.default_rng(seed)
    found = np.empty((len(values), RESAMPLES))
    for column in range(RESAMPLES):
        chosen = generator.integers(0, values.shape[1], values.shape[1])
        found[:, column] = np.median(values[:, chosen], axis=1)
    return found


@dataclass(frozen=True, slots=True)
class Place:
    """A policy's place among all under one worldview, and how sure the count of members makes it.

    Attributes:
        rank: 1 is best, by the median.
        error: standard deviation of the rank over resamplings.
        kept: share of resamplings with this very rank.
        median_error: Monte-Carlo standard error of the median.
    """

    policy: str
    rank: int
    error: float
    kept: float
    median_error: float


def ranking(averted: Mapping[str, Array], seed: int = 1) -> list[Place]:
    """Rank policies by the median of what they avert; each of shape (member,).

    Members that did not stay finite under any one policy are left out of all.
    """
    values = np.stack(list(averted.values()))
    values = values[:, np.isfinite(values).all(axis=0)]
    ranks = _ranks(np.median(values, axis=1)[:, None])[:, 0]
    medians = resampled(values, seed)
    again = _ranks(medians)
    return [
        Place(policy, int(rank), float(seen.std()), float(np.mean(seen == rank)), float(drawn.std()))
        for policy, rank, seen, drawn in zip(averted, ranks, again, medians, strict=True)
    ]


def _ranks(medians: Array) -> Array:
    """Return ranks within each column, the largest first; shape (policy, column)."""
    return np.argsort(np.argsort(-medians, axis=0, kind="stable"), axis=0, kind="stable") + 1.0
