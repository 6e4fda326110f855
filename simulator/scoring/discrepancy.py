"""What the model does not know of itself: fixed before anything was scored, and stated here alone.

Parameters that each tell the past agree with each other far too well about the future.
So every forecast carries a discrepancy between the world and the model, on the
logarithmic scale: a walk that starts where the record was last seen and slowly returns.

- **How fast it wanders.** 0.18 log units per root year. A trial calibration, made on another
  and smaller model before this one was scored, found that 0.16 to 0.20 covered 90 to 95 % of
  later deaths; 0.18 is the middle, chosen before looking at any score of this model. No
  other series has such a trial, so all of them take the same walk, each with the spread of
  measurement that `simulator.record.observation` states for it.
- **How slowly it returns.** A relaxation time of ten years, an assumption: long beside a
  forecast of five years, which therefore sees nearly a random walk, and short enough that
  projections to 2036 stay within a factor of two. Of today's residual 90 % is left after one
  year, 61 % after five.
- **Where it starts.** At the last residual, record over model, of each member by itself; see
  `simulator.scoring.present`.

Nobody may tune these numbers to a score. If one is changed, the reason is not the score, and
the change is told in `CHANGELOG.md` under Results.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from simulator.draws import normals

Array = np.ndarray[Any, np.dtype[np.float64]]

#: Standard deviation of the walk, in log units per root year.
WALK = 0.18
#: Years in which a discrepancy shrinks to a share 1/e of itself.
RELAXATION = 10.0
#: Walks of each member: enough that an interval does not hang on the luck of one.
WALKS = 32
#: Luck of forecasts begins at this number, far beyond that of any member's parameters.
STREAM = 2**31


@lru_cache(maxsize=32)
def luck(count: int, draws: int, seed: int) -> Array:
    """Return the standard normals of forecasts, shape (draw, count): the same for all that share a seed."""
    return normals(count, draws, seed, STREAM)


def left(years: Array) -> Array:
    """Return the share of a residual that is left after so many years."""
    return np.asarray(np.exp(-np.maximum(years, 0.0) / RELAXATION))


def walk(seen: float, times: Array, normal: Array) -> Array:
    """Return how far the world has wandered from where it was seen: an Ornstein-Uhlenbeck process, exactly.

    Args:
        seen: when the discrepancy was last known, in decimal years.
        times: increasing, none before `seen`; shape (time,).
        normal: standard normals of shape (draw, time).

    Returns:
        Log units, shape (draw, time); their expectation is zero.
    """
    steps = np.diff(np.concatenate([[seen], times]))
    kept = left(steps)
    sizes = WALK * np.sqrt(RELAXATION / 2 * (1 - kept**2))
    found = np.empty_like(normal)
    place = np.zeros(len(normal))
    for column in range(len(times)):
        place = place * kept[column] + sizes[column] * normal[:, column]
        found[:, column] = place
    return found


def wandered(seen: float, times: Array) -> Array:
    """Return the covariance of the walk at `times` after `seen`; shape (time, time)."""
    apart = left(np.abs(times[:, None] - times))
    together = left(times[:, None] + times - 2 * seen)
    return np.asarray(WALK**2 * RELAXATION / 2 * (apart - together))
