"""Backward through a run: what a change of any number would do to a result, at the price of a few runs.

The result is a function of states at some instants. Its slopes with respect to the state of an
instant obey a linear equation that runs backwards in time (the adjoint equation: Pontryagin;
Chavent 1974); it is solved by the midpoint rule on a fixed grid, along states that were
written down on the way there. So the slopes are near, not exact: good enough to show a
sampler or a search the way, which both find out for themselves how far to go.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.emission import compiled, unpack
from simulator.integrate.compilation import processors, text_compiled
from simulator.integrate.composition import WIDTH, common
from simulator.integrate.lifting import lift
from simulator.integrate.reversal import Tape, renamed

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.emission import System
    from simulator.integrate.lifting import Work
    from simulator.integrate.tracks import Tracks

Array = np.ndarray[Any, np.dtype[np.float64]]

#: Inputs just before a jump are those at the end of what came before.
_JUST = 1e-9

_HEAD = '''"""Emitted by simulator.integrate.backward; change nothing here."""

from math import inf, nan, sqrt

import numba
import numpy as np
'''

_DESCEND = '''
def descend(board_, states_, inputs_, lengths_, seeds_, each_, fixed_, worth_, worth_fixed_):
    """Carry what states are worth from the last instant to the first, in every lane."""
    last_, stocks_, totals_ = len(states_) - 1, states_.shape[2], seeds_.shape[2]
    for place_ in range(STATE_COUNT * WIDTH):
        worth_[place_] = 0.0
        board_[place_] = 0.0
    for place_ in range(FIXED_COUNT * WIDTH):
        board_[FIXED + place_] = fixed_[place_]
        worth_fixed_[place_] = 0.0
    for step_ in range(len(lengths_) - 1, -1, -1):
        length_ = lengths_[step_]
        if (step_ + 1) % each_ == 0:
            for lane_ in range(WIDTH):
                for total_ in range(totals_):
                    seed_ = seeds_[min(lane_, last_), (step_ + 1) // each_, total_]
                    worth_[(STATE_COUNT - totals_ + total_) * WIDTH + lane_] += seed_
        for lane_ in range(WIDTH):
            for state_ in range(stocks_):
                board_[state_ * WIDTH + lane_] = states_[min(lane_, last_), step_ + 1, state_]
        for place_ in range(STATE_COUNT * WIDTH):
            board_[WORTH + place_] = worth_[place_]
        pull(board_, inputs_[2 * step_ + 1])
        for lane_ in range(WIDTH):
            for state_ in range(stocks_):
                board_[state_ * WIDTH + lane_] += states_[min(lane_, last_), step_, state_]
                board_[state_ * WIDTH + lane_] *= 0.5
        for place_ in range(STATE_COUNT * WIDTH):
            board_[WORTH + place_] = worth_[place_] + 0.5 * length_ * board_[CHANGE + place_]
        pull(board_, inputs_[2 * step_])
        for place_ in range(STATE_COUNT * WIDTH):
            worth_[place_] += length_ * board_[CHANGE + place_]
        for place_ in range(FIXED_COUNT * WIDTH):
            worth_fixed_[place_] += length_ * board_[CHANGE_FIXED + place_]
'''

_TAIL = """
WORDS = ("exp", "log", "maximum", "minimum", "pick_", "power_", "raised_")
OPTIONS = {"error_model": "numpy", "nogil": True, "_nrt": False, "no_cfunc_wrapper": True,
           "fastmath": {"arcp", "contract", "nsz"}}
for name_, thing_ in list(globals().items()):
    if getattr(thing_, "__module__", "") == __name__ and not isinstance(thing_, type) and name_ != "descend":
        globals()[name_] = numba.njit(no_cpython_wrapper=True, forceinline=name_ in WORDS, **OPTIONS)(thing_)
descend = numba.njit(
    "void(f8[::1], f8[:, :, ::1], f8[:, ::1], f8[::1], f8[:, :, ::1], i8, f8[::1], f8[::1], f8[::1])",
    cache=True,
    **OPTIONS,
)(descend)
"""


def backward_text(system: System) -> str:
    """Return the source that carries worths backwards, sixteen members side by side."""
    work = lift(system)
    states, fixed = len(system.states), len(work.fixed)
    numbers = {
        "WIDTH": WIDTH,
        "STATE_COUNT": states,
        "FIXED_COUNT": fixed,
        "FIXED": states * WIDTH,
        "WORTH": (states + fixed) * WIDTH,
        "CHANGE": (2 * states + fixed) * WIDTH,
        "CHANGE_FIXED": (3 * states + fixed) * WIDTH,
        "BOARD_ROWS": 3 * states + 2 * fixed,
    }
    sizes = "".join(f"{name} = {value}\n" for name, value in numbers.items())
    parts = (_HEAD, sizes, common("words.py"), _pull(system, work), _DESCEND, _TAIL)
    return "\n\n".join(part.strip("\n") + "\n" for part in parts)


def _pull(system: System, work: Work) -> str:
    """Return the function that turns worths of rates into worths of states and of what holds still."""
    leaves = (*system.states, *work.fixed)
    tape = Tape(leaves)
    for name, expression in work.rest:
        tape.read(name, expression)
    for place, rate in enumerate(work.rates):
        tape.read(f"rate_{place}_", rate)
    count = len(system.states)
    lines = [f"{name} = board_[{row * WIDTH} + lane_]" for row, name in enumerate(leaves)]
    lines += tape.forward()
    worths = {f"rate_{place}_": f"board_[WORTH + {place * WIDTH} + lane_]" for place in range(count)}
    back, worth = tape.backward(worths)
    lines += back
    for row, name in enumerate(leaves):
        at = f"CHANGE + {row * WIDTH}" if row < count else f"CHANGE_FIXED + {(row - count) * WIDTH}"
        lines.append(f"board_[{at} + lane_] = {f'bar_{name}' if name in worth else '0.0'}")
    given = [f"{name} = inputs_[{place}]" for place, name in enumerate(system.inputs)]
    body = "".join(f"    {line}\n" for line in (*given, "for lane_ in range(WIDTH):"))
    return f"def pull(board_, inputs_):\n{body}" + "".join(f"        {line}\n" for line in lines)


_WORDS: dict[str, Any] = {
    "minimum": np.minimum, "maximum": np.maximum, "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "pick_": np.where,
}  # fmt: skip


@lru_cache(maxsize=8)
def _before(system: System) -> tuple[tuple[str, ...], Callable[..., Any], Callable[..., Any]]:
    """Return what holds still, and two functions on whole arrays.

    The first works out what holds still from the constants; the second says what each constant is
    worth when the initial states and what holds still are worth something.
    """
    work, constants = lift(system), unpack(system.constants, "constants_", "    ")
    text = f'def still(constants_):\n    """What holds still during a run."""\n{constants}'
    text += "".join(f"    {name} = {expression}\n" for name, expression in work.prelude)
    still = compiled("still", f"{text}    return [{', '.join(work.fixed)}]\n", _WORDS)

    tape = Tape(system.constants)
    for name, expression in work.prelude:
        tape.read(name, expression)
    begun = {name: f"first_{name}" for name, _ in system.starts}
    for name, expression in system.starts:
        tape.read(begun[name], renamed(expression, begun))
    worths = {begun[name]: f"worth_[{place}]" for place, name in enumerate(system.states) if name in begun}
    worths |= {name: f"worth_fixed_[{place}]" for place, name in enumerate(work.fixed)}
    back, worth = tape.backward(worths)
    text = 'def given(constants_, inputs_, worth_, worth_fixed_):\n    """What each constant is worth."""\n'
    text += constants + unpack(system.inputs, "inputs_", "    ")
    text += "".join(f"    {line}\n" for line in (*tape.forward(), *back))
    joined = ", ".join(f"bar_{name}" if name in worth else "0.0" for name in system.constants)
    return work.fixed, still, compiled("given", f"{text}    return [{joined}]\n", _WORDS)


@lru_cache(maxsize=8)
def _code(system: System) -> Any:  # noqa: ANN401 - a module of compiled code
    return text_compiled(backward_text(system), "backward", len(system.assignments) // 5)


@lru_cache(maxsize=8)
def _inputs(tracks: Tracks, times: tuple[float, ...]) -> Array:
    """Return the inputs in the middle of each step and just before its end, in turn."""
    wanted = [each for begin, end in pairwise(times) for each in ((begin + end) / 2, end - _JUST)]
    return np.array([tracks.at(time) for time in wanted])


def descend(system: System, constants: Array, tracks: Tracks, times: Array, states: Array, seeds: Array) -> Array:
    """Return the slope of a result with respect to every constant; shape (member, constant).

    Args:
        system: the equations; running totals, on which nothing rests, stand last among its states.
        constants: shape (member, constant).
        tracks: the inputs along which the states moved.
        times: at which steps begin and end, from the start; half way states are taken for the mean; shape (step + 1,).
        states: those that are no totals, at `times`, in any order of memory; shape (member, time, state).
        seeds: slope of the result with respect to each total at the start, and evenly many steps
            from each other up to the end; shape (member, instant, total).
    """
    code, (fixed, still, given) = _code(system), _before(system)
    members, count = len(states), len(system.states)
    with np.errstate(all="ignore"):
        holding = _rows(still(list(constants.T)), members)
    lengths, inputs = np.diff(times), _inputs(tracks, tuple(times.tolist()))
    each = len(lengths) // (seeds.shape[1] - 1)
    worth, worth_fixed = np.empty((members, count)), np.empty((members, len(fixed)))

    def block(first: int) -> None:
        mine = slice(first, min(first + WIDTH, members))
        lanes = np.minimum(np.arange(first, first + WIDTH), members - 1)
        board, begun, begun_fixed = (np.zeros(rows * WIDTH) for rows in (code.BOARD_ROWS, count, len(fixed)))
        code.descend(
            board, np.ascontiguousarray(states[mine]), inputs, lengths, seeds[mine], each,
            np.ascontiguousarray(holding[:, lanes]).reshape(-1), begun, begun_fixed,
        )  # fmt: skip
        own = mine.stop - first
        worth[mine] = begun.reshape(count, WIDTH).T[:own]
        worth_fixed[mine] = begun_fixed.reshape(len(fixed), WIDTH).T[:own]

    with ThreadPoolExecutor(processors()) as workers:
        list(workers.map(block, range(0, members, WIDTH)))
    with np.errstate(all="ignore"):
        slopes = given(list(constants.T), list(tracks.levels[0]), worth.T, worth_fixed.T)
    return _rows(slopes, members).T


def _rows(each: list[Array | float], members: int) -> Array:
    """Return what there is for all members or for each as one array; shape (len(each), member)."""
    rows = np.empty((len(each), members))
    for row, values in enumerate(each):
        rows[row] = values
    return rows
