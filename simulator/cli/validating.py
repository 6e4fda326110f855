"""`fentsim validate`: put the model to tests that it was not fitted to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulator.cli.guarding import CHECK_FAILED
from simulator.cli.options import ENSEMBLE, Json, Seed
from simulator.cli.telling import Column, Progress, Row, Teller

if TYPE_CHECKING:
    from collections.abc import Callable

#: A result of more rows than this is written, and shown in sum only.
_LONG = 60


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
    beside: Annotated[
        bool, typer.Option("--beside", help="Fit each synthetic record together with the real one.")
    ] = False,
    attribution: Annotated[
        bool,
        typer.Option("--attribution", help="Instead: divide the fall of 2023-24 among causes; say what is identified."),
    ] = False,
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
    found: dict[str, list[Row]] = {}
    surprises: list[Row] = []
    try:
        for result in campaign.results(
            members=members, seed=seed, refit=refit, recovery=recovery, beside=beside, attribution=attribution,
            progress=progress,
        ):  # fmt: skip
            progress.close()
            path = campaign.save(result, folder)
            found[result.name] = result.rows
            surprises += result.surprises
            if len(result.rows) <= _LONG:
                teller.table(result.title, _columns(result.rows[0]), result.rows)
                teller.say()
            teller.note(f"{path.name} is written.")
    finally:
        progress.close()
    teller.result(found)
    if surprises:
        names = ", ".join(str(next(iter(row.values()))) for row in surprises)
        teller.note(f"Not as expected: {names}. See docs/reference/validation.md.")
        raise typer.Exit(CHECK_FAILED)


def _columns(row: Row) -> list[Column]:
    """Return a column for each key but those that would make the table too wide."""
    return [
        Column(name.replace("_", " "), _shown(name), right=not isinstance(value, str))
        for name, value in row.items()
        if name not in ("title", "source", "model", "members")
    ]


def _shown(name: str) -> Callable[[Row], str]:
    return lambda row: _text(row[name])


def _text(value: Any) -> str:  # noqa: ANN401 - whatever a row holds
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,.4g}".replace("-", "−") if isinstance(value, float) else str(value)
