"""The text of a compiled engine: a system's equations, put in place in the stepping of many members.

`print(engine_text(system, lanes=True))` shows what is compiled. The names of the model keep their
spelling; the engine's own end in an underscore where the two meet.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from simulator.integrate import board
from simulator.integrate.lifting import Work, as_written, lift, names_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from simulator.emission import System

#: How many members a compiled engine steps side by side.
WIDTH = 16

_METHOD = ("A", "B", "C", "E", "P", "SAFETY", "MIN_FACTOR", "MAX_FACTOR", "ERROR_EXPONENT")
_HERE = Path(__file__).parent
_MARK = "# --- The equations end here; what follows is the same for every model. ---\n"

_HEAD = '''"""Emitted by simulator.integrate.composition; change nothing here."""

from math import inf, nan, sqrt
from typing import NamedTuple

import numba
import numpy as np

Numbers = Counts = Flags = np.ndarray
'''

_PLAIN_WORDS = '''
from math import exp, log


def minimum(one, other):
    """Return the smaller of two numbers, as Python's `min` does."""
    return other if other < one else one


def maximum(one, other):
    """Return the larger of two numbers, as Python's `max` does."""
    return other if other > one else one
'''

# The liberties leave every check for NaN alone, which full `fastmath` may delete. Nothing allocates,
# so arrays need no counting of references (`_nrt`), a quarter of the time otherwise. One signature,
# so that all is compiled on import, or loaded.
_TAIL = """
WORDS = ("exp", "log", "maximum", "minimum", "power_", "raised_")
OPTIONS = {{"error_model": "numpy", "nogil": True, "_nrt": False, "no_cfunc_wrapper": True, "fastmath": {liberties}}}
for name_, thing_ in list(globals().items()):
    if getattr(thing_, "__module__", "") == __name__ and not isinstance(thing_, type) and name_ != "march":
        globals()[name_] = numba.njit(no_cpython_wrapper=True, forceinline=name_ in WORDS, **OPTIONS)(thing_)
march = numba.njit(
    "void(f8[::1], i8[:, ::1], f8[::1], i8, i8, f8[:, ::1], f8[::1], f8[:, ::1], f8[:, ::1], b1[::1], f8[::1], "
    "i8[::1], f8[::1], f8, i8, f8[:, :, ::1], i8[::1], b1[::1])",
    cache=True,
    **OPTIONS,
)(march)
"""


def engine_text(system: System, *, lanes: bool) -> str:
    """Return the source of an engine.

    Args:
        system: the equations.
        lanes: step many members side by side, work on constants lifted out; else one at a
            time, each formula as written, so that the reference can be met to rounding.
    """
    layout = _Layout(system, lift(system) if lanes else as_written(system), WIDTH if lanes else 1)
    liberties = "{'arcp', 'contract', 'nsz'}" if lanes else "False"
    parts = [
        _HEAD,
        layout.numbers(),
        common("words.py") if lanes else _PLAIN_WORDS,
        layout.prelude(),
        layout.starts(),
        layout.derivatives(),
        common("board.py"),
        common("stepping.py"),
        common("marching.py"),
        _TAIL.format(liberties=liberties),
    ]
    return "\n\n".join(part.strip("\n") + "\n" for part in parts)


class _Layout:
    """Where each quantity stands on the board, and the functions that read and write there."""

    def __init__(self, system: System, work: Work, width: int) -> None:
        self.system, self.work, self.width = system, work, width
        self.given = [name for name in work.fixed if name in system.constants]
        self.fixed = len(system.states)
        self.levels = self.fixed + len(work.fixed)
        self.slopes = self.levels + len(system.inputs)
        self.elapsed = self.slopes + len(system.inputs)
        self.changes = self.elapsed + 1
        self.states = self.changes + len(system.states)

    def numbers(self) -> str:
        """Return the sizes, and the numbers of the method."""
        places = {name: place for place, name in enumerate(self.system.constants)}
        values = {
            "STATE_COUNT": len(self.system.states),
            "FIXED_COUNT": len(self.work.fixed),
            "INPUT_COUNT": len(self.system.inputs),
            "WIDTH": self.width,
            "AS_GIVEN": f"np.array({[places[name] for name in self.given]}, np.int64)",
            **{name: getattr(board, name) for name in _METHOD},
        }
        return "".join(f"{name} = {value}\n" for name, value in values.items())

    def prelude(self) -> str:
        """Return the function that does, once a run, the work on constants alone."""
        lifted = dict(self.work.prelude)
        lines = _taken(self.system.constants, "constants_", lifted.values())
        lines += [f"{name} = {text}" for name, text in lifted.items()]
        rows = enumerate(self.work.fixed, self.fixed)
        lines += [f"{self.at(row)} = {name}" for row, name in rows if name in lifted]
        return _function("prelude(constants_, board_, lane_)", lines)

    def starts(self) -> str:
        """Return the function that sets the initial states; running totals start at zero."""
        given = dict(self.system.starts)
        lines = _taken(self.system.constants, "constants_", given.values())
        lines += _taken(self.system.inputs, "inputs_", given.values())
        lines += [f"{name} = {text}" for name, text in given.items()]
        rows = enumerate(self.system.states, self.states)
        lines += [f"{self.at(row)} = {name if name in given else 0.0}" for row, name in rows]
        return _function("starts(constants_, inputs_, board_, lane_)", lines)

    def derivatives(self) -> str:
        """Return the function that sets the rates of change in every lane."""
        used = names_in([*(text for _, text in self.work.rest), *self.work.rates])
        still = enumerate((*self.system.states, *self.work.fixed))
        lines = [f"{name} = {self.at(row)}" for row, name in still if name in used]
        lines += [f"elapsed_ = {self.at(self.elapsed)}"]
        for place, name in enumerate(self.system.inputs):
            if name in used:
                lines.append(f"{name} = {self.at(self.levels + place)} + {self.at(self.slopes + place)} * elapsed_")
        lines += [f"{name} = {text}" for name, text in self.work.rest]
        lines += [f"{self.at(row)} = {text}" for row, text in enumerate(self.work.rates, self.changes)]
        return _function("derivatives(board_)", ["for lane_ in range(WIDTH):", *(f"    {line}" for line in lines)])

    def at(self, row: int) -> str:
        """Return how a row of the board is spelt, in the lane at hand."""
        return f"board_[{row * self.width} + lane_]"


def _taken(names: Sequence[str], array: str, formulas: Iterable[str]) -> list[str]:
    """Return lines that take from an array the names that some formulas use."""
    used = names_in(formulas)
    return [f"{name} = {array}[{place}]" for place, name in enumerate(names) if name in used]


def _function(signature: str, lines: Sequence[str]) -> str:
    body = "".join(f"    {line}\n" for line in lines or ["pass"])
    return f"def {signature}:\n{body}"


def common(name: str) -> str:
    """Return the part of a module that every engine has in common."""
    return (_HERE / name).read_text(encoding="utf-8").partition(_MARK)[2]
