"""Cost and memory as members grow, and as stocks grow.

`python -m benchmarks.growth MEMBERS` is one row of the former, in a process of its own, so that its
peak memory is its own.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks import native
from benchmarks.absence import AbsentError
from simulator import draws, scenario
from simulator.cases import END, INTEGRALS, START
from simulator.emission import System
from simulator.fentanyl import fentanyl_model
from simulator.integrate import ensemble, reference
from simulator.integrate.tracks import Tracks, constant

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.problem import Array

#: Members integrated at a time in a sweep; what is kept of them is their annual totals.
BLOCK = 4096
YEARS = np.arange(START, END + 1)


def members_row(members: int) -> dict[str, float]:
    """Sweep the shipped model, keep annual totals of every outcome, and say what that took.

    Returns:
        Members, seconds by the clock and of processor time, megabytes at the peak.
    """
    model = fentanyl_model()
    system = model.system(INTEGRALS)
    tracks = scenario.resolve(scenario.find("history"), model.parameters, START, END)
    totals = np.arange(len(model.stocks), len(system.states))
    ensemble.warm(system)
    kept = np.empty((members, len(totals), len(YEARS)))
    clock, processor = time.perf_counter(), time.process_time()
    for first in range(0, members, BLOCK):
        block = min(BLOCK, members - first)
        constants = draws.constants(model, members=block, first=first, prior=True)
        kept[first : first + block] = ensemble.integrate(system, constants, tracks, YEARS, keep=totals).states
    return {
        "members": members,
        "wall_seconds": time.perf_counter() - clock,
        "cpu_seconds": time.process_time() - processor,
        "peak_megabytes": peak_megabytes(),
    }


def members_table(sizes: list[int], tell: Callable[[str], None]) -> list[dict[str, float]]:
    """Return one row for each number of members."""
    rows = []
    for size in sizes:
        tell(f"growing: {size} members")
        asked = [sys.executable, "-m", "benchmarks.growth", str(size)]
        done = subprocess.run(asked, capture_output=True, text=True, check=True)
        rows.append(json.loads(done.stdout.splitlines()[-1]))
    return rows


def peak_megabytes() -> float:
    """Return the most memory this process has held; a child would inherit `ru_maxrss` of its parent."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024**2 if sys.platform == "darwin" else 1024)


def chain(stocks: int) -> tuple[System, Tracks]:
    """Return a chain of stocks, each emptying into the next, faster when it is fuller."""
    names = [f"stock_{number}" for number in range(stocks)]
    delays = [f"delay_{number}" for number in range(stocks)]
    capacities = [f"capacity_{number}" for number in range(stocks)]
    flows = [f"flow_{number}" for number in range(stocks)]
    system = System(
        states=tuple(names),
        constants=(*delays, *capacities),
        inputs=("inflow",),
        assignments=tuple(
            (flow, f"{name} / {delay} * (2 - exp(-{name} / {capacity}))")
            for flow, name, delay, capacity in zip(flows, names, delays, capacities, strict=True)
        ),
        rates=tuple(f"{before} - {flow}" for before, flow in zip(["inflow", *flows], flows, strict=False)),
        scales=(1.0,) * stocks,
        starts=tuple(zip(names, capacities, strict=True)),
    )
    return system, constant(np.array([100.0]), 0.0, 25.0)


def chain_constants(stocks: int, members: int) -> Array:
    """Return numbers for a chain: delays of about a year, capacities of about a hundred."""
    spread = np.exp(0.3 * draws.normals(2 * stocks, members, seed=1))
    return spread * np.repeat([1.0, 100.0], stocks)


def stocks_table(sizes: list[int], seconds: float, rounds: int, folder: Path, tell: Callable[[str], None]) -> list[Any]:
    """Return, for each number of stocks, members a second of processor time by three engines."""
    rows = []
    times = np.arange(0.0, 25.01, 1 / 12)
    for size in sizes:
        tell(f"growing: {size} stocks")
        system, tracks = chain(size)
        constants = chain_constants(size, 4096)
        compiling = ensemble.warm(system)

        def plain(rows: Array, system: System = system, tracks: Tracks = tracks) -> None:
            for row in rows:
                reference.integrate(system, row, tracks, times, method="LSODA")

        def lanes(rows: Array, system: System = system, tracks: Tracks = tracks) -> None:
            ensemble.integrate(system, rows, tracks, times, parallel=False)

        runs: dict[str, Callable[[Array], Any]] = {"lsoda_python": plain, "ours": lanes}
        try:
            library = native.built(system, folder, lanes=16, lifted=True, flags=native.TUNED)
            runs["c_tuned"] = native.integrator(library, system, tracks, times)
        except AbsentError:
            pass
        row = {"stocks": size, "compile_seconds": compiling}
        for name, run in runs.items():
            row[name] = _rate(run, constants, seconds, rounds)
        rows.append(row)
    return rows


def _rate(run: Callable[[Array], Any], constants: Array, seconds: float, rounds: int) -> float:
    """Return members a second of processor time: the median of some rounds of about `seconds`."""
    members, spent = 1, 0.0
    while True:
        begun = time.process_time()
        run(constants[:members])
        spent = time.process_time() - begun
        if spent > seconds / 4 or members == len(constants):
            break
        members = min(members * 4, len(constants))
    found = []
    for _ in range(rounds):
        begun = time.process_time()
        run(constants[:members])
        found.append(members / (time.process_time() - begun))
    return median(found)


if __name__ == "__main__":
    print(json.dumps(members_row(int(sys.argv[1]))))
