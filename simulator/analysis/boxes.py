"""Boxes of beliefs: ranges of a few numbers within which a policy mostly fails, and how good they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from simulator import copies
from simulator.analysis.beliefs import described
from simulator.report.wording import rounded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from simulator.copies import Groups

Array = np.ndarray[Any, np.dtype[np.float64]]
Sought = Literal["failures", "successes"]

_WORDS: dict[Sought, tuple[str, str]] = {
    "failures": ("It fails mostly", "fail"),
    "successes": ("It mostly reaches the target only", "reach it"),
}


@dataclass(frozen=True)
class Side:
    """One restricted number; an open end is None.

    Attributes:
        low, high: limits in the unit of the number.
        chance: quasi-p value: how probable so many failures were if this restriction did nothing.
        found_again: share of resamples that restricted the same number; None where not looked at.
    """

    low: float | None
    high: float | None
    chance: float = float("nan")
    found_again: float | None = None


@dataclass(frozen=True, eq=False)
class Box:
    """A box and what it catches.

    Attributes:
        sides: the restricted numbers.
        coverage: share of all failures that lie inside.
        density: share of those inside that fail.
        mass: share of members inside.
        base_rate: share of all members that fail.
        sought: whether failures were looked for, or successes where these are the rarer;
            the shares are then those of successes.
    """

    sides: Mapping[str, Side]
    coverage: float
    density: float
    mass: float
    base_rate: float
    sought: Sought = "failures"

    def told(self, names: Mapping[str, tuple[str, str]] | None = None) -> str:
        """Return the box as a sentence; `names` gives words and unit where the model has none."""
        if not self.sides:
            return "No belief singled out tells failures from successes."
        where = " and ".join(phrase(name, side, names) for name, side in self.sides.items())
        beginning, verb = _WORDS[self.sought]
        return (
            f"{beginning} where {where}: {_share(self.coverage)} of all {self.sought} lie there, and "
            f"{_share(self.density)} of the members there {verb}, against {_share(self.base_rate)} of all members."
        )


def phrase(name: str, side: Side, names: Mapping[str, tuple[str, str]] | None = None) -> str:
    """Return one restriction in words: `precursor slack is above 1.2`."""
    words, unit = names[name] if names else described(name)
    suffix = f" {unit}" if unit else ""
    if side.low is not None and side.high is not None:
        return f"{words} is between {rounded(side.low)} and {rounded(side.high)}{suffix}"
    if side.low is not None:
        return f"{words} is above {rounded(side.low)}{suffix}"
    return f"{words} is below {rounded(side.high or 0.0)}{suffix}"


def _share(value: float) -> str:
    return f"{100 * value:.0f} %"


def inside(points: Array, names: Sequence[str], sides: Mapping[str, Side]) -> NDArray[np.bool_]:
    """Say which members lie in a box.

    Args:
        points: shape (member, name).
        names: of the columns.
        sides: of the box.
    """
    found = np.ones(len(points), bool)
    for name, side in sides.items():
        column = points[:, list(names).index(name)]
        if side.low is not None:
            found &= column >= side.low
        if side.high is not None:
            found &= column <= side.high
    return found


def telling(points: Array, fails: NDArray[np.bool_], most: int | None = None) -> list[int]:
    """Return columns by how far their distribution differs between failures and successes, the farthest first.

    Args:
        points: shape (member, name).
        fails: shape (member,).
        most: how many are wanted; without it all are returned, as they stand.
    """
    from scipy.stats import ks_2samp

    if most is None:
        return list(range(points.shape[1]))
    apart = [ks_2samp(column[fails], column[~fails], method="asymp").statistic for column in points.T]
    return [int(place) for place in np.argsort(-np.array(apart), kind="stable")[:most]]


def measured(
    points: Array,
    fails: NDArray[np.bool_],
    names: Sequence[str],
    sides: Mapping[str, Side],
    groups: Groups | None = None,
) -> Box:
    """Return a box with its coverage, density and quasi-p values on these members; in the last, copies count as one."""
    counts = np.ones(len(fails)) if groups is None else copies.weights(groups)
    within = inside(points, names, sides)
    caught, held = int((fails & within).sum()), int(within.sum())
    tested = {
        name: Side(side.low, side.high, _quasi_p(points, fails, names, sides, name, counts), side.found_again)
        for name, side in sides.items()
    }
    return Box(tested, caught / max(int(fails.sum()), 1), caught / max(held, 1), held / len(fails), float(fails.mean()))


def _quasi_p(
    points: Array, fails: NDArray[np.bool_], names: Sequence[str], sides: Mapping[str, Side], name: str, counts: Array
) -> float:
    """Return the one-sided binomial test of Bryant and Lempert (2010): the box without this restriction as the rate."""
    from scipy.stats import binom

    within = inside(points, names, sides)
    without = inside(points, names, {other: side for other, side in sides.items() if other != name})
    rate = float(fails[without].mean()) if without.any() else 0.0
    caught, held = round(float(counts[fails & within].sum())), round(float(counts[within].sum()))
    return float(binom.sf(caught - 1, held, rate))
