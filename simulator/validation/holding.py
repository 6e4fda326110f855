"""Some inputs held where they stood on a date, while all others go on as they did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.integrate.tracks import Tracks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simulator.model import Model


def held(model: Model, tracks: Tracks, names: Iterable[str], at: float) -> Tracks:
    """Return tracks on which these inputs hold, from `at` on, the levels they had just before.

    An event dated at the very instant is not yet known; a ramp under way stops where it is.

    Args:
        model: whose inputs the tracks move.
        names: of inputs.
        at: decimal year, within the tracks.

    Raises:
        ValueError: for a name that is no input of the model.
    """
    columns = [model.inputs.index(name) for name in names]
    edges = np.union1d(tracks.edges, [at])
    starts = edges[:-1]
    levels = np.array([tracks.at(edge) for edge in starts])
    slopes = tracks.slopes[np.searchsorted(tracks.edges, starts, side="right") - 1].copy()
    last = max(int(np.searchsorted(starts, at)) - 1, 0)
    level = levels[last] + slopes[last] * (edges[last + 1] - edges[last])
    later = starts >= at
    for column in columns:
        levels[later, column] = level[column]
        slopes[later, column] = 0.0
    return Tracks(edges, levels, slopes)
