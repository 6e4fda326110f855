"""Whatever goes wrong becomes a sentence and an exit code, never a traceback unless asked for."""

from __future__ import annotations

import errno
import os
import shlex
import sys
from typing import Any

import typer
from typer.core import TyperGroup

WELL, OURS, INVALID, CHECK_FAILED, INTERRUPTED, BROKEN_PIPE = 0, 1, 2, 3, 130, 141

_ARGUMENTS = "simulator.arguments"
_DEBUG = "--debug"

#: What an operating system says, in words for whoever chose the place.
_OBSTACLES: dict[int | None, tuple[str, str]] = {
    errno.EACCES: ("You may not write or read there.", "Choose another place."),
    errno.EPERM: ("You may not write or read there.", "Choose another place."),
    errno.EROFS: ("That disk can only be read.", "Choose another place."),
    errno.ENOSPC: ("The disk is full.", "Free some space, or choose another place."),
    errno.EDQUOT: ("Your share of the disk is used up.", "Free some space, or choose another place."),
    errno.EISDIR: ("This is a directory.", "Name a file, such as results.nc."),
    errno.ENOTDIR: ("A file stands where a folder should be.", "Choose another place."),
    errno.EEXIST: ("A file stands where a folder should be.", "Choose another place."),
    errno.ENAMETOOLONG: ("The name is too long.", "Choose a shorter one."),
    errno.ENOENT: ("There is no such file or folder.", "Look at the spelling."),
}


class Guarded(TyperGroup):
    """The group of all commands: `--debug` may stand anywhere, and every error ends in an exit code."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer's context, public or vendored
        """Keep what was typed, and take `--debug` from wherever it stands."""
        ctx.meta[_ARGUMENTS] = list(args)
        ctx.meta[_DEBUG] = _DEBUG in args
        return super().parse_args(ctx, [word for word in args if word != _DEBUG] or args)

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - same
        """Run the command; turn what it raises into a message and a code."""
        try:
            found = super().invoke(ctx)
            sys.stdout.flush()
        except KeyboardInterrupt:
            sys.stderr.write("\nStopped. Nothing was left half-written.\n")
            raise typer.Exit(INTERRUPTED) from None
        except Exception as error:
            if isinstance(error, (typer.Exit, typer.Abort)) or hasattr(error, "show"):
                raise  # typer's own: a wrong option, or a code that a command chose
            code = explained(error, traceback=ctx.meta[_DEBUG])
            raise typer.Exit(code) from None
        return found


def typed(ctx: typer.Context) -> str:
    """Return the command as it was typed, for the record."""
    return "fentsim " + shlex.join(ctx.find_root().meta.get(_ARGUMENTS, []))


def explained(error: Exception, *, traceback: bool) -> int:
    """Say on stderr what went wrong and what to do; return the exit code."""
    from simulator.errors import NumbersFailedError, SimulatorError

    if isinstance(error, BrokenPipeError):
        _let_go_of_stdout()
        return BROKEN_PIPE
    if traceback:
        import traceback as tracebacks

        tracebacks.print_exception(error)
    if isinstance(error, SimulatorError):
        sys.stderr.write(f"{error}\n")
        return OURS if isinstance(error, NumbersFailedError) else INVALID
    if isinstance(error, OSError):
        sys.stderr.write(f"{obstacle(error)}\n")
        return INVALID
    if isinstance(error, MemoryError):
        sys.stderr.write("members: They do not fit into memory. Ask for fewer.\n")
        return INVALID
    hint = "" if traceback else " Run again with --debug, and report what it shows."
    sys.stderr.write(f"This is a fault of the simulator, not yours: {type(error).__name__}: {error}.{hint}\n")
    return OURS


def obstacle(error: OSError) -> str:
    """Return `place: fault remedy` for what the operating system refused."""
    place = error.filename2 or error.filename or "the file"
    said = error.strerror or str(error)
    fault, remedy = _OBSTACLES.get(error.errno, (f"It could not be written or read ({said}).", "Choose another place."))
    return f"{os.fsdecode(place)}: {fault} {remedy}"


def _let_go_of_stdout() -> None:
    """Nobody reads any more: leave without a second complaint when Python flushes at its end."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
    except (OSError, ValueError):  # stdout is no real file, as in tests
        return
