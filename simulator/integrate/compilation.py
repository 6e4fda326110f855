"""Compiled engines, kept in a cache on disk and loaded from there.

The text of an engine is a real file, so that numba can keep its machine code beside it, a second
process starts at once, and a traceback quotes the line. Its name is a hash of the text and of all
else the machine code depends on; nothing in the cache ever goes stale, and all of it may be
deleted at any time.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import sys
import tempfile
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from simulator.integrate.composition import engine_text

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from types import ModuleType

    from simulator.emission import System

_one_at_a_time = Lock()


def engine(system: System, *, lanes: bool) -> ModuleType:
    """Return the compiled engine of a system: from memory, else from the cache, else compiled."""
    with _one_at_a_time:
        return _engine(system, lanes=lanes)


@lru_cache(maxsize=32)
def _engine(system: System, *, lanes: bool) -> ModuleType:
    seconds = 6 + (len(system.states) + len(system.assignments)) // 30
    return _compiled(engine_text(system, lanes=lanes), "equations", seconds)


def text_compiled(text: str, kind: str, seconds: int) -> ModuleType:
    """Return emitted text as a module: from memory, else from the cache, else compiled.

    Args:
        text: what to compile.
        kind: the beginning of its name in the cache.
        seconds: about how long compiling takes, for whoever waits.
    """
    with _one_at_a_time:
        return _known(text, kind, seconds)


@lru_cache(maxsize=16)
def _known(text: str, kind: str, seconds: int) -> ModuleType:
    return _compiled(text, kind, seconds)


def _compiled(text: str, kind: str, seconds: int) -> ModuleType:
    name = f"{kind}_{_fingerprint(text)}"
    path = folder() / f"{name}.py"
    if not path.exists():
        _write(path, text)
    with _announcement(seconds):
        return _imported(name, path)


def _announcement(seconds: int) -> AbstractContextManager[object]:
    """Return a context in which the first compilation, if any, is announced on stderr."""
    from numba.core import event

    class Announcement(event.Listener):
        said = False

        def on_start(self, event: object) -> None:  # noqa: ARG002 - which one does not matter
            if not self.said:
                sys.stderr.write(f"Compiling the equations once; about {seconds} seconds.\n")
                self.said = True

        def on_end(self, event: object) -> None:
            pass

    found: AbstractContextManager[object] = event.install_listener("numba:compile", Announcement())
    return found


def _imported(name: str, path: Path) -> ModuleType:
    specification = importlib.util.spec_from_file_location(name, path)
    if specification is None or specification.loader is None:  # pragma: no cover - a .py file has a loader
        raise ImportError(name)
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module
    specification.loader.exec_module(module)
    return module


def _fingerprint(text: str) -> str:
    """Return a name for an engine: its text, the compiler and the processor."""
    import llvmlite.binding  # type: ignore[import-untyped]
    import numba
    import numpy as np

    processor = llvmlite.binding.get_host_cpu_name() + llvmlite.binding.get_host_cpu_features().flatten()
    versions = (platform.python_version(), numba.__version__, llvmlite.__version__, np.__version__)
    return hashlib.sha256("\n".join((text, *versions, processor)).encode()).hexdigest()[:16]


def folder() -> Path:
    """Return where engines are kept: FENTSIM_CACHE, else ~/.cache/fentsim, else a passing folder."""
    wanted = os.environ.get("FENTSIM_CACHE")
    try:
        chosen = Path(wanted) if wanted else Path.home() / ".cache" / "fentsim"
        chosen.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):  # the latter where nobody has a home
        return _passing()
    return chosen if os.access(chosen, os.W_OK | os.X_OK) else _passing()


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@lru_cache(maxsize=1)
def _passing() -> Path:
    return Path(tempfile.mkdtemp(prefix="fentsim-"))


def _write(path: Path, text: str) -> None:
    """Write under another name, then rename, so that a reader sees all of it or none."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, suffix=".part", delete=False, encoding="utf-8") as file:
        file.write(text)
    Path(file.name).replace(path)
