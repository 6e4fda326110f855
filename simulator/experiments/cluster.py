"""Sweeps over many processes and machines, by Dask: the same work, a task a block of members."""

from __future__ import annotations

from socket import gethostname
from typing import TYPE_CHECKING, Any

from simulator.errors import Problem, SimulatorError
from simulator.experiments import working
from simulator.experiments.plan import Block

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simulator.experiments.plan import Plan
    from simulator.experiments.store import Mark, Store
    from simulator.experiments.working import Task

#: How often a task is begun again after the worker that had it is gone.
_PATIENCE = 5
_POLL = 0.5  # seconds between looks at whether to stop


def over(
    plan: Plan,
    store: Store,
    tasks: Sequence[Task],
    *,
    jobs: int,
    address: str | None,
    stopping: Callable[[], bool],
    told: Callable[[Block, Mark], None],
) -> None:
    """Perform tasks on `jobs` processes of this machine, or on the cluster at `address`.

    Raises:
        SimulatorError: when Dask is not installed, the cluster cannot be reached, or workers keep dying.
    """
    try:
        import dask
        import distributed
    except ImportError:
        remedy = "Install it: pip install 'fentanyl-policy-simulator[cluster]'."
        raise SimulatorError([Problem("--jobs", "Dask is not installed.", remedy)]) from None
    machines: Any = distributed  # has no types
    with dask.config.set({"distributed.scheduler.allowed-failures": _PATIENCE}):
        if address is None:
            quiet = {"dashboard_address": None, "silence_logs": 50}
            with (
                machines.LocalCluster(n_workers=jobs, threads_per_worker=1, processes=True, **quiet) as local,
                machines.Client(local) as client,
            ):
                _spread(client, plan, store, tasks, stopping, told)
            return
        try:
            client = machines.Client(address, timeout=20)
        except (OSError, ValueError, TimeoutError):
            remedy = "Look at the address, such as tcp://10.0.0.1:8786, and whether the scheduler runs."
            raise SimulatorError([Problem("--cluster", f"Nobody answers at {address}.", remedy)]) from None
        with client:
            _spread(client, plan, store, tasks, stopping, told)


def _spread(
    client: Any,  # noqa: ANN401 - Dask has no types
    plan: Plan,
    store: Store,
    tasks: Sequence[Task],
    stopping: Callable[[], bool],
    told: Callable[[Block, Mark], None],
) -> None:
    """Hand out tasks, hear of those that are done, and take back the others when asked to stop."""
    import distributed

    machines: Any = distributed  # has no types
    design, place = str(plan.path.resolve()), str(store.path.resolve())
    _warm(client, design)
    waiting = {
        client.submit(working.remote, design, place, task, plan.identity, retries=_PATIENCE, pure=False)
        for task in tasks
    }
    while waiting:
        if stopping():
            client.cancel([each for each in waiting if each.status == "pending"])
            return
        try:
            found = machines.wait(waiting, timeout=_POLL, return_when="FIRST_COMPLETED")
        except TimeoutError:
            continue
        for future in found.done:
            for block, mark in _result(future).items():
                told(block, mark)
        waiting = set(found.not_done)


def _result(future: Any) -> dict[Block, Mark]:  # noqa: ANN401 - a future of Dask
    import distributed

    try:
        done: dict[Block, Mark] = future.result()
    except distributed.KilledWorker as error:
        fault = f"{_PATIENCE + 1} workers died one after the other ({error})."
        remedy = "Look at their memory, then go on with --resume."
        raise SimulatorError([Problem("--cluster", fault, remedy)]) from None
    return {Block(*block): mark for block, mark in done.items()}  # on its way, a name is lost


def _warm(client: Any, design: str) -> None:  # noqa: ANN401 - Dask has no types
    """Compile once on each machine, then load what was compiled in every process."""
    first = {host: address for address, host in client.run(gethostname).items()}
    client.run(working.warmed, design, workers=list(first.values()))
    client.run(working.warmed, design)
