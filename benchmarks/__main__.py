"""`python -m benchmarks`: measure, print the table, and write it to `benchmarks/results/`."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import growth, profile, writing
from benchmarks.absence import AbsentError
from benchmarks.peers import everyone
from benchmarks.problem import shipped_problem
from benchmarks.timing import compare

if TYPE_CHECKING:
    from benchmarks.peers import Peer
    from benchmarks.problem import Problem

BEGUN = time.perf_counter()
RESULTS = Path(__file__).with_name("results")
PACKAGES = ("numpy", "scipy", "numba", "pysd", "pysimlin", "diffrax", "jax")

QUICK = {
    "pool": 512, "judged": 4, "rounds": 1, "seconds": 0.5, "judging": 5.0, "batch": 64, "sweep": 256,
    "members": [1, 512], "stocks": [10, 50],
}  # fmt: skip
FULL = {
    "pool": 2048, "judged": 64, "rounds": 3, "seconds": 2.0, "judging": 20.0, "batch": 512, "sweep": 10_000,
    "members": [1, 16, 256, 4096, 32_768, 100_000], "stocks": [10, 20, 50, 100, 200],
}  # fmt: skip


def main(arguments: list[str] | None = None) -> None:
    """Measure everything that can be measured here."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, under two minutes; the numbers are rough")
    parser.add_argument("--results", type=Path, default=RESULTS, help="the folder to write to")
    parser.add_argument("--no-write", action="store_true", help="print only")
    asked = parser.parse_args(arguments)
    sizes = QUICK if asked.quick else FULL
    tell(f"posing the problem: the truth about {sizes['judged']} members")
    with tempfile.TemporaryDirectory() as folder:
        found = measured(shipped_problem(sizes["pool"], sizes["judged"]), sizes, Path(folder))
    found = {"quick": asked.quick, **found}
    print(writing.page(found))
    if not asked.no_write:
        asked.results.mkdir(exist_ok=True)
        stem = found["date"] + ("-quick" if asked.quick else "")
        (asked.results / f"{stem}.md").write_text(writing.page(found), encoding="utf-8")
        (asked.results / f"{stem}.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def measured(problem: Problem, sizes: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Measure every engine on a problem, then our own in depth."""
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    peers, absent = prepared(problem, folder, sizes["batch"])
    engines = compare(
        peers, problem, rounds=sizes["rounds"], seconds=sizes["seconds"], judging=sizes["judging"], tell=tell
    )
    found: dict[str, Any] = {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "machine": machine(),
        "load": f"Load when it began: {busy:.1f}; what else ran on the machine took its share of caches and clock.",
        "versions": versions(),
        "model": described(problem),
        "engines": [{**asdict(each), "rate": each.rate} for each in engines],
        "absent": absent,
    }
    tell("our engine in depth")
    found["profile"] = profile.engine_profile(problem, min(256, len(problem.constants)), sizes["rounds"])
    found["single"] = profile.single_run(problem, 7)
    try:
        found["command"] = profile.command(folder, 3)
    except AbsentError as reason:
        absent["fentsim run"] = str(reason)
    tell(f"the error of a sweep of {sizes['sweep']}")
    found["sweep"] = profile.sweep_error(problem, sizes["sweep"])
    found["members"] = growth.members_table(sizes["members"], tell)
    found["stocks"] = growth.stocks_table(sizes["stocks"], sizes["seconds"], sizes["rounds"], folder, tell)
    found["targets"] = writing.targets(found)
    return found


def described(problem: Problem) -> str:
    """Return the size of a problem in words."""
    system, edges = problem.system, problem.tracks.edges
    return (
        f"{len(system.states)} stocks, the {len(system.assignments)} flows and auxiliaries they need, "
        f"{len(system.constants)} constants, {len(system.inputs)} inputs with {len(edges) - 2} kinks, "
        f"{edges[0]:g} to {edges[-1]:g}; every stock at {len(problem.times)} month starts"
    )


def prepared(problem: Problem, folder: Path, batch: int) -> tuple[list[Peer], dict[str, str]]:
    """Return the peers that are here, and why others are not."""
    peers, absent = [], {}
    for prepare in everyone(problem, folder, batch):
        try:
            peers.append(prepare())
            tell(f"prepared {peers[-1].name}")
        except AbsentError as reason:
            absent[prepare.func.__name__] = str(reason)
    return peers, absent


def machine() -> str:
    """Return the processor's model and number."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines() if Path("/proc/cpuinfo").exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{models[0] if models else platform.processor() or platform.machine()}, {os.cpu_count()} cores"


def versions() -> dict[str, str]:
    """Return the versions of everything that takes part."""
    found = {"Python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    if compiler := shutil.which("gcc"):
        said = subprocess.run([compiler, "-dumpfullversion"], capture_output=True, text=True, check=False)
        found["gcc"] = said.stdout.strip()
    return found


def tell(what: str) -> None:
    """Say on stderr what is going on."""
    sys.stderr.write(f"{time.perf_counter() - BEGUN:6.0f} s  {what}\n")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
