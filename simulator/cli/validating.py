"""`fentsim validate`: put the model to tests that it was not fitted to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulator.cli.guarding import CHECK_FAILED
from simulator.cli.options import ENSEMBLE, Json, Seed
from simulator.cli.telling import Column, Progress, Row, Teller, cells

if TYPE_CHECKING:
    from collections.abc import Sequence

_UNEXPECTED = "not as expected"


def validate(
    members: Annotated[
        int, typer.Option("--members", "-n", min=2, max=10_000, help="How many sets of numbers to draw.")
    ] = ENSEMBLE,
    seed: Seed = 1,
    refit: Annotated[
        bool, typer.Option("--refit", help="Also knock out each loop and fit the rest again: some minutes.")
    ] = False,
    recovery: Annotated[
        int, typer.Option("--recovery", min=0, max=1000, metavar="RECORDS", help="Also recover synthetic records.")
    ] = 0,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FOLDER", help="Where to write. [outputs/validate]")
    ] = None,
    ship: Annotated[bool, typer.Option("--ship", help="Replace the results from which the page is made.")] = False,
    as_json: Json = False,
) -> None:
    """Replay published experiments and a related market; leave with 3 if an expectation fails.

    Knocking out loops and recovering synthetic records take minutes and are asked for apart.
    """
    from simulator.report.folder import home
    from simulator.validation import campaign

    teller = Teller(as_json)
    folder = None if ship else output or home() / "validate"
    progress = Progress("Validating")
    results: dict[str, Any] = {}
    try:
        for result in campaign.results(
            members=members, seed=seed, refit=refit, recovery=recovery, progress=progress, report=teller.note
        ):
            progress.close()
            path = campaign.save(result, folder)
            results[result.name] = result.rows
            teller.table(result.title, _columns(result), result.rows)
            teller.note(f"Written: {path.name} in {path.parent.name}.")
            teller.say()
    finally:
        progress.close()
    failed = [row for rows in results.values() for row in rows if row.get("met") is False]
    teller.result(results)
    if _surprises(failed):
        teller.note(f"{len(failed)} of these are {_UNEXPECTED}: {', '.join(str(next(iter(x.values()))) for x in failed)}.")
        raise typer.Exit(CHECK_FAILED)
