"""Stopping: on Ctrl-C, at the wish of a cluster's scheduler, or because the disk is full."""

from __future__ import annotations

import errno
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from simulator.errors import Problem, SimulatorError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class StoppedError(SimulatorError):
    """A sweep that ended before its end, with all finished blocks in place."""

    #: Whether somebody asked for it, by Ctrl-C or through the scheduler of a cluster.
    interrupted = False


@contextmanager
def interruptible() -> Iterator[threading.Event]:
    """Turn the first Ctrl-C (or the scheduler's SIGTERM) into a wish to stop; the second one insists."""
    wish = threading.Event()

    def hear(number: int, _frame: object) -> None:
        if wish.is_set():
            raise KeyboardInterrupt
        wish.set()
        del number

    if threading.current_thread() is not threading.main_thread():
        yield wish
        return
    before = {number: signal.signal(number, hear) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield wish
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def stopping_cleanly(place: Path) -> Iterator[None]:
    """Say what is left and how to go on, whatever stops a sweep."""
    remedy = "Go on with the same command and --resume."
    try:
        yield
    except KeyboardInterrupt:
        problem = Problem(str(place), "Stopped; every finished block is in place.", remedy)
        stopped = StoppedError([problem])
        stopped.interrupted = True
        raise stopped from None
    except OSError as error:
        fault = f"{(error.strerror or str(error)).rstrip('.')}; every finished block is in place."
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            fault, remedy = "The disk is full; every finished block is in place.", f"Free some space. {remedy}"
        raise StoppedError([Problem(str(error.filename or place), fault, remedy)]) from error
