"""Sweeps: rehearsed, run, stopped, resumed and reduced."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.errors import Problem, SimulatorError
from simulator.experiments import layout, lock, manifest, reduced, tables, working
from simulator.experiments.plan import BLOCK, Block, prepared
from simulator.experiments.stopping import interruptible, stopping_cleanly
from simulator.experiments.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from simulator.experiments.plan import Plan
    from simulator.experiments.store import Mark

#: A design of no more numbers than this is also written as a table for people.
_READABLE = 200_000


@dataclass(frozen=True)
class Finished:
    """What a sweep left behind.

    Attributes:
        store: the members.
        reduced: the NetCDF file of the reduced result, if there is one.
        runs: integrations done now; what was there before does not count.
        seconds: they took, without compiling.
        failed: members that did not stay finite, by scenario and worldview.
        error: the worst integration error among members that were measured; see `ensemble.measured_error`.
        repaired: files that were damaged or missing, and whose blocks were done again.
    """

    store: Path
    reduced: Path | None
    runs: int
    seconds: float
    failed: dict[str, tuple[int, ...]]
    error: float
    repaired: tuple[str, ...]


def sweep(
    design: Path,
    place: Path,
    *,
    resume: bool = False,
    jobs: int = 0,
    cluster: str | None = None,
    progress: Callable[[int, int], None] | None = None,
    command: str = "",
) -> Finished:
    """Run every member of a design under every scenario and worldview, and store what it keeps.

    Args:
        design: the YAML file.
        place: the store, a folder whose name ends in .zarr.
        resume: go on with a store that is there, after checking all that is in it; else begin.
        jobs: processes of this machine; 0 uses threads.
        cluster: address of a Dask scheduler whose workers see the same files.
        progress: told `(done, all)` integrations of this call after every block.
        command: what the user typed, for the record.

    Raises:
        SimulatorError: for anything wrong with the design or the store.
        OSError: when the place cannot be written, before anything is begun.
        StoppedError: when interrupted, or the disk is full; all finished blocks are in place.
    """
    plan, store = prepared(design), Store(place)
    if place.suffix != ".zarr":
        raise SimulatorError([Problem(str(place), "This is not the name of a store.", "End it in .zarr.")])
    store.sidecar.mkdir(parents=True, exist_ok=True)  # where even this is refused, nothing is begun
    with stopping_cleanly(store.path), lock.held(store.sidecar / "lock"):
        told = _begin(plan, store, resume=resume, command=command)
        marks, repaired = _checked(plan, store)
        run = _Run(plan, store, marks, progress)
        seconds = run.all(jobs, cluster)
        return _finish(run, told, seconds, repaired)


def _begin(plan: Plan, store: Store, *, resume: bool, command: str) -> dict[str, Any]:
    """Make the store, or see whether the one that is there may be gone on with."""
    if resume and store.manifest.exists():
        told = manifest.read(store.manifest, plan)
        store.sweep_up()
    elif store.manifest.exists() or store.path.exists():
        fault, remedy = "There is a store already.", "Go on with it by --resume, or choose another place with -o."
        if not store.manifest.exists():
            fault, remedy = f"There is a store already, without {store.manifest}.", "Choose another place with -o."
        raise SimulatorError([Problem(str(store.path), fault, remedy)])
    else:
        told = manifest.fresh(plan, command)
    store.create(plan, told)
    table = store.sidecar / "design.csv"
    if not table.exists() and plan.sampler.members * len(plan.sampler.factors) <= _READABLE:
        where = [plan.model.constants.index(name) for name in plan.sampler.factors]
        rows = (
            (worldview, first, plan.constants(number, first, min(first + BLOCK, plan.sampler.members))[:, where])
            for number, worldview in enumerate(plan.design.worldviews)
            for first in range(0, plan.sampler.members, BLOCK)
        )
        tables.write_draws(table, list(plan.sampler.factors), rows)
    return told


def _checked(plan: Plan, store: Store) -> tuple[dict[Block, Mark], list[str]]:
    """Return the blocks that are done and sound, and the files that are not; those are forgotten."""
    marks, repaired = {}, []
    for block in plan.blocks:
        mark = store.done(block)
        wrong = store.damaged(mark) if mark else []
        if mark and not wrong:
            marks[block] = mark
        else:
            repaired += wrong
            store.discard(block)
    return marks, repaired


class _Run:
    """One call of `sweep`: what is done, and whether to stop."""

    def __init__(
        self, plan: Plan, store: Store, marks: dict[Block, Mark], progress: Callable[[int, int], None] | None
    ) -> None:
        self.plan, self.store, self.marks, self.progress = plan, store, marks, progress
        self.tasks = working.tasks([block for block in plan.blocks if block not in marks])
        self.total = sum(self._members(block) for task in self.tasks for block in task.blocks)
        self.done = 0

    def _members(self, block: Block) -> int:
        first, last = self.plan.members_of(block.number)
        return last - first

    def all(self, jobs: int, cluster: str | None) -> float:
        """Perform every task; return the seconds they took."""
        from simulator.integrate import ensemble

        if self.tasks:
            ensemble.warm(self.plan.system)  # once, before any worker asks for it
        begun = time.perf_counter()
        with interruptible() as interrupted:
            if jobs > 0 or cluster:
                from simulator.experiments import cluster as machines

                machines.over(
                    self.plan, self.store, self.tasks, jobs=jobs, address=cluster,
                    stopping=interrupted.is_set, told=self.tell,
                )  # fmt: skip
            else:
                for task in self.tasks:
                    working.perform(self.plan, self.store, task, stopping=interrupted.is_set, told=self.tell)
            if self.done < self.total:
                raise KeyboardInterrupt
        return time.perf_counter() - begun

    def tell(self, block: Block, mark: Mark) -> None:
        """Hear that a block is done."""
        self.marks[block] = mark
        self.done += self._members(block)
        if self.progress:
            self.progress(self.done, self.total)


def _finish(run: _Run, told: dict[str, Any], seconds: float, repaired: list[str]) -> Finished:
    """Reduce, and write into the store that it is complete and how exact it is."""
    plan, store = run.plan, run.store
    errors = [mark.error for mark in run.marks.values() if mark.error is not None]
    failed: dict[str, tuple[int, ...]] = {}
    for block, mark in sorted(run.marks.items()):
        where = f"{plan.design.scenarios[block.scenario]} under {plan.design.worldviews[block.worldview]}"
        if mark.failed:
            failed[where] = (*failed.get(where, ()), *mark.failed)
    error = float(np.max(errors, initial=0.0)) if errors else float("nan")
    said = {"complete": "yes", "failed_members": sum(map(len, failed.values())), layout.ERROR: error}
    told = {**told, "attributes": {**told["attributes"], **said}, "failed": failed}
    target = store.sidecar / "reduced.nc" if plan.design.reduce else None
    if target:
        reduced.write(reduced.dataset(plan, store, told["attributes"]), target)
    store.create(plan, told)
    store.sweep_up()  # a worker killed on the way may have left a part behind
    return Finished(store.path, target, run.done, seconds, failed, error, tuple(repaired))
