"""The command line: `fentsim`, one small file a family of commands.

The only place that prints. Tables go to stdout, everything else to stderr. Whatever is heavy
is imported inside the commands, so that `fentsim --help` answers at once.
"""

from __future__ import annotations

import gc
import signal
import sys
from typing import Annotated

import typer

from simulator.cli import (
    calibrating,
    comparing,
    debating,
    discovering,
    doctoring,
    judging,
    listing,
    running,
    scoring,
    sensing,
    showing,
    sweep,
    touring,
    validating,
    weighing,
)
from simulator.cli.guarding import INTERRUPTED, Guarded

_EPILOG = (
    "Begin with: fentsim tour. What exists: fentsim scenarios. What a name means: fentsim show NAME. "
    "Results of every command go to the folder FENTSIM_OUTPUTS, if it is set, else to outputs/ of the checkout, "
    "else to outputs/ right here."
)

app = typer.Typer(
    name="fentsim",
    cls=Guarded,
    help="Weigh policies against the fentanyl crisis: a system-dynamics model, its evidence and its doubts.",
    epilog=_EPILOG,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from simulator.provenance import commit, own_version

        typer.echo(f"fentsim {own_version()} ({commit()})")
        raise typer.Exit


@app.callback()
def begin(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of whatever goes wrong.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and stop.")
    ] = False,
) -> None:
    """Weigh policies against the fentanyl crisis: a system-dynamics model, its evidence and its doubts."""


for _command in (
    touring.tour,
    listing.scenarios,
    showing.show,
    listing.check,
    listing.quantities,
    running.run,
    comparing.compare,
    debating.debate,
    judging.verdict,
    sweep.sweep,
    calibrating.calibrate,
    discovering.discover,
    scoring.score,
    sensing.sensitivity,
    validating.validate,
    weighing.robust,
    doctoring.doctor,
):
    app.command()(_command)


def _end_in_order() -> None:
    """Let a scheduler's SIGTERM and a closed terminal end a command as Ctrl-C does, unless they are to be ignored."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)


def main() -> None:
    """Run the command line, and leave with its exit code: 0 well, 1 ours, 2 usage, 3 a check failed."""
    gc.set_threshold(50_000, 20, 20)  # imports make many objects and no garbage: a tenth of a short command
    _end_in_order()
    try:
        app()
    except KeyboardInterrupt:
        sys.stderr.write("Stopped. Nothing was left half-written.\n")
        sys.exit(INTERRUPTED)
