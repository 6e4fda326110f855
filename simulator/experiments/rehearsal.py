"""What a sweep would take: runs, bytes and minutes, from timing a few runs of it."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.experiments import layout, outcomes
from simulator.experiments.plan import Block, prepared

if TYPE_CHECKING:
    from pathlib import Path

    from simulator.experiments.plan import Plan

#: Members of the runs that a rehearsal times.
_PILOT = 256


@dataclass(frozen=True)
class Rehearsal:
    """What a sweep would take.

    Attributes:
        runs: integrations in all.
        blocks: parts that are written one by one.
        bytes: of the members, before packing.
        rate: integrations a second, measured just now.
        seconds: for all of them at that rate.
    """

    runs: int
    blocks: int
    bytes: int
    rate: float
    seconds: float


def rehearse(design: Path, *, jobs: int = 0) -> Rehearsal:
    """Return what a sweep would take, after timing a few runs of it.

    Raises:
        SimulatorError: listing every fault of the design.
    """
    from simulator.integrate import ensemble

    plan = prepared(design)
    ensemble.warm(plan.system)
    _timed(plan, 1, parallel=jobs == 0)  # what is loaded at first use is not timed
    pilot = min(_PILOT, plan.sampler.members)
    rate = pilot / _timed(plan, pilot, parallel=jobs == 0) * max(1, min(jobs, os.cpu_count() or 1))
    return Rehearsal(plan.runs, len(plan.blocks), layout.stored_bytes(plan), rate, plan.runs / rate)


def _timed(plan: Plan, members: int, *, parallel: bool) -> float:
    """Return the seconds that a few members take, drawn and integrated."""
    begun = time.perf_counter()
    outcomes.solved(plan, Block(0, 0, 1), plan.constants(0, 0, members), parallel=parallel)
    return time.perf_counter() - begun
