"""Two policies, one outcome: who does better under which belief, by how much, and how sure the count of members is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from simulator import copies
from simulator.debate.splitting import Split, split
from simulator.report.spread import summary

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simulator.copies import Groups

Array = np.ndarray[Any, np.dtype[np.float64]]
Side = Literal["ahead", "behind", "tie", "open"]

#: From this share of members on something is *likely*, as the IPCC uses the word; below one less this, unlikely.
LIKELY = 2 / 3
#: How often members, copies together, are drawn anew to see how a median moves.
RESAMPLES = 400
#: So many deaths in ten years, or fewer, are no difference: the last digit of the tables.
TIE = 50.0


@dataclass(frozen=True, slots=True)
class Lead:
    """By how much one policy is ahead of another under one worldview.

    Attributes:
        worldview: the beliefs.
        median, lower90, upper90: how many more it averts than its rival, over members.
        share, behind: of members in which it is ahead, and in which its rival is; ties are neither.
        error: the Monte-Carlo standard error of the median.
        kept: the share of resamplings in which the median keeps its sign, ties being a sign of their own.
    """

    worldview: str
    median: float
    lower90: float
    upper90: float
    share: float
    behind: float
    error: float
    kept: float

    @property
    def side(self) -> Side:
        """Where it is likely ahead, where its rival is, where it likely makes no difference, or none of these."""
        shares: dict[Side, float] = {"ahead": self.share, "behind": self.behind, "tie": 1 - self.share - self.behind}
        return next((side for side, share in shares.items() if share >= LIKELY), "open")


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


def contest(
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
        second: its rival; whoever leads under `decisive`, or where that is a tie under most, is named first.
        averted: by (policy, worldview), what it averts against history; shape (member,).
        decisive: the worldview that names the leader and whose members are divided by belief.
        names: of the numbers that members believe.
        numbers: by worldview, shape (member, number).
        seed: of the resampling.
    """
    worldviews = list(dict.fromkeys(worldview for _, worldview in averted))
    medians = {each: float(np.nanmedian(averted[first, each] - averted[second, each])) for each in worldviews}
    lead = medians[decisive]
    if (lead if abs(lead) > TIE else sum(medians.values())) < 0:
        first, second = second, first
    ahead = {each: averted[first, each] - averted[second, each] for each in worldviews}
    alike = {each: copies.alike(names, numbers[each], each) for each in worldviews}
    leads = tuple(_lead(each, found, seed, alike[each]) for each, found in ahead.items())
    well = np.isfinite(ahead[decisive])
    belief = split(names, numbers[decisive][well], ahead[decisive][well] > TIE, seed, alike[decisive][well])
    return Contest(first, second, decisive, leads, belief)


def _lead(worldview: str, found: Array, seed: int, groups: Groups) -> Lead:
    well = np.isfinite(found)
    values = found[well]
    told = summary(values)
    middle = float(np.median(values))
    medians = resampled(values[None], seed, groups[well])[0][0]
    kept = float(np.mean(_sign(medians) == _sign(np.array(middle))))
    lower, upper = (middle if told[end] is None else float(told[end] or 0.0) for end in ("lower90", "upper90"))
    share, behind = float(np.mean(values > TIE)), float(np.mean(values < -TIE))
    return Lead(worldview, middle, lower, upper, share, behind, float(medians.std()), kept)


def _sign(values: Array) -> Array:
    return np.asarray(np.where(np.abs(values) > TIE, np.sign(values), 0.0))


def resampled(values: Array, seed: int = 1, groups: Groups | None = None) -> tuple[Array, Array]:
    """Return medians and means over members drawn anew, the same ones for every row and copies together.

    Args:
        values: shape (row, member).
        seed: of the drawing.
        groups: which members are copies; shape (member,). Without it none are.

    Returns:
        Two arrays of shape (row, resample).
    """
    alike = copies.alone(values.shape[1]) if groups is None else groups
    medians, means = np.empty((len(values), RESAMPLES)), np.empty((len(values), RESAMPLES))
    for column, picked in enumerate(copies.redrawn(alike, RESAMPLES, np.random.default_rng(seed))):
        drawn = values[:, picked]
        medians[:, column], means[:, column] = np.median(drawn, axis=1), drawn.mean(axis=1)
    return medians, means


@dataclass(frozen=True, slots=True)
class Place:
    """A policy's place among all under one worldview, and how sure the count of members makes it.

    Attributes:
        policy: its name.
        rank: 1 is best, by the median, and among those whom no step above `TIE` parts by the mean.
        error: standard deviation of the rank over resamplings.
        kept: share of resamplings with this very rank.
        median_error: Monte-Carlo standard error of the median.
    """

    policy: str
    rank: int
    error: float
    kept: float
    median_error: float


def ranking(averted: Mapping[str, Array], seed: int = 1, groups: Groups | None = None) -> list[Place]:
    """Rank policies by the median of what they avert; each of shape (member,), and so are groups of copies.

    Members that did not stay finite under any one policy are left out of all.
    """
    values = np.stack(list(averted.values()))
    well = np.isfinite(values).all(axis=0)
    values = values[:, well]
    ranks = _ranks(np.median(values, axis=1)[:, None], values.mean(axis=1)[:, None])[:, 0]
    medians, means = resampled(values, seed, None if groups is None else groups[well])
    again = _ranks(medians, means)
    return [
        Place(policy, int(rank), float(seen.std()), float(np.mean(seen == rank)), float(drawn.std()))
        for policy, rank, seen, drawn in zip(averted, ranks, again, medians, strict=True)
    ]


def _ranks(medians: Array, means: Array) -> Array:
    """Return ranks within each column, the largest first, ties by the mean; shape (policy, column).

    Two tie whose medians are no further apart than `TIE`, and so do all who are joined by such steps:
    what ties depends neither on the order of policies nor on where a grid happens to lie.
    """
    order = np.argsort(-medians, axis=0)
    steps = -np.diff(np.take_along_axis(medians, order, axis=0), axis=0) > TIE
    groups = np.zeros(medians.shape, int)
    np.put_along_axis(groups, order[1:], np.cumsum(steps, axis=0), axis=0)
    return np.asarray(np.argsort(np.lexsort((-means, groups), axis=0), axis=0) + 1.0, float)
