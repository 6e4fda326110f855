"""History without what came after: every input stays where it stood."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from simulator.integrate.tracks import Tracks

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: With the dated events after the origin, or without them.
Mode = Literal["knowing", "not-knowing"]
MODES: tuple[Mode, ...] = ("knowing", "not-knowing")


def frozen(tracks: Tracks, at: float) -> Tracks:
    """Return tracks that are as given before `at`, and from then on hold the levels they had just before.

    An event dated at the very instant is not yet known; a ramp under way stops where it is.

    Args:
        tracks: inputs from before `at` to after it.
        at: decimal year, within the tracks.
    """
    known = int(np.searchsorted(tracks.edges[:-1], at, side="left"))
    last = known - 1
    held: NDArray[np.float64] = tracks.levels[last] + tracks.slopes[last] * (at - tracks.edges[last])
    return Tracks(
        np.concatenate([tracks.edges[:known], [at, tracks.edges[-1]]]),
        np.vstack([tracks.levels[:known], held]),
        np.vstack([tracks.slopes[:known], np.zeros_like(held)]),
    )
