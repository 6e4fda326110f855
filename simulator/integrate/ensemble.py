"""Many runs at once: the compiled engine, proved against the reference.

A member's numbers depend on its constants alone, not on who else runs, in what order, or on how
many workers; they are those of the reference to rounding, since the steps are the same.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.integrate.compilation import engine, processors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from simulator.emission import System
    from simulator.integrate.tracks import Tracks

METHOD = "RK45"
RELATIVE_TOLERANCE = 1e-6

#: What a sweep is measured against: its own members, integrated a hundred times as strictly.
STRICT_TOLERANCE = 1e-8

#: A member that attempts more steps than this is given up: its equations are too stiff.
MOST_ATTEMPTS = 100_000

#: Members a worker takes at a time.
BLOCK = 512


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Many integrated runs.

    Attributes:
        states: shape (member, kept state, time); NaN where a member failed.
        kept: places in `system.states` of the states kept.
        evaluations: how often each member asked for its derivatives.
        failed: which members left the finite numbers, or would have taken too many steps.
        method, relative_tolerance: what was used, for the record.
    """

    states: NDArray[np.float64]
    kept: NDArray[np.int64]
    evaluations: NDArray[np.int64]
    failed: NDArray[np.bool_]
    method: str
    relative_tolerance: float


def warm(system: System, *, lanes: bool = True) -> float:
    """Compile the engine, or load it from the cache; return the seconds that took."""
    begun = time.perf_counter()
    engine(system, lanes=lanes)
    return time.perf_counter() - begun


def integrate(
    system: System,
    constants: NDArray[np.float64],
    tracks: Tracks,
    times: NDArray[np.float64],
    *,
    relative_tolerance: float = RELATIVE_TOLERANCE,
    lanes: bool = True,
    parallel: bool = True,
    keep: Sequence[int] | NDArray[np.int64] | None = None,
) -> Ensemble:
    """Integrate every member from the first to the last edge of `tracks`.

    Args:
        system: the equations.
        constants: one value for each of `system.constants`; shape (member, constant).
        tracks: the inputs, the same for all; the solver restarts at each edge.
        times: increasing decimal years within the edges; shape (time,).
        relative_tolerance: also scales the absolute one, `system.scales` times this.
        lanes: step sixteen members side by side, each formula rearranged for speed; else one
            at a time, each formula as written.
        parallel: use every processor this process may use.
        keep: places in `system.states` of the states to store; all of them if None.

    Raises:
        ValueError: for constants, tracks or times that do not fit the system.
    """
    kept = np.arange(len(system.states)) if keep is None else np.array(keep, np.int64)
    _refuse_misfits(system, constants, tracks, times, kept)
    code = engine(system, lanes=lanes)
    members = len(constants)
    states = np.empty((members, len(times), len(kept)))
    evaluations, failed = np.zeros(members, np.int64), np.zeros(members, np.bool_)
    whole = tracks.without_points()
    task = (
        np.require(constants, np.float64, ["C", "W"]),
        np.array(whole.edges, float),
        np.ascontiguousarray(whole.levels, float),
        np.ascontiguousarray(whole.slopes, float),
        whole.jumps(),
        np.array(times, float),
        kept,
        relative_tolerance * np.array(system.scales),
        float(relative_tolerance),
        MOST_ATTEMPTS,
    )

    def march(first: int) -> None:
        board, counts = np.zeros(code.BOARD_ROWS * code.WIDTH), np.zeros((code.COUNT_ROWS, code.WIDTH), np.int64)
        last = min(first + block, members)
        code.march(board, counts, np.empty(len(kept) * code.WIDTH), first, last, *task, states, evaluations, failed)

    hands = processors() if parallel else 1
    block = min(BLOCK, code.WIDTH * -(-members // (hands * code.WIDTH)))
    with ThreadPoolExecutor(hands) as workers:
        list(workers.map(march, range(0, members, block or 1)))
    return Ensemble(states.transpose(0, 2, 1), kept, evaluations, failed, METHOD, relative_tolerance)


def measured_error(
    system: System,
    constants: NDArray[np.float64],
    tracks: Tracks,
    times: NDArray[np.float64],
    found: Ensemble,
    *,
    generator: np.random.Generator,
    members: int = 64,
    parallel: bool = True,
) -> float:
    """Return the worst relative error of an ensemble, over some of its members.

    The members that asked for most evaluations, and as many drawn at random, are integrated
    again a hundred times as strictly. An error is relative to the state, or to the smallest
    change worth resolving (`system.scales`) where the state is smaller than that.

    Args:
        system: the equations, and so on: what `integrate` was given.
        constants: see `integrate`.
        tracks: see `integrate`.
        times: see `integrate`.
        found: what `integrate` returned.
        generator: draws the members.
        members: how many to integrate again, half of them drawn.
        parallel: see `integrate`.
    """
    finished = np.flatnonzero(~found.failed)
    busiest = finished[np.argsort(-found.evaluations[finished], kind="stable")[: members // 2]]
    others = np.setdiff1d(finished, busiest)
    drawn = generator.choice(others, min(members - len(busiest), len(others)), replace=False)
    chosen = np.concatenate([busiest, drawn])
    strict = integrate(
        system,
        constants[chosen],
        tracks,
        times,
        relative_tolerance=min(STRICT_TOLERANCE, found.relative_tolerance / 100),
        parallel=parallel,
        keep=found.kept,
    )
    if strict.failed.any():
        return np.inf
    scales = np.array(system.scales)[found.kept, None]
    errors = np.abs(found.states[chosen] - strict.states) / np.maximum(np.abs(strict.states), scales)
    return float(errors.max(initial=0.0))


def _refuse_misfits(
    system: System,
    constants: NDArray[np.float64],
    tracks: Tracks,
    times: NDArray[np.float64],
    kept: NDArray[np.int64],
) -> None:
    """Check all that compiled code cannot: it would read beyond an array without a word."""
    shape = (len(tracks.edges) - 1, len(system.inputs))
    if np.ndim(constants) != 2 or np.shape(constants)[1] != len(system.constants):  # noqa: PLR2004 - member, constant
        raise ValueError(f"constants are (member, {len(system.constants)}), not {np.shape(constants)}")
    if tracks.levels.shape != shape or tracks.slopes.shape != shape or shape[0] < 1:
        raise ValueError(f"levels and slopes are {shape}, not {tracks.levels.shape} and {tracks.slopes.shape}")
    if np.any(np.diff(tracks.edges) < 0) or not tracks.edges[0] < tracks.edges[-1]:
        raise ValueError("edges do not increase")
    if np.any(np.diff(times) <= 0) or np.any(times < tracks.edges[0]) or np.any(times > tracks.edges[-1]):
        raise ValueError("times do not increase, or leave the edges of the tracks")
    if np.any(kept < 0) or np.any(kept >= len(system.states)):
        raise ValueError("a state to keep is not there")
