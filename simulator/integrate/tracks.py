"""How inputs move: straight lines between kink dates, jumps allowed at each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


#: Two levels as near as this are one: what is left is rounding.
SAME = 1e-13


@dataclass(frozen=True, eq=False)
class Tracks:
    """Inputs over time, the same for every member of an ensemble.

    Attributes:
        edges: dates (decimal years) of start, every kink or jump, and end; shape (segment + 1,).
        levels: value of each input just after each segment's start; shape (segment, input).
        slopes: its change a year within the segment; shape (segment, input).
    """

    edges: NDArray[np.float64]
    levels: NDArray[np.float64]
    slopes: NDArray[np.float64]

    def at(self, time: float) -> NDArray[np.float64]:
        """Return every input at `time` (after a jump, if one falls there)."""
        last = len(self.edges) - 2
        segment = min(max(int(np.searchsorted(self.edges, time, side="right")) - 1, 0), last)
        found: NDArray[np.float64] = self.levels[segment] + self.slopes[segment] * (time - self.edges[segment])
        return found

    def without_points(self) -> Tracks:
        """Return the same tracks without segments that begin where they end."""
        moving = np.flatnonzero(np.diff(self.edges) > 0)
        return Tracks(np.append(self.edges[0], self.edges[moving + 1]), self.levels[moving], self.slopes[moving])

    def jumps(self) -> NDArray[np.bool_]:
        """Return which segments begin with a jump of any input, as the first does; shape (segment,)."""
        reached = self.levels + self.slopes * np.diff(self.edges)[:, None]
        same = np.isclose(reached[:-1], self.levels[1:], rtol=SAME, atol=SAME)
        return np.append(True, ~same.all(axis=1))


def constant(values: NDArray[np.float64], start: float, end: float) -> Tracks:
    """Return tracks that never move; `values` has shape (input,)."""
    levels = np.asarray(values, float)[None, :]
    return Tracks(np.array([start, end]), levels, np.zeros_like(levels))
