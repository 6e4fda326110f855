"""The engines that are measured: each prepared once, then handed members to integrate."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.integrate import RK45, solve_ivp

from benchmarks import native
from benchmarks.absence import AbsentError
from simulator.emission import SCALAR_WORDS, Lines, compiled
from simulator.export.xmile import xmile
from simulator.integrate import ensemble, reference
from simulator.solution import ARRAY_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from benchmarks.problem import Array, Problem
    from simulator.emission import System

TOLERANCE = 1e-6
STEPS_A_YEAR = native.STEPS_A_YEAR
MISSING = "not installed; `uv pip install {}` into .venv adds it"


@dataclass(frozen=True, eq=False)
class Peer:
    """One engine, ready to run.

    Attributes:
        name: engine and method.
        run: from members, shape (member, constant), to states, shape (member, state, time).
        speed: a rough guess of members a second, from which the amount of work is chosen.
        batch: how many members it must be given at a time, if that matters.
    """

    name: str
    run: Callable[[Array], Array]
    speed: float
    batch: int = 1


def everyone(problem: Problem, folder: Path, batch: int) -> Iterator[partial[Peer]]:
    """Yield what prepares each peer; it raises `AbsentError` where that is impossible."""
    for method in ("RK45", "LSODA"):
        yield partial(in_python, problem, method)
    for method in ("RK45", "LSODA"):
        yield partial(with_numba, problem, method)
    yield partial(batched, problem, batch)
    yield partial(ours, problem, lanes=False)
    for tolerance in (TOLERANCE, TOLERANCE / 10, TOLERANCE / 100):
        yield partial(ours, problem, lanes=True, tolerance=tolerance)
    yield partial(in_c, problem, folder, "scalar", lanes=1, lifted=False, flags=native.PLAIN)
    yield partial(in_c, problem, folder, "16 lanes, vector", lanes=16, lifted=False)
    for steps in (STEPS_A_YEAR, 4 * STEPS_A_YEAR):
        yield partial(in_c, problem, folder, "16 lanes, vector, tuned", lanes=16, lifted=True, steps=steps)
    yield partial(pysd, problem, folder)
    yield partial(simlin, problem, folder)
    yield partial(diffrax, problem)


def in_python(problem: Problem, method: str) -> Peer:
    """Our reference: scipy, derivatives in plain Python, one member after another."""

    def run(constants: Array) -> Array:
        system, tracks, times = problem.system, problem.tracks, problem.times
        found = [reference.integrate(system, row, tracks, times, method=method).states for row in constants]
        return np.array(found)

    return Peer(f"scipy {method}, Python derivatives", run, 5)


def with_numba(problem: Problem, method: str) -> Peer:
    """Scipy again, with derivatives compiled by numba."""
    system = problem.system
    derivatives = _njit(system)
    starts = compiled("starts", system.starts_text(), SCALAR_WORDS)
    absolute = TOLERANCE * np.array(system.scales)

    def one(row: Array) -> Array:
        state = np.array(starts(row.tolist(), problem.tracks.levels[0].tolist()))

        def rates(level: Array, slope: Array, elapsed: float, states: Array) -> Array:
            return derivatives(states, row, level + slope * elapsed)

        return restarted(problem, state, rates, method, absolute)

    return Peer(f"scipy {method}, numba derivatives", lambda constants: np.array([one(row) for row in constants]), 20)


def batched(problem: Problem, batch: int) -> Peer:
    """Scipy on many members at once, as one long state vector; derivatives in numpy."""
    system = problem.system
    derivatives = compiled("derivatives", system.derivatives_text(), ARRAY_WORDS)
    starts = compiled("starts", system.starts_text(), ARRAY_WORDS)

    def run(constants: Array) -> Array:
        members, columns = len(constants), list(np.ascontiguousarray(constants.T))
        begun = starts(columns, problem.tracks.levels[0].tolist())
        state = np.concatenate([np.broadcast_to(value, members) for value in begun]).astype(float)

        def rates(level: Array, slope: Array, elapsed: float, states: Array) -> Array:
            found = np.empty((len(system.states), members))
            values = derivatives(0.0, list(states.reshape(found.shape)), columns, (level + slope * elapsed).tolist())
            for row, value in enumerate(values):
                found[row] = value
            return found.ravel()

        class WorstMember(RK45):
            """The error of a step is that of the member that has the largest."""

            def _estimate_error_norm(self, K: Array, h: float, scale: Array) -> float:  # noqa: N803 - scipy's
                each = (self._estimate_error(K, h) / scale).reshape(-1, members)
                return float(np.sqrt((each**2).mean(axis=0)).max())

        absolute = np.repeat(TOLERANCE * np.array(system.scales), members)
        with np.errstate(all="ignore"):
            found = restarted(problem, state, rates, WorstMember, absolute)
        return found.reshape(len(system.states), members, -1).transpose(1, 0, 2)

    return Peer(f"scipy RK45 on a batch of {batch}, numpy derivatives, largest norm", run, 60, batch)


def ours(problem: Problem, *, lanes: bool, tolerance: float = TOLERANCE) -> Peer:
    """Our own engine, on one thread."""

    def run(constants: Array) -> Array:
        found = ensemble.integrate(
            problem.system, constants, problem.tracks, problem.times,
            relative_tolerance=tolerance, lanes=lanes, parallel=False,
        )  # fmt: skip
        return found.states

    ensemble.warm(problem.system, lanes=lanes)
    strictness = "" if tolerance == TOLERANCE else f", rtol {tolerance:.0e}"
    return Peer(f"ours, {'16 lanes' if lanes else 'scalar'}{strictness}", run, 1000 if lanes else 600)


def in_c(
    problem: Problem,
    folder: Path,
    form: str,
    *,
    lanes: int,
    lifted: bool,
    flags: tuple[str, ...] = native.TUNED,
    steps: int = STEPS_A_YEAR,
) -> Peer:
    """C from the same equations; its steps stop at every kink of the inputs."""
    library = native.built(problem.system, folder, lanes=lanes, lifted=lifted, flags=flags)
    run = native.integrator(library, problem.system, problem.tracks, problem.times, steps)
    return Peer(f"C, gcc, RK4 dt 1/{steps}: {form}", run, (1000 if lanes > 1 else 400) * STEPS_A_YEAR / steps)


def pysd(problem: Problem, folder: Path) -> Peer:
    """PySD on our exported file; Euler is its only method, and its steps straddle the kinks of the inputs."""
    try:
        with warnings.catch_warnings(), np.printoptions(precision=17):
            warnings.simplefilter("ignore")
            import pysd as package

            model = package.read_xmile(str(_exported(problem, folder)))
    except ImportError:
        raise AbsentError(MISSING.format("pysd")) from None
    stocks, names = list(problem.system.states), problem.system.constants

    def one(row: Array) -> Array:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            table = model.run(
                params=dict(zip(names, row.tolist(), strict=True)), return_columns=stocks, time_step=1 / STEPS_A_YEAR,
                saveper=1 / STEPS_A_YEAR,
            )  # fmt: skip
        return _at(problem.times, table.index.to_numpy(), table[stocks].to_numpy().T)

    name = f"PySD, our XMILE, Euler dt 1/{STEPS_A_YEAR}"
    return Peer(name, lambda constants: np.array([one(row) for row in constants]), 0.4)


def simlin(problem: Problem, folder: Path) -> Peer:
    """Simlin, an engine in Rust, on our exported file; its steps, too, straddle the kinks of the inputs."""
    try:
        import simlin as package
    except ImportError:
        raise AbsentError(MISSING.format("pysimlin")) from None
    model = package.load(str(_exported(problem, folder)))
    names, start = problem.system.constants, problem.tracks.edges[0]

    def one(row: Array) -> Array:
        with model.simulate(overrides=dict(zip(names, row.tolist(), strict=True))) as simulation:
            simulation.run_to_end()
            series = np.array([simulation.get_series(state) for state in problem.system.states])
        dates = start + np.arange(series.shape[1]) / STEPS_A_YEAR
        return _at(problem.times, dates, series)

    name = f"pysimlin, our XMILE, RK4 dt 1/{STEPS_A_YEAR}"
    return Peer(name, lambda constants: np.array([one(row) for row in constants]), 20)


def diffrax(problem: Problem, batch: int = 64) -> Peer:
    """Diffrax on JAX, vmapped over a batch, restarted at every kink."""
    try:
        import diffrax as package
        import jax
        import jax.numpy as jnp
    except ImportError:
        raise AbsentError(MISSING.format("diffrax")) from None
    jax.config.update("jax_enable_x64", True)  # noqa: FBT003 - JAX's own form
    words = {"minimum": jnp.minimum, "maximum": jnp.maximum, "exp": jnp.exp, "log": jnp.log, "sqrt": jnp.sqrt}
    system, tracks = problem.system, problem.tracks
    derivatives = compiled("derivatives", system.derivatives_text(), words)
    starts = compiled("starts", system.starts_text(), words)
    edges, levels, slopes = (jnp.asarray(part) for part in (tracks.edges, tracks.levels, tracks.slopes))
    scales, last = jnp.asarray(system.scales), len(tracks.edges) - 2

    def field(time: Any, states: Any, row: Any) -> Any:  # noqa: ANN401 - traced
        segment = jnp.clip(jnp.searchsorted(edges, time, side="right") - 1, 0, last)
        inputs = levels[segment] + slopes[segment] * (time - edges[segment])
        found = derivatives(time, list(states * scales), list(row), list(inputs))
        return jnp.stack([jnp.asarray(rate, float) for rate in found]) / scales

    steps = package.PIDController(rtol=TOLERANCE, atol=TOLERANCE)
    controller = package.ClipStepSizeController(steps, jump_ts=edges[1:-1]) if last else steps

    @jax.jit
    @jax.vmap
    def solve(row: Any) -> Any:  # noqa: ANN401 - traced
        begun = jnp.stack([jnp.asarray(value, float) for value in starts(list(row), list(levels[0]))]) / scales
        found = package.diffeqsolve(
            package.ODETerm(field), package.Tsit5(), edges[0], edges[-1], None, begun, row,
            saveat=package.SaveAt(ts=jnp.asarray(problem.times)), stepsize_controller=controller, max_steps=20_000,
            throw=False,
        )  # fmt: skip
        return found.ys * scales

    def run(constants: Array) -> Array:
        return np.asarray(solve(jnp.asarray(constants))).transpose(0, 2, 1)

    return Peer(f"diffrax Tsit5, vmapped over {batch}", run, 30, batch)


def restarted(problem: Problem, state: Array, rates: Any, method: Any, absolute: Array) -> Array:  # noqa: ANN401
    """Integrate with scipy, restarted at every kink, and return states at the wanted times.

    Args:
        rates: of an input's level and slope, the time since the kink, and the states.
    """
    tracks, times = problem.tracks, problem.times
    found = np.empty((len(state), len(times)))
    filled = int(np.searchsorted(times, tracks.edges[0], side="right"))
    found[:, :filled] = state[:, None]
    for segment, (begin, end) in enumerate(zip(tracks.edges[:-1], tracks.edges[1:], strict=True)):
        level, slope = tracks.levels[segment], tracks.slopes[segment]
        until = int(np.searchsorted(times, end, side="right"))
        asked = np.unique(np.append(times[filled:until], end))
        solution = solve_ivp(
            lambda time, states, level=level, slope=slope, begin=begin: rates(level, slope, time - begin, states),
            (begin, end), state, method=method, t_eval=asked, rtol=TOLERANCE, atol=absolute,
        )  # fmt: skip
        if not solution.success:
            found[:, filled:] = np.nan
            return found
        state = solution.y[:, -1]
        found[:, filled:until] = solution.y[:, : until - filled]
        filled = until
    return found


@cache
def _njit(system: System) -> Callable[..., Array]:
    import numba

    return numba.njit(compiled("derivatives", array_text(system), SCALAR_WORDS))


def array_text(system: System) -> str:
    """Return the source of `derivatives(states, constants, inputs)` in the form that numba compiles."""
    text = "def derivatives(states, constants, inputs):\n"
    for names, array in ((system.states, "states"), (system.constants, "constants"), (system.inputs, "inputs")):
        text += "".join(f"    {name} = {array}[{place}]\n" for place, name in enumerate(names))
    text += Lines(system.assignments).text("    ") + "    rates_ = states.copy()\n"
    text += "".join(f"    rates_[{place}] = {rate}\n" for place, rate in enumerate(system.rates))
    return f"{text}    return rates_\n"


def _exported(problem: Problem, folder: Path) -> Path:
    path = folder / "model.xmile"
    text = xmile(problem.model, problem.tracks, problem.constants[0], steps_a_year=STEPS_A_YEAR)
    path.write_text(text, encoding="utf-8")
    return path


def _at(times: Array, dates: Array, series: Array) -> Array:
    """Pick the wanted times from a finer series, shape (state, date)."""
    places = np.searchsorted(dates, times - 1e-6)
    return series[:, np.minimum(places, series.shape[1] - 1)]
