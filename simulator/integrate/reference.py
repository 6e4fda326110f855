"""The reference integrator: scipy, one run, restarted at every date an input has a kink.

Trust first: the ensemble engine is proved against this one.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from traceback import extract_tb
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.integrate import solve_ivp

from simulator.emission import SCALAR_WORDS, Lines, System, compiled, lift, unpack
from simulator.errors import NumbersFailedError, Problem
from simulator.integrate.lifting import chosen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from simulator.integrate.tracks import Tracks

METHOD = "RK45"
RELATIVE_TOLERANCE = 1e-6


@dataclass(frozen=True, eq=False)
class Run:
    """One integrated run.

    Attributes:
        states: shape (state, time).
        evaluations: how often the derivatives were asked for.
        method, relative_tolerance: what was used, for the record.
    """

    states: NDArray[np.float64]
    evaluations: int
    method: str
    relative_tolerance: float


@lru_cache(maxsize=32)
def _functions(system: System) -> tuple[Any, Any]:
    """Return `bound(constants) -> derivatives(time, states, inputs)` and `starts`, compiled to Python."""
    return compiled("bound", bound_text(system), SCALAR_WORDS), compiled("starts", system.starts_text(), SCALAR_WORDS)


def bound_text(system: System) -> str:
    """Return the source of the derivatives with all work on constants done beforehand.

    The formulas give bit for bit what `System.derivatives_text` gives: parts that hold still
    are worked out beforehand just as they are written, and minima and maxima of plain names
    are written as a choice, which Python does three times as fast as a call.
    """
    prelude, rest = lift(system.assignments, system.constants)
    moving = tuple((name, chosen(expression)) for name, expression in rest.assignments)
    text = 'def bound(constants):\n    """Bind the numbers that hold still during a run."""\n'
    text += unpack(system.constants, "constants", "    ") + prelude.text("    ")
    text += '    def derivatives(time, states, inputs):\n        """Rates of change of every state."""\n'
    text += unpack(system.states, "states", "        ") + unpack(system.inputs, "inputs", "        ")
    text += Lines(moving).text("        ")
    joined = "".join(f"            {rate},\n" for rate in system.rates)
    return f"{text}        return [\n{joined}        ]\n    return derivatives\n"


def start(system: System, constants: NDArray[np.float64], tracks: Tracks) -> NDArray[np.float64]:
    """Return the state at the start, shape (state,).

    Raises:
        NumbersFailedError: naming the quantity that has no value there.
    """
    _, starts = _functions(system)
    with _told(tracks.edges[0]):
        return np.array(starts(constants.tolist(), tracks.at(tracks.edges[0]).tolist()), float)


def integrate(
    system: System,
    constants: NDArray[np.float64],
    tracks: Tracks,
    times: NDArray[np.float64],
    *,
    method: str = METHOD,
    relative_tolerance: float = RELATIVE_TOLERANCE,
) -> Run:
    """Integrate from the first to the last edge of `tracks` and report the states at `times`.

    Args:
        system: the equations.
        constants: one value for each of `system.constants`.
        tracks: the inputs; the solver restarts at each edge, so no step straddles a kink.
        times: increasing decimal years within the edges; shape (time,).
        method: a name `scipy.integrate.solve_ivp` knows.
        relative_tolerance: also scales the absolute one, `system.scales` times this.

    Raises:
        NumbersFailedError: naming the state and the date at which numbers stop being finite.
    """
    tracks = tracks.without_points()
    with _told(tracks.edges[0]):
        derivatives = _functions(system)[0](constants.tolist())
    absolute = relative_tolerance * np.array(system.scales)
    state = start(system, constants, tracks)
    found = np.empty((len(system.states), len(times)))
    filled = int(np.searchsorted(times, tracks.edges[0], side="right"))
    found[:, :filled] = state[:, None]
    evaluations, pace = 0, None
    for segment, (begin, end) in enumerate(zip(tracks.edges[:-1], tracks.edges[1:], strict=True)):
        trouble: list[_Trouble] = []
        rates = _segment(system.states, derivatives, tracks, segment, trouble)
        until = int(np.searchsorted(times, end, side="right"))
        wanted = times[filled:until]
        asked = wanted if len(wanted) and wanted[-1] == end else np.append(wanted, end)
        solution = solve_ivp(
            rates, (begin, end), state, method=method, t_eval=asked, rtol=relative_tolerance, atol=absolute,
            first_step=pace and min(pace, end - begin), dense_output=True,
        )  # fmt: skip
        evaluations += solution.nfev
        if not solution.success or not np.all(np.isfinite(solution.y)):
            if trouble:
                _refuse(system.states, *trouble[-1])
            _report(system.states, solution.t, solution.y, begin)
        state, pace = solution.y[:, -1], _pace(np.diff(solution.sol.ts), pace)
        found[:, filled:until] = solution.y[:, : until - filled]
        filled = until
    return Run(found, evaluations, method, relative_tolerance)


def _pace(steps: NDArray[np.float64], pace: float | None) -> float:
    """Return the step to go on with after a kink: the longer of the last two, for the last may be cut short."""
    before = steps[-2] if len(steps) > 1 else pace or 0.0
    return float(max(steps[-1], before))


#: What Python raises where a formula has no value, and what that means.
_NO_VALUE = (ArithmeticError, ValueError, TypeError)
_MEANING: dict[type[Exception], str] = {
    ZeroDivisionError: "something is divided by zero",
    OverflowError: "something grows beyond all numbers",
}
_OTHERWISE = "a root or a logarithm of a negative number is asked for"

#: The state and the date at which the derivatives could not be worked out, and why.
_Trouble = tuple["NDArray[np.float64]", float, Exception]


def _segment(
    names: Sequence[str],
    derivatives: Any,  # noqa: ANN401 - an emitted function
    tracks: Tracks,
    segment: int,
    trouble: list[_Trouble],
) -> Any:  # noqa: ANN401 - what scipy calls
    """Return `rates(time, state)` for one stretch between kinks.

    A trial step may overshoot to where a root of a negative number is asked for; NaN then tells
    the solver to try a shorter one, as it tells the ensemble engine.
    """
    level, slope, begin = tracks.levels[segment], tracks.slopes[segment], tracks.edges[segment]
    still = level.tolist() if not np.any(slope) else None

    begun = False

    def rates(time: float, state: NDArray[np.float64]) -> NDArray[np.float64]:
        nonlocal begun
        inputs = still or (level + slope * (time - begin)).tolist()
        try:
            changes = np.array(derivatives(time, state.tolist(), inputs), float)
        except _NO_VALUE as reason:
            trouble[:] = [(state, time, reason)]
            changes = np.full(len(state), np.nan)
        if not begun:
            _check_start(names, changes, state, time, trouble)
            begun = True
        return changes

    return rates


def _check_start(
    names: Sequence[str],
    changes: NDArray[np.float64],
    state: NDArray[np.float64],
    begin: float,
    trouble: list[_Trouble],
) -> None:
    """Refuse a stretch that begins without finite rates: scipy would look for a first step for ever."""
    if np.all(np.isfinite(changes)):
        return
    if trouble:
        _refuse(names, *trouble[-1])
    which = names[int(np.argmax(~np.isfinite(state) | ~np.isfinite(changes)))]
    raise NumbersFailedError([_problem(which, begin)])


def _report(names: Sequence[str], times: NDArray[np.float64], states: NDArray[np.float64], begin: float) -> None:
    """Name the first state and date at which numbers stopped being finite."""
    bad = np.argwhere(~np.isfinite(states.T)) if states.size else np.empty((0, 2), int)
    when, which = (times[bad[0][0]], names[bad[0][1]]) if len(bad) else (begin, "the step size")
    raise NumbersFailedError([_problem(which, when)])


def _refuse(names: Sequence[str], state: NDArray[np.float64], time: float, reason: Exception) -> None:
    bad = [name for name, value in zip(names, state, strict=True) if not np.isfinite(value)]
    raise NumbersFailedError([_problem(bad[0], time) if bad else _without_value(reason, time)]) from reason


@contextmanager
def _told(when: float) -> Iterator[None]:
    """Tell what has no value when the run begins."""
    try:
        yield
    except _NO_VALUE as reason:
        raise NumbersFailedError([_without_value(reason, when)]) from reason


def _without_value(reason: Exception, when: float) -> Problem:
    """Name the quantity, or the part of it that holds still, whose emitted line could not be worked out."""
    lines = [frame.line or "" for frame in extract_tb(reason.__traceback__) if frame.filename.startswith("<equations")]
    name, equals, expression = lines[-1].partition(" = ") if lines else ("", "", "")
    which = (expression if name.startswith("lifted_") else name) if equals else "the rates of change"
    return _problem(which, when, f"It has no value in {{}}: {_MEANING.get(type(reason), _OTHERWISE)}.")


def _problem(which: str, when: float, fault: str = "It stopped being a finite number in {}.") -> Problem:
    year, month = int(when), int(when % 1 * 12) + 1
    remedy = "Look at the parameters that were set last; one of them is beyond what the model can bear."
    return Problem(which, fault.format(f"{year}-{month:02d}"), remedy)
