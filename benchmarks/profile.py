"""Where our engine's time goes, how exact a whole sweep is, and what single runs cost."""

from __future__ import annotations

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
from simulator import draws
from simulator.cases import INTEGRALS
from simulator.integrate import ensemble, reference
from simulator.integrate.tracks import Tracks

if TYPE_CHECKING:
    from benchmarks.problem import Array, Problem

STRICT = 1e-9
BLOCK = 256


def engine_profile(problem: Problem, members: int, rounds: int) -> dict[str, float]:
    """Return members a second of processor time, as asked and with one thing taken away at a time."""
    system, tracks, times = problem.system, problem.tracks, problem.times
    constants = problem.constants[:members]
    still = Tracks(tracks.edges[[0, -1]], tracks.levels[:1], np.zeros_like(tracks.levels[:1]))
    variants: dict[str, Any] = {
        "as_asked": {"tracks": tracks},
        "storing_one_state": {"tracks": tracks, "keep": [0]},
        "inputs_without_kinks": {"tracks": still},
    }
    rates: dict[str, list[float]] = {name: [] for name in variants}
    found: dict[str, float] = {}
    for _ in range(rounds):
        for name, asked in variants.items():
            begun = time.process_time()
            done = ensemble.integrate(system, constants, times=times, parallel=False, **asked)
            rates[name].append(members / (time.process_time() - begun))
            found[f"evaluations_{name}"] = float(done.evaluations.mean())
    found |= {name: median(each) for name, each in rates.items()}
    return found | {
        "segments": len(tracks.edges) - 1,
        "c_evaluations": 4 * len(native.grid(tracks, times)[0]),
        "nanoseconds_per_evaluation": 1e9 / found["as_asked"] / found["evaluations_as_asked"],
    }


def sweep_error(problem: Problem, members: int) -> dict[str, Any]:
    """Integrate a prior sweep as users do, again a thousand times as strictly, and compare all members.

    Returns:
        Quantiles over members of each one's worst error: of states at month starts, as in
        `Problem.error`, and of calendar years' totals, relative to the largest year of that
        member and outcome.
    """
    model, tracks, times = problem.model, problem.tracks, problem.times
    system = model.system(INTEGRALS)
    stocks, years = len(model.stocks), np.flatnonzero(np.isclose(times % 1, 0))
    scales = np.array(system.scales)[:stocks, None]
    instants, annual, worst, failed = [], [], {}, 0
    for first in range(0, members, BLOCK):
        constants = draws.constants(model, members=min(BLOCK, members - first), first=first, prior=True)
        usual = ensemble.integrate(system, constants, tracks, times)
        strict = ensemble.integrate(system, constants, tracks, times, relative_tolerance=STRICT)
        good = ~(usual.failed | strict.failed)
        failed += int((~good).sum())
        one, other = usual.states[good], strict.states[good]
        errors = np.abs(one - other)[:, :stocks] / np.maximum(np.abs(other[:, :stocks]), scales)
        instants += errors.max(axis=(1, 2)).tolist()
        for state, value in zip(system.states, errors.max(axis=(0, 2)), strict=False):
            worst[state] = max(worst.get(state, 0.0), float(value))
        totals, truth = (np.diff(part[:, stocks:][:, :, years], axis=2) for part in (one, other))
        largest = np.maximum(np.abs(truth).max(axis=2, keepdims=True), 1e-9)
        annual += (np.abs(totals - truth) / largest).max(axis=(1, 2)).tolist()
    return {
        "members": members,
        "failed": failed,
        "instants": _quantiles(np.array(instants)),
        "annual": _quantiles(np.array(annual)),
        "worst_states": dict(sorted(worst.items(), key=lambda item: -item[1])[:5]),
    }


def _quantiles(errors: Array) -> dict[str, float]:
    levels = {"median": 0.5, "p99": 0.99, "worst": 1.0}
    found = {name: float(np.quantile(errors, level)) for name, level in levels.items()}
    return found | {"below_1e-5": float((errors < 1e-5).mean())}  # noqa: PLR2004 - the target


def single_run(problem: Problem, rounds: int) -> float:
    """Return the median processor seconds of one run with every running total."""
    system, spent = problem.model.system(INTEGRALS), []
    for row in problem.constants[:rounds]:
        begun = time.process_time()
        reference.integrate(system, row, problem.tracks, problem.times)
        spent.append(time.process_time() - begun)
    return median(spent)


def command(folder: Path, rounds: int) -> float:
    """Return the median processor seconds of `fentsim run history`, from the shell.

    Raises:
        AbsentError: when the command fails.
    """
    asked = [str(Path(sys.executable).with_name("fentsim")), "run", "history", "-o", str(folder / "run.nc")]
    spent = []
    for _ in range(rounds):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(asked, capture_output=True, text=True, check=False)
        if done.returncode:
            raise AbsentError(f"it failed: {done.stderr.strip()[-200:]}")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        (folder / "run.nc").unlink()
    return median(spent)
