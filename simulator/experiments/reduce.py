"""Summaries of members that can be merged: moments exactly, quantiles to a stated accuracy.

Blocks are summarised apart and merged in the order of their numbers, so that neither the
order in which they finished nor the number of workers can be felt in the last digit.
Quantiles come from counts on a grid of magnitudes: each cell reaches from one magnitude to
another half a percent above, so that a quantile is within a quarter of a percent of one of the
two members around it. Counts are whole numbers and merge exactly.
"""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

Array = np.ndarray[Any, np.dtype[np.float64]]

#: The largest relative error of a quantile.
ACCURACY = 0.0025
#: Magnitudes below this count as zero.
SMALLEST = 1e-12

_STEP = float(np.log((1 + ACCURACY) / (1 - ACCURACY)))
_LARGEST = 32_000
_CODES = 1 << 16
_MIDDLE = 1 << 15
_TOGETHER = 32  # summaries whose cells are added up at once


@dataclass(frozen=True, eq=False)
class Summary:
    """What is remembered of many members, a column each year or month of a quantity.

    Attributes:
        count: members with finite numbers; shape (column,), as all but the last two.
        mean: of them.
        squares: sum of squared distances from the mean.
        lowest, highest: extremes; NaN where no member is finite.
        negative: how many members are below zero.
        keys: column and magnitude of each cell that is not empty, in increasing order; shape (cell,).
        weights: how many members are in it.
    """

    count: NDArray[np.int64]
    mean: Array
    squares: Array
    lowest: Array
    highest: Array
    negative: NDArray[np.int64]
    keys: NDArray[np.int64]
    weights: NDArray[np.int64]

    @property
    def variance(self) -> Array:
        """The variance of the sample; NaN for fewer than two members."""
        with np.errstate(all="ignore"):
            return np.asarray(np.where(self.count > 1, self.squares / (self.count - 1), np.nan))

    @property
    def share_negative(self) -> Array:
        """The share of members below zero."""
        with np.errstate(all="ignore"):
            return np.asarray(self.negative / np.where(self.count > 0, self.count, np.nan))

    def quantiles(self, shares: Sequence[float]) -> Array:
        """Return quantiles, shape (share, column): of n members the one at rank `share * n`, rounded up."""
        found = np.full((len(shares), len(self.count)), np.nan)
        columns = self.keys // _CODES
        starts = np.searchsorted(columns, np.arange(len(self.count) + 1))
        for column, (begin, end) in enumerate(pairwise(starts)):
            if begin == end:
                continue
            reached = np.cumsum(self.weights[begin:end])
            ranks = np.clip(np.ceil(np.asarray(shares) * reached[-1] - 1e-9), 1, reached[-1])
            values = _decoded(self.keys[begin:end] % _CODES - _MIDDLE)
            chosen = values[np.searchsorted(reached, ranks)]
            found[:, column] = np.clip(chosen, self.lowest[column], self.highest[column])
        return found

    def to_bytes(self) -> bytes:
        """Return the summary as bytes that depend on nothing else."""
        text = io.BytesIO()
        for each in (self.count, self.mean, self.squares, self.lowest, self.highest, self.negative):
            np.save(text, each)
        np.save(text, np.diff(self.keys, prepend=0).astype(np.int32))
        np.save(text, self.weights.astype(np.int32))
        return zlib.compress(text.getvalue(), 1)

    @classmethod
    def from_bytes(cls, content: bytes) -> Summary:
        """Return the summary that made these bytes."""
        text = io.BytesIO(zlib.decompress(content))
        count, mean, squares, lowest, highest, negative, steps, weights = (
            np.load(text, allow_pickle=False) for _ in range(8)
        )
        keys = np.cumsum(steps, dtype=np.int64)
        return cls(count, mean, squares, lowest, highest, negative, keys, weights.astype(np.int64))


def summarised(values: Array) -> Summary:
    """Return the summary of members, shape (member, column); those that are not finite are left out."""
    finite = np.isfinite(values)
    count = finite.sum(axis=0)
    safe = np.where(finite, values, 0.0)
    with np.errstate(all="ignore"):
        mean = np.where(count > 0, safe.sum(axis=0) / count, 0.0)
    squares = np.where(finite, (values - mean) ** 2, 0.0).sum(axis=0)
    none = count == 0
    lowest = np.where(none, np.nan, np.where(finite, values, np.inf).min(axis=0))
    highest = np.where(none, np.nan, np.where(finite, values, -np.inf).max(axis=0))
    keys = (np.arange(values.shape[1]) * _CODES + _coded(safe) + _MIDDLE)[finite]
    cells, weights = np.unique(keys, return_counts=True)
    negative = (safe < 0).sum(axis=0)
    return Summary(count, mean, squares, lowest, highest, negative, cells, weights)


def merged(summaries: Iterable[Summary]) -> Summary:
    """Return the summary of all members of several, one after the other as they come."""
    found: Summary | None = None
    keys: list[NDArray[np.int64]] = []
    weights: list[NDArray[np.int64]] = []
    for each in summaries:
        found = each if found is None else _moments(found, each)
        keys.append(each.keys)
        weights.append(each.weights)
        if len(keys) == _TOGETHER:
            keys, weights = ([array] for array in _cells(keys, weights))
    if found is None:
        raise ValueError("there is nothing to merge")
    cells, totals = _cells(keys, weights)
    return replace(found, keys=cells, weights=totals)


def _moments(one: Summary, other: Summary) -> Summary:
    """Merge all but the cells."""
    count = one.count + other.count
    with np.errstate(all="ignore"):
        share = np.where(count > 0, other.count / count, 0.0)
    apart = other.mean - one.mean
    return replace(
        one,
        count=count,
        mean=one.mean + apart * share,
        squares=one.squares + other.squares + apart**2 * one.count * share,
        lowest=np.fmin(one.lowest, other.lowest),
        highest=np.fmax(one.highest, other.highest),
        negative=one.negative + other.negative,
    )


def _cells(
    keys: list[NDArray[np.int64]], weights: list[NDArray[np.int64]]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Add up the weights of equal cells."""
    cells, place = np.unique(np.concatenate(keys), return_inverse=True)
    totals = np.zeros(len(cells), np.int64)
    np.add.at(totals, place, np.concatenate(weights))
    return cells, totals


def _coded(values: Array) -> NDArray[np.int64]:
    """Return the cell of each value: 0 for nothing, else its sign and its magnitude, numbered from 1."""
    sizes = np.abs(values)
    steps = np.ceil(np.log(np.maximum(sizes, SMALLEST) / SMALLEST) / _STEP)
    cells = np.where(sizes < SMALLEST, 0, 1 + np.minimum(steps, _LARGEST))
    return np.asarray(np.sign(values) * cells).astype(np.int64)


def _decoded(cells: NDArray[np.int64]) -> Array:
    """Return the value in each cell that is relatively nearest to both its ends."""
    steps = np.abs(cells) - 1
    middle = SMALLEST * np.exp(steps * _STEP) * (1 - ACCURACY)
    return np.asarray(np.where(cells == 0, 0.0, np.sign(cells) * middle))
