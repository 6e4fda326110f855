"""Many runs at once: the compiled engine, proved against the reference."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.integrate.compilation import WIDTH, engine, load_seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from simulator.emission import System
    from simulator.integrate.tracks import Tracks

METHOD = "RK45"
RELATIVE_TOLERANCE = 1e-6
MOST_ATTEMPTS = 100_000


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Many integrated runs.

    Attributes:
        states: shape (member, kept state, time); NaN where a member failed.
        evaluations: how often each member asked for its derivatives.
        failed: which members left the finite numbers or needed too many steps.
        method, relative_tolerance: what was used, for the record.
    """

    states: NDArray[np.float64]
    evaluations: NDArray[np.int64]
    failed: NDArray[np.bool_]
    method: str
    relative_tolerance: float


def integrate(
    system: System,
    constants: NDArray[np.float64],
    tracks: Tracks,
    times: NDArray[np.float64],
    *,
    relative_tolerance: float = RELATIVE_TOLERANCE,
    lanes: bool = True,
    parallel: bool = True,
    keep: Sequence[int] | None = None,
) -> Ensemble:
    """Integrate every member; see `reference.integrate`, whose answers these are."""
    kept = np.arange(len(system.states)) if keep is None else np.array(keep, np.int64)
    members = len(constants)
    found = np.full((members, len(kept), len(times)), np.nan)
    evaluations, failed = np.zeros(members, np.int64), np.zeros(members, np.bool_)
    march = engine(system, lanes=lanes).march
    absolute = relative_tolerance * np.array(system.scales)
    longer = np.append(True, np.diff(tracks.edges) > 0)
    shared = (
        np.require(constants, np.float64, "CW"),
        np.array(tracks.edges[longer], np.float64),
        np.array(tracks.levels[longer[1:]], np.float64, order="C"),
        np.array(tracks.slopes[longer[1:]], np.float64, order="C"),
        np.array(times, np.float64),
        kept, absolute, relative_tolerance, MOST_ATTEMPTS, found, evaluations, failed,
    )
    workers = len(os.sched_getaffinity(0)) if parallel else 1
    with ThreadPoolExecutor(workers) as pool:
        size = max(WIDTH * 4, min(1024, -(-members // (4 * workers))))
        jobs = [pool.submit(march, first, min(first + size, members), *shared) for first in range(0, members, size)]
        for job in jobs: job.result()
    return Ensemble(found, evaluations, failed, METHOD, relative_tolerance)


def warm(system: System, *, lanes: bool = True) -> float:
    """Compile the engine, or load it from the cache; return the seconds that took."""
    return load_seconds(system, lanes=lanes)
