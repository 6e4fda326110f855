"""What came out of an integration, asked for by name: instants, means, calendar years."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.emission import Lines, compiled, unpack

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from simulator.integrate.tracks import Tracks
    from simulator.model import Model

Array = np.ndarray[Any, np.dtype[np.float64]]

#: The words of the language on whole arrays.
ARRAY_WORDS: dict[str, Any] = {
    "minimum": np.minimum,
    "maximum": np.maximum,
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
}
#: Members looked at together when auxiliaries are worked out again: bounds the memory used.
BLOCK = 256
#: Years by which a date may lie outside a run, for rounding.
_SLACK = 1e-6


@dataclass(frozen=True, eq=False)
class Solution:
    """Members integrated along the same tracks.

    Attributes:
        model: what was integrated.
        integrals: names whose running totals were integrated along.
        tracks: how the inputs moved.
        constants: shape (member, constant).
        times: month starts in decimal years, the end included; shape (time,).
        states: shape (member, state, time), running totals last.
        failed: members without finite numbers; shape (member,).
        known: quantities at `times` that were worked out already; shape (member, time).
        totals: running totals of these, worked out when first asked for; shape (member, time).
        means: what was asked of these before, by name, starts and ends; shape (member, interval).
    """

    model: Model
    integrals: tuple[str, ...]
    tracks: Tracks
    constants: Array
    times: Array
    states: Array
    failed: NDArray[np.bool_]
    known: Mapping[str, Array] = field(default_factory=dict)
    totals: dict[str, Array] = field(default_factory=dict, init=False, repr=False)
    means: dict[tuple[str, bytes, bytes], Array] = field(default_factory=dict, init=False, repr=False)

    def remembering(self, names: Sequence[str]) -> Solution:
        """Return the same with quantities that are not integrated worked out once, and kept."""
        wanted = [name for name in names if name not in self.integrals and name not in self.known]
        return replace(self, known={**self.known, **self.at_instants(wanted)}) if wanted else self

    def at_instants(self, names: Sequence[str]) -> dict[str, Array]:
        """Return the values of quantities at `times`; each of shape (member, time)."""
        if all(name in self.known for name in names):
            return {name: self.known[name] for name in names}
        found = {name: np.empty((len(self.states), len(self.times))) for name in names}
        observe = _observer(self.model, tuple(names))
        inputs = np.array([self.tracks.at(time) for time in self.times]).T
        for first in range(0, len(self.states), BLOCK):
            block = slice(first, first + BLOCK)
            stocks = np.moveaxis(self.states[block, : len(self.model.stocks)], 1, 0)
            with np.errstate(all="ignore"):
                seen = observe(list(stocks), list(self.constants[block].T[:, :, None]), list(inputs[:, None, :]))
            for name, values in zip(names, seen, strict=True):
                found[name][block] = values
        return found

    def running_total(self, name: str) -> Array:
        """Return the integral of a quantity from the start; shape (member, time).

        Exact (integrated with the state) for `integrals`, by the trapezoid of months otherwise.
        """
        if name in self.integrals:
            total: Array = self.states[:, len(self.model.stocks) + self.integrals.index(name)]
            return total
        if name in self.totals:
            return self.totals[name]
        values = self.at_instants([name])[name]
        steps = (values[:, 1:] + values[:, :-1]) / 2 * np.diff(self.times)
        found = np.concatenate([np.zeros((len(values), 1)), np.cumsum(steps, axis=1)], axis=1)
        if name in self.known:
            self.totals[name] = found
        return found

    def mean_between(self, name: str, starts: ArrayLike, ends: ArrayLike) -> Array:
        """Return the mean of a quantity over each interval; shape (member, interval), for reading.

        An interval of no length gives the value at that instant.

        Raises:
            ValueError: for an interval that reaches beyond the run.
        """
        begin, end = np.atleast_1d(np.asarray(starts, float)), np.atleast_1d(np.asarray(ends, float))
        asked = (name, begin.tobytes(), end.tobytes())
        if asked in self.means:
            return self.means[asked]
        point = end <= begin
        length = np.where(point, 1.0, end - begin)
        total = self.running_total(name)
        means = (_interpolated(self.times, total, end) - _interpolated(self.times, total, begin)) / length
        if point.any():
            means[:, point] = _interpolated(self.times, self.at_instants([name])[name], begin[point])
        if name in self.known or name in self.integrals:
            means.flags.writeable = False
            self.means[asked] = means
        return means

    def monthly_means(self, name: str) -> Array:
        """Return the mean over each month; shape (member, time - 1)."""
        return np.asarray(np.diff(self.running_total(name), axis=1) / np.diff(self.times))

    def annual_means(self, name: str) -> tuple[Array, Array]:
        """Return calendar years (starts) and the mean rate over each; shapes (year,), (member, year)."""
        years = np.arange(np.ceil(self.times[0]), np.floor(self.times[-1]))
        return years, self.mean_between(name, years, years + 1)


def mean_weights(times: Array, starts: Array, ends: Array) -> Array:
    """Return how running totals at `times` make the mean over each interval; shape (interval, time), read only."""
    return _mean_weights(*(np.asarray(each, float).tobytes() for each in (times, starts, ends)))


@lru_cache(maxsize=256)
def _mean_weights(*given: bytes) -> Array:
    times, starts, ends = (np.frombuffer(each) for each in given)
    one = np.eye(len(times))
    means = (_interpolated(times, one, ends) - _interpolated(times, one, starts)) / (ends - starts)
    means.flags.writeable = False
    return np.asarray(means.T)


def _interpolated(times: Array, values: Array, wanted: Array) -> Array:
    """Interpolate along the last axis, and never beyond its ends; shape (member, wanted)."""
    if np.any(wanted < times[0] - _SLACK) or np.any(wanted > times[-1] + _SLACK):
        told = f"{np.min(wanted):.6g} to {np.max(wanted):.6g}"
        raise ValueError(f"the run goes from {times[0]:.6g} to {times[-1]:.6g}, and says nothing of {told}")
    place = np.clip(np.searchsorted(times, wanted, side="right") - 1, 0, len(times) - 2)
    share = (wanted - times[place]) / (times[place + 1] - times[place])
    return np.asarray(values[:, place] * (1 - share) + values[:, place + 1] * share)


@lru_cache(maxsize=64)
def _observer(model: Model, names: tuple[str, ...]) -> Any:  # noqa: ANN401 - an emitted function
    needed = model.ancestors(names)
    lines = Lines(tuple((name, model.equations[name].expression) for name in model.order if name in needed))
    text = 'def observe(states, constants, inputs):\n    """Chosen quantities on arrays."""\n'
    text += unpack(model.stocks, "states", "    ") + unpack(model.constants, "constants", "    ")
    text += unpack(model.inputs, "inputs", "    ") + lines.text("    ")
    return compiled("observe", f"{text}    return [{', '.join(names)}]\n", ARRAY_WORDS)
