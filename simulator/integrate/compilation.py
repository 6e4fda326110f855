"""From equations to a compiled engine: composed as text, kept in a cache, loaded from there.

The text of an engine is a real file, so that numba can keep its machine code beside it and a
second process starts at once. Its name is a hash of everything the machine code depends on.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
import tempfile
import time
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from simulator.integrate.lifting import Work, as_written, lift

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from simulator.emission import System

#: How many members a compiled engine steps side by side.
WIDTH = 16

#: Liberties the compiler may take: none that would delete a check for NaN.
LIBERTIES = ("arcp", "contract", "nsz")

_MARK = "# --- The equations end here; what follows is the same for every model. ---\n"
_HERE = Path(__file__).parent


@lru_cache(maxsize=32)
def engine(system: System, *, lanes: bool) -> ModuleType:
    """Return the compiled engine of a system, from the cache where possible."""
    text = engine_text(system, lanes=lanes)
    name = f"equations_{_fingerprint(text)}"
    path = _cache() / f"{name}.py"
    if not path.exists():
        _write(path, text)
    if not any(path.parent.glob(f"__pycache__/{name}.*.nbi")):
        seconds = 3 + len(system.assignments) // 20
        sys.stderr.write(f"Compiling the equations once; about {seconds} seconds.\n")
    specification = importlib.util.spec_from_file_location(name, path)
    if specification is None or specification.loader is None:  # pragma: no cover - a .py file has a loader
        raise ImportError(name)
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module
    specification.loader.exec_module(module)
    return module


def engine_text(system: System, *, lanes: bool) -> str:
    """Return the source of the engine: constants, words, equations, stepping, compilation."""
    work = lift(system) if lanes else as_written(system)
    parts = [
        '"""Emitted by simulator.integrate.compilation; edit nothing here."""\n',
        "import numba\nimport numpy as np\nfrom typing import NamedTuple\n",
        _numbers_text(system, work, WIDTH if lanes else 1),
        _words_text(lanes=lanes),
        _prelude_text(system, work),
        _starts_text(system, work),
        _derivatives_text(system, work),
        _after_mark("kernel.py"),
        _compile_text(lanes=lanes),
    ]
    return "\n\n".join(parts)


def _numbers_text(system: System, work: Work, width: int) -> str:
    """Return sizes and the tableau; scipy's own, so that ours cannot differ."""
    from scipy.integrate import RK45
    from scipy.integrate._ivp import rk

    rows = [tuple(row[:stage].tolist()) for stage, row in enumerate(RK45.A)]
    values = {
        "STATE_COUNT": len(system.states),
        "FIXED_COUNT": len(work.fixed),
        "INPUT_COUNT": len(system.inputs),
        "WIDTH": width,
        "A": tuple(rows),
        "B": tuple(RK45.B.tolist()),
        "C": tuple(RK45.C.tolist()),
        "E": tuple(RK45.E.tolist()),
        "P": tuple(tuple(row) for row in RK45.P.tolist()),
        "SAFETY": float(rk.SAFETY),
        "MIN_FACTOR": float(rk.MIN_FACTOR),
        "MAX_FACTOR": float(rk.MAX_FACTOR),
        "ERROR_EXPONENT": -1 / (RK45.error_estimator_order + 1),
    }
    return "Numbers = Counts = Flags = np.ndarray\n" + "".join(f"{name} = {value}\n" for name, value in values.items())


def _words_text(*, lanes: bool) -> str:
    if lanes:
        return "sqrt = np.sqrt\n\n" + _after_mark("words.py")
    return "from math import exp, log, sqrt\n\n" + _ORDER


_ORDER = '''
def minimum(one, other):
    """Return the smaller of two numbers, as Python's `min` does."""
    return other if other < one else one


def maximum(one, other):
    """Return the larger of two numbers, as Python's `max` does."""
    return other if other > one else one
'''


def _prelude_text(system: System, work: Work) -> str:
    lines = [_unpack(system.constants, "constants_")] + [f"{name} = {text}" for name, text in work.prelude]
    lines += [f"board_[{row} * WIDTH + lane_] = {name}" for row, name in enumerate(work.fixed, len(system.states))]
    return _function("prelude(constants_, board_, lane_)", lines)


def _starts_text(system: System, work: Work) -> str:
    lines = [_unpack(system.constants, "constants_"), _unpack(system.inputs, "inputs_")]
    lines += [f"{name} = {text}" for name, text in system.starts]
    given = {name for name, _ in system.starts}
    for row, name in enumerate(system.states, 2 * len(system.states) + len(work.fixed) + 2 * len(system.inputs) + 1):
        lines.append(f"board_[{row} * WIDTH + lane_] = {name if name in given else 0.0}")
    return _function("starts(constants_, inputs_, board_, lane_)", lines)


def _derivatives_text(system: System, work: Work) -> str:
    levels, moving = len(system.states) + len(work.fixed), len(system.inputs)
    lines = [f"{name} = board_[{row} * WIDTH + lane_]" for row, name in enumerate((*system.states, *work.fixed))]
    lines += [f"elapsed_ = board_[{levels + 2 * moving} * WIDTH + lane_]"]
    lines += [
        f"{name} = board_[{row} * WIDTH + lane_] + board_[{row + moving} * WIDTH + lane_] * elapsed_"
        for row, name in enumerate(system.inputs, levels)
    ]
    lines += [f"{name} = {text}" for name, text in work.rest]
    first = levels + 2 * moving + 1
    lines += [f"board_[{row} * WIDTH + lane_] = {text}" for row, text in enumerate(work.rates, first)]
    body = ["for lane_ in range(WIDTH):"] + [f"    {line}" for line in lines]
    return _function("derivatives(board_)", body)


def _function(signature: str, lines: Iterable[str]) -> str:
    body = "".join(f"    {line}\n" for line in lines if line)
    return f"def {signature}:\n{body or '    pass'}\n"


def _unpack(names: Sequence[str], array: str) -> str:
    return "; ".join(f"{name} = {array}[{row}]" for row, name in enumerate(names))


def _compile_text(*, lanes: bool) -> str:
    liberties = f"{{{', '.join(repr(word) for word in LIBERTIES)}}}" if lanes else "False"
    return f"""
_options = dict(error_model="numpy", fastmath={liberties}, nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
for _name, _thing in list(globals().items()):
    if type(_thing).__name__ == "function" and _name != "march" and _thing.__module__ == __name__:
        globals()[_name] = numba.njit(**_options, forceinline=_name in ('exp', 'log', 'power', 'raised', 'minimum', 'maximum'))(_thing)
_numbers, _cube = numba.float64[::1], numba.float64[:, :, ::1]
_table, _counts, _flags = numba.float64[:, ::1], numba.int64[::1], numba.boolean[::1]
march = numba.njit(
    (numba.int64, numba.int64, _table, _numbers, _table, _table, _numbers, _counts, _numbers,
     numba.float64, numba.int64, _cube, _counts, _flags),
    cache=True, **(_options | dict(no_cpython_wrapper=False)),
)(march)
"""


def _after_mark(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8").partition(_MARK)[2]


def _fingerprint(text: str) -> str:
    import llvmlite
    import numba
    import numpy as np

    processor = llvmlite.binding.get_host_cpu_name() + llvmlite.binding.get_host_cpu_features().flatten()
    versions = [sys.version, numba.__version__, llvmlite.__version__, np.__version__, processor]
    return hashlib.sha256("\n".join([text, *versions]).encode()).hexdigest()[:16]


@lru_cache(maxsize=1)
def _cache() -> Path:
    """Return a folder we may write to: FENTSIM_CACHE, ~/.cache/fentsim, or a passing one."""
    wanted = os.environ.get("FENTSIM_CACHE") or os.path.expanduser("~/.cache/fentsim")
    for folder in (Path(wanted), Path(tempfile.gettempdir()) / f"fentsim-{os.getuid()}"):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    return Path(tempfile.mkdtemp(prefix="fentsim-"))


def _write(path: Path, text: str) -> None:
    """Write under another name, then rename: a reader sees all of it or none."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, suffix=".part", delete=False, encoding="utf-8") as file:
        file.write(text)
    Path(file.name).replace(path)


def load_seconds(system: System, *, lanes: bool) -> float:
    """Load or compile the engine, and return how long that took."""
    begun = time.perf_counter()
    engine(system, lanes=lanes)
    return time.perf_counter() - begun
