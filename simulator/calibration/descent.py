"""Downhill from many places side by side, in coordinates in which the way is nearly round.

Each place goes its own way with what it has learned of the ground on its own last steps
(limited-memory BFGS: Nocedal 1980); only the ground is asked for all of them at once. No library is
used, for those at hand descend from one place at a time, and the engine runs as many members
together as it has lanes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

Array = np.ndarray[Any, np.dtype[np.float64]]

#: So many of the last steps are remembered.
MEMORY = 20
#: A step must win this share of what the slope promises (Armijo); one that does not is shortened by
#: SHORTER, and one that does lets the next be twice as long, up to the whole.
PROMISED, SHORTER, LONGER = 1e-4, 0.4, 2.0
#: No step is longer than this, in units in which a round valley has the width of one.
LONGEST = 3.0
#: Curvature that is not felt is not remembered.
FELT = 1e-10


def descend(ground: Callable[[Array], tuple[Array, Array]], places: Array, steps: int) -> tuple[Array, Array]:
    """Go downhill from every place by itself.

    Args:
        ground: height and slopes of places; `(place, coordinate) -> (place,), (place, coordinate)`.
        places: where to begin; shape (place, coordinate).
        steps: how often the ground is asked for all of them.

    Returns:
        Where each has come to, and how high it is there, never higher than where it began.
    """
    here = places.copy()
    height, slopes = ground(here)
    pace = np.ones(len(here))
    memory: list[tuple[Array, Array, Array]] = []
    for _ in range(steps):
        with np.errstate(over="ignore", invalid="ignore"):
            way, promised = _way(slopes, memory)
        there = here + pace[:, None] * way
        found, rising = ground(there)
        better = found <= height + PROMISED * pace * promised
        pace = np.where(better, np.minimum(1.0, pace * LONGER), pace * SHORTER)
        moved = np.where(better[:, None], there - here, 0.0)
        bent = np.where(better[:, None], rising - slopes, 0.0)
        felt = (moved * bent).sum(axis=1)
        memory = [*memory, (moved, bent, np.where(felt > FELT, 1 / np.maximum(felt, FELT), 0.0))][-MEMORY:]
        here, height = np.where(better[:, None], there, here), np.where(better, found, height)
        slopes = np.where(better[:, None], rising, slopes)
    return here, height


def _way(slopes: Array, memory: list[tuple[Array, Array, Array]]) -> tuple[Array, Array]:
    """Return the way each place takes, and what its slope promises of it; (place, coordinate), (place,)."""
    way, shares = -slopes, []
    for moved, bent, weight in reversed(memory):
        share = weight * (moved * way).sum(axis=1)
        way = way - share[:, None] * bent
        shares.append(share)
    if memory:
        moved, bent, weight = memory[-1]
        bend = weight * (bent**2).sum(axis=1)
        way = way / np.where(bend > 0, bend, 1.0)[:, None]
    for (moved, bent, weight), share in zip(memory, reversed(shares), strict=True):
        way = way + (share - weight * (bent * way).sum(axis=1))[:, None] * moved
    promised = (way * slopes).sum(axis=1)
    unknown = ~(promised < 0) if memory else np.ones(len(slopes), bool)
    way[unknown] = -slopes[unknown] / np.maximum(1.0, np.linalg.norm(slopes[unknown], axis=1))[:, None]
    way *= np.minimum(1.0, LONGEST / np.maximum(np.linalg.norm(way, axis=1), FELT))[:, None]
    return way, (way * slopes).sum(axis=1)
