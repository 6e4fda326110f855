"""Which single belief divides members best into those where something holds and those where it does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator import copies

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

Array = np.ndarray[Any, np.dtype[np.float64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]

#: The least share of members on either side of a threshold.
SMALLEST = 0.05
#: Times that labels are shuffled, to see what chance alone would find; and how rarely it may do as well.
SHUFFLES, RARELY = 200, 0.05


@dataclass(frozen=True, slots=True)
class Split:
    """One number and a threshold: how often something holds `below` it and `above` it.

    Attributes:
        name: the number that divides best.
        threshold: in its own unit.
        below, above: shares of members in which it holds.
        correlation: the rank correlation of the number with whether it holds.
    """

    name: str
    threshold: float
    below: float
    above: float
    correlation: float


def split(
    names: Sequence[str], numbers: Array, holds: Bools, seed: int = 1, groups: NDArray[np.intp] | None = None
) -> Split | None:
    """Return the best split, or None where no number divides members better than chance would.

    The best is a tree of one split: the threshold after which the two sides are purest
    (Gini). Chance is judged by shuffling which members it holds in, and taking the best split
    of all numbers each time, so that looking at many numbers is no advantage.

    Args:
        names: of the numbers.
        numbers: shape (member, number).
        holds: shape (member,).
        seed: of the shuffling.
        groups: members that share numbers, which are shuffled together; shape (member,).
    """
    varied = np.flatnonzero(np.ptp(numbers, axis=0) > 0)
    if holds.all() or not holds.any() or not len(varied):
        return None
    order = np.argsort(numbers[:, varied], axis=0, kind="stable")
    sorted_numbers = np.take_along_axis(numbers[:, varied], order, axis=0)
    gains = _gains(holds[order], sorted_numbers)
    row, column = np.unravel_index(int(np.argmax(gains)), gains.shape)
    if not gains[row, column] > _by_chance(order, sorted_numbers, _shuffler(holds, groups, seed)):
        return None
    threshold = float(sorted_numbers[row : row + 2, column].mean())
    values = numbers[:, varied[column]]
    low = values <= threshold
    from scipy.stats import spearmanr

    correlation = float(spearmanr(values, holds).statistic)
    return Split(names[varied[column]], threshold, float(holds[low].mean()), float(holds[~low].mean()), correlation)


def _gains(holds: NDArray[np.bool_], ordered: Array) -> Array:
    """Return how much purer the sides are after each place; shapes (member, number), (member - 1, number)."""
    members = len(holds)
    left = np.arange(1, members)[:, None]
    count = np.cumsum(holds, axis=0)
    whole = count[-1]
    below = count[:-1] / left
    above = (whole - count[:-1]) / (members - left)
    share = whole / members
    impurity = (left * below * (1 - below) + (members - left) * above * (1 - above)) / members
    allowed = (np.diff(ordered, axis=0) > 0) & (np.minimum(left, members - left) >= SMALLEST * members)
    return np.asarray(np.where(allowed, share * (1 - share) - impurity, -np.inf))


def _by_chance(order: NDArray[np.intp], ordered: Array, shuffled: Callable[[], Bools]) -> float:
    """Return the gain that shuffled labels reach only rarely."""
    best = [float(_gains(shuffled()[order], ordered).max()) for _ in range(SHUFFLES)]
    return float(np.quantile(best, 1 - RARELY))


def _shuffler(holds: Bools, groups: NDArray[np.intp] | None, seed: int) -> Callable[[], Bools]:
    """Return what shuffles labels: a group gets those of another, so that they stay as alike as they are."""
    generator = np.random.default_rng(seed)
    alike = copies.alone(len(holds)) if groups is None else groups
    return lambda: np.asarray(holds[copies.shuffled(alike, generator)])
