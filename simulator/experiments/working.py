"""The work of a sweep: all scenarios of one block of members under one worldview."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from simulator.experiments import layout, outcomes
from simulator.experiments.plan import Block, Plan, prepared
from simulator.experiments.reduce import Summary, summarised
from simulator.experiments.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simulator.experiments.outcomes import Outcome
    from simulator.experiments.store import Mark

Array = np.ndarray[Any, np.dtype[np.float64]]


class Task(NamedTuple):
    """What one worker does in one go: some scenarios for the same members."""

    scenarios: tuple[int, ...]
    worldview: int
    number: int

    @property
    def blocks(self) -> list[Block]:
        """The blocks that this makes."""
        return [Block(scenario, self.worldview, self.number) for scenario in self.scenarios]


def tasks(blocks: Sequence[Block]) -> list[Task]:
    """Gather blocks of the same members and beliefs, so that differences are paired where they arise."""
    found: dict[tuple[int, int], list[int]] = {}
    for block in blocks:
        found.setdefault((block.number, block.worldview), []).append(block.scenario)
    return [Task(tuple(sorted(scenarios)), worldview, number) for (number, worldview), scenarios in found.items()]


def perform(
    plan: Plan,
    store: Store,
    task: Task,
    *,
    parallel: bool = True,
    stopping: Callable[[], bool] = lambda: False,
    told: Callable[[Block, Mark], None] = lambda _block, _mark: None,
) -> dict[Block, Mark]:
    """Integrate, reduce and write every block of a task; stop between two of them when asked to."""
    first, last = plan.members_of(task.number)
    constants = plan.constants(task.worldview, first, last)
    compared = plan.design.reduce is not None and plan.design.reduce.differences == "from-first"
    origin: Outcome | None = None
    done: dict[Block, Mark] = {}
    for block in task.blocks:
        if stopping():
            break
        if block.scenario > 0 and compared and origin is None:  # done before: only the comparison needs it
            origin = outcomes.solved(plan, block._replace(scenario=0), constants, parallel=parallel)
        found = outcomes.solved(plan, block, constants, parallel=parallel)
        if block.scenario == 0:
            origin = found
        written = store.write(plan, block, _arrays(plan, block, constants, found), _parts(plan, block, found, origin))
        failed = (first + np.flatnonzero(found.failed)).tolist()
        done[block] = store.finish(block, written, failed=failed, error=found.error)
        told(block, done[block])
    return done


def _arrays(plan: Plan, block: Block, constants: Array, found: Outcome) -> dict[str, Array]:
    """Return what is stored of each member."""
    arrays: dict[str, Array] = {layout.FAILED: found.failed.astype(np.int8)}
    if plan.design.keep.members == "all":
        arrays |= outcomes.at_resolution(plan, found.values, plan.design.keep.resolution)
        if block.scenario == 0:
            arrays[layout.DRAWN] = constants[:, [plan.model.constants.index(name) for name in plan.sampler.factors]]
    return arrays


def _parts(plan: Plan, block: Block, found: Outcome, origin: Outcome | None) -> dict[str, Summary]:
    """Return what is remembered of all members together."""
    reduce = plan.design.reduce
    if reduce is None:
        return {}
    values = np.concatenate(list(outcomes.at_resolution(plan, found.values, reduce.resolution).values()), axis=1)
    parts = {"values": summarised(values)}
    if block.scenario > 0 and reduce.differences == "from-first" and origin is not None:
        before = outcomes.at_resolution(plan, origin.values, reduce.resolution)
        parts["changes"] = summarised(values - np.concatenate(list(before.values()), axis=1))
    return parts


def remote(design: str, place: str, task: Task, identity: dict[str, str]) -> dict[Block, Mark]:
    """Perform a task in another process, which makes the plan for itself once.

    Raises:
        RuntimeError: when this process would make it of other equations or numbers.
    """
    plan = _plan(design)
    if plan.identity != identity:
        raise RuntimeError("this worker has another version of the simulator, the scenarios or the design")
    return perform(plan, Store(Path(place)), Task(*task), parallel=False)


def warmed(design: str) -> float:
    """Compile the engine in this process, or load it; return the seconds that took."""
    from simulator.integrate import ensemble

    return ensemble.warm(_plan(design).system)


@lru_cache(maxsize=1)
def _plan(design: str) -> Plan:
    """Return the plan of a design; a worker is asked for the same one many times."""
    return prepared(Path(design))
