"""Sweeps: a design run in full, rehearsed or resumed."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulator.cli.guarding import INTERRUPTED, OURS, typed
from simulator.cli.options import Json
from simulator.cli.telling import Teller, cells

if TYPE_CHECKING:
    from simulator.experiments.rehearsal import Rehearsal
    from simulator.experiments.sweep import Finished

_FEW = 12  # failed members that are listed one by one
_PATIENCE = 2.0  # seconds before progress is shown


def sweep(
    ctx: typer.Context,
    design: Annotated[Path, typer.Argument(metavar="DESIGN.yaml", help="What varies, how it is drawn, what is kept.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say how many runs, bytes and minutes; run nothing.")
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a store that is there, after checking it.")
    ] = False,
    jobs: Annotated[int, typer.Option("--jobs", min=0, help="Processes of this machine; 0 uses threads.")] = 0,
    cluster: Annotated[
        str | None, typer.Option("--cluster", metavar="ADDRESS", help="A Dask scheduler to use.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="DIR.zarr", help="The store. [outputs/DESIGN/results.zarr]")
    ] = None,
    json: Json = False,
) -> None:
    """Run a design: many members, every scenario, every worldview; a store that can be resumed."""
    from simulator.experiments.rehearsal import rehearse
    from simulator.experiments.stopping import StoppedError
    from simulator.experiments.sweep import sweep as run
    from simulator.report.folder import home

    teller = Teller(json)
    if dry_run:
        _tell_rehearsal(teller, rehearse(design, jobs=jobs))
        return
    place = output or home() / design.stem / "results.zarr"
    progress = _Progress()
    try:
        found = run(design, place, resume=resume, jobs=jobs, cluster=cluster, progress=progress, command=typed(ctx))
    except StoppedError as error:
        progress.close()
        teller.note(str(error))
        raise typer.Exit(INTERRUPTED if error.interrupted else OURS) from None
    progress.close()
    _tell_result(teller, found)


class _Progress:
    """How many runs are done, how fast, and how long the rest takes; on a terminal only."""

    def __init__(self) -> None:
        self.begun, self.shown = time.monotonic(), False

    def __call__(self, done: int, total: int) -> None:
        """Be told how far things are."""
        spent = time.monotonic() - self.begun
        if spent < _PATIENCE or not sys.stderr.isatty():
            return
        rate = done / spent
        left = (total - done) / rate
        text = f"{done:,} of {total:,} runs ({done / total:.0%}), {rate:,.0f} a second, about {_lasting(left)} left"
        sys.stderr.write(f"\r\033[K{text} ")
        sys.stderr.flush()
        self.shown = True

    def close(self) -> None:
        """Take the line away."""
        if self.shown:
            sys.stderr.write("\r\033[K")


def _lasting(seconds: float) -> str:
    minutes = 60
    return f"{seconds:.0f} s" if seconds < 2 * minutes else f"{seconds / minutes:.0f} min"


def _tell_rehearsal(teller: Teller, found: Rehearsal) -> None:
    rows = [
        {"what": "runs", "amount": f"{found.runs:,}"},
        {"what": "blocks", "amount": f"{found.blocks:,}"},
        {"what": "stored, before packing", "amount": f"{found.bytes / 1e6:,.1f} MB"},
        {"what": "rate, measured now", "amount": f"{found.rate:,.0f} runs a second"},
        {"what": "minutes", "amount": f"{found.seconds / 60:.1f}"},
    ]
    teller.table("", cells(what="what", amount="amount"), rows)
    minutes = found.seconds / 60
    teller.result(
        {"runs": found.runs, "blocks": found.blocks, "bytes": found.bytes, "rate": found.rate, "minutes": minutes}
    )


def _tell_result(teller: Teller, found: Finished) -> None:
    rate = found.runs / found.seconds if found.seconds > 0 else 0.0
    teller.say(f"{found.runs:,} runs in {_lasting(found.seconds)}, {rate:,.0f} a second.")
    if found.repaired:
        teller.say(f"Done again, because files were damaged or missing: {', '.join(found.repaired)}.")
    teller.say(f"Members: {found.store}")
    if found.reduced:
        teller.say(f"Reduced: {found.reduced}")
    teller.say(f"Worst integration error measured: {found.error:.1e}")
    for where, members in found.failed.items():
        listed = ", ".join(map(str, members[:_FEW])) + (", ..." if len(members) > _FEW else "")
        teller.say(f"{len(members)} members did not stay finite in {where}: {listed}.")
    teller.result(
        {
            "store": str(found.store),
            "reduced": str(found.reduced) if found.reduced else None,
            "runs": found.runs,
            "seconds": found.seconds,
            "failed": {where: list(members) for where, members in found.failed.items()},
            "measured_integration_error": found.error,
            "repaired": list(found.repaired),
        }
    )
