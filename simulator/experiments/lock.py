"""One writer at a time: a lock that says who holds it, and that a dead process does not keep.

The operating system frees the lock when its holder dies, however it dies. The text in it tells
whoever waits where the holder runs; a text from another machine is believed, because not every
shared disk passes locks on.
"""

from __future__ import annotations

import json
import os
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

from simulator.errors import Problem, SimulatorError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock at `path` for the time of the block.

    Raises:
        SimulatorError: when somebody else holds it, naming process and machine.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        if not _seized(handle):
            raise _taken(path, _holder(handle))
        holder = _holder(handle)
        if holder and holder["host"] != socket.gethostname():
            raise _taken(path, holder)
        _write(handle, json.dumps({"pid": os.getpid(), "host": socket.gethostname()}))
        try:
            yield
        finally:
            _write(handle, "")
    finally:
        os.close(handle)


def holder(path: Path) -> dict[str, str]:
    """Return `pid` and `host` of the process that holds the lock, or nothing if none does."""
    try:
        handle = os.open(path, os.O_RDWR)
    except OSError:
        return {}
    try:
        found = _holder(handle)
        free = _seized(handle) and found.get("host") in (None, socket.gethostname())
        return {} if free else found
    finally:
        os.close(handle)


def _seized(handle: int) -> bool:
    """Take the lock of the operating system, unless somebody has it."""
    try:
        import fcntl
    except ImportError:  # pragma: no cover - Windows: the text is all there is
        return not _holder(handle)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _holder(handle: int) -> dict[str, str]:
    os.lseek(handle, 0, os.SEEK_SET)
    try:
        found = json.loads(os.read(handle, 4096) or b"{}")
    except ValueError:
        return {}
    return {key: str(found[key]) for key in ("pid", "host") if key in found} if isinstance(found, dict) else {}


def _write(handle: int, text: str) -> None:
    os.ftruncate(handle, 0)
    os.lseek(handle, 0, os.SEEK_SET)
    os.write(handle, text.encode())


def _taken(path: Path, by: dict[str, str]) -> SimulatorError:
    where = f"process {by.get('pid', '?')} on {by.get('host', 'an unknown machine')}"
    remedy = f"Wait for it; if that process is gone, remove {path} and run again with --resume."
    return SimulatorError([Problem(str(path.parent), f"It is being written by {where}.", remedy)])
