"""The C form of the equations: compiled by gcc into a passing folder, called through ctypes."""

from __future__ import annotations

import ctypes
import math
import shutil
import subprocess
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.absence import AbsentError
from simulator.export.c import c_source

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.problem import Array
    from simulator.emission import System
    from simulator.integrate.tracks import Tracks

STEPS_A_YEAR = 48
PLAIN = ("-O3", "-march=native")
#: Leave to reorder sums and to call the vector forms of `exp` and `log` in the C library.
TUNED = (*PLAIN, "-ffast-math", "-fopenmp-simd", "-mprefer-vector-width=512")

_HAIR = 1e-9  # years


def built(system: System, folder: Path, *, lanes: int, lifted: bool, flags: tuple[str, ...]) -> ctypes.CDLL:
    """Compile and load; ctypes lets go of Python's lock while C runs.

    Raises:
        AbsentError: when there is no C compiler.
    """
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        raise AbsentError("no C compiler here")
    name = f"equations_{lanes}_{lifted}_{len(system.states)}"
    source, library = folder / f"{name}.c", folder / f"{name}.so"
    source.write_text(c_source(system, lanes=lanes, lifted=lifted), encoding="utf-8")
    asked = [compiler, *flags, "-shared", "-fPIC", "-o", str(library), str(source), "-lm"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AbsentError(f"the C compiler refuses: {done.stderr[:200]}")
    return ctypes.CDLL(str(library))


def integrator(
    library: ctypes.CDLL, system: System, tracks: Tracks, times: Array, steps_a_year: int = STEPS_A_YEAR
) -> Callable[[Array], Array]:
    """Return what integrates members, shape (member, constant), to states, shape (member, state, time)."""
    lengths, inputs, places = grid(tracks, times, steps_a_year)

    def pointer(array: np.ndarray) -> ctypes.c_void_p:
        return array.ctypes.data_as(ctypes.c_void_p)

    def run(constants: Array) -> Array:
        members = np.ascontiguousarray(constants, float)
        found = np.empty((len(members), len(times), len(system.states)))
        library.integrate(
            ctypes.c_long(len(members)), pointer(members), ctypes.c_long(len(lengths)), pointer(lengths),
            pointer(inputs), pointer(places), ctypes.c_long(len(times)), pointer(found),
        )  # fmt: skip
        return found.transpose(0, 2, 1)

    return run


def grid(tracks: Tracks, times: Array, steps_a_year: int = STEPS_A_YEAR) -> tuple[Array, Array, np.ndarray]:
    """Return steps, no longer than asked, that meet every kink and every wanted time.

    Returns:
        Their lengths, shape (step,); the inputs at begin and end of each, shape (step, 2, input);
        and the number of the wanted time at the end of each, or -1.
    """
    dates = np.sort(np.concatenate([tracks.edges, times]))
    dates = dates[np.append(True, np.diff(dates) > _HAIR)]
    lengths, inputs, places = [], [], []
    for begin, end in pairwise(dates):
        segment = int(np.searchsorted(tracks.edges, begin + _HAIR, side="right")) - 1
        count = math.ceil((end - begin) * steps_a_year - _HAIR)
        marks = np.linspace(begin, end, count + 1)
        moved = tracks.levels[segment] + tracks.slopes[segment] * (marks[:, None] - tracks.edges[segment])
        lengths += [(end - begin) / count] * count
        inputs += list(np.stack([moved[:-1], moved[1:]], axis=1))
        wanted = np.flatnonzero(np.abs(times - end) < _HAIR)
        places += [-1] * (count - 1) + [int(wanted[0]) if len(wanted) else -1]
    return np.array(lengths), np.ascontiguousarray(inputs), np.array(places, np.int64)
