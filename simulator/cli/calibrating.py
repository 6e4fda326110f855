"""`fentsim calibrate`: ask the record what it says of the numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulator.cli.guarding import CHECK_FAILED
from simulator.cli.options import WORLDVIEW, Json, finite
from simulator.cli.telling import Teller, cells


def calibrate(
    worldviews: Annotated[
        list[str] | None, typer.Argument(help="Beliefs under which to calibrate, each by itself.", show_default=False)
    ] = None,
    until: Annotated[
        float, typer.Option("--until", callback=finite, help="The record used ends on 1 January of this year.")
    ] = 2025.0,
    starts: Annotated[int, typer.Option("--starts", min=1, max=4096, help="How many places to search from.")] = 128,
    seed: Annotated[int, typer.Option("--seed", "-s", min=0, help="Of the starting points.")] = 1,
    again: Annotated[
        bool, typer.Option("--again", help="Search from the calibration that ships already, and its members, as well.")
    ] = False,
    members: Annotated[
        int | None, typer.Option("--members", "-n", min=2, help="How many to keep. [256; 64 of a shorter record]")
    ] = None,
    minutes: Annotated[
        float | None,
        typer.Option(
            "--sample",
            metavar="MINUTES",
            min=0,
            callback=finite,
            help="Sample so long at most, and weigh readings after; 0 does not sample. [18; 0 of a shorter record]",
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FOLDER", help="Where to write. [outputs/calibrate]")
    ] = None,
    ship: Annotated[
        bool, typer.Option("--ship", help="Replace what runs draw from; with an earlier --until, what is scored.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Calibrate worldviews to the record, from many starts.

    Writes for each: a table of numbers, a table of residuals, and the directions for draws. Members
    are drawn from the posterior; a walk that has not converged is not shipped, and the exit code is
    3. With --sample 0, and for shorter records, they are fitted one by one and moved some times over
    the posterior: quick, and not shown to be right.
    """
    from simulator.calibration.campaign import MEMBERS, MEMBERS_OF_ORIGINS, MINUTES, UNTIL
    from simulator.calibration.campaign import calibrate as campaign
    from simulator.calibration.posterior import WALKERS
    from simulator.calibration.shipping import save
    from simulator.report.folder import home

    teller = Teller(as_json)
    folder = None if ship else output or home() / "calibrate"
    count = members or (MEMBERS if until == UNTIL else MEMBERS_OF_ORIGINS)
    if minutes is None:
        minutes = MINUTES if until == UNTIL else 0.0
    rows, doubted = [], False
    for name in worldviews or [WORLDVIEW]:
        teller.note(f"Calibrating {name} to the record before {until:.0f}.")
        tried = max(count, WALKERS if minutes else MEMBERS)
        found = campaign(name, until=until, starts=starts, seed=seed, count=tried, again=again, report=teller.note)
        if minutes:
            teller.note("Sampling its posterior; an interrupted walk goes on when asked again.")
            found = found.sampled(minutes, seed, count=count, report=teller.note, folder=home() / "calibrate" / "walks")
        else:
            found = found.moved(seed, count=count)
        doubtful = bool(found.sample and not found.sample.believed)
        doubted = doubted or doubtful
        if ship and doubtful:
            teller.note("This is not to be believed yet, so nothing is shipped. Ask again with more minutes.")
            continue
        asked = {"until": until, "starts": starts, "seed": seed, "members": count, "sample": minutes}
        paths = save(found, folder, f"fentsim calibrate {name}{_options(asked, again=again)}")
        rows.append(
            {
                "worldview": name,
                "misfit": round(found.fit.cost, 2),
                "readings": len(found.read),
                "converged": found.fit.converged,
                "outside": ", ".join(found.outside()) or "none",
                "files": str(paths[0].parent),
            }
        )
    columns = cells(
        worldview="worldview", misfit="misfit", converged="converged", readings="ways to read the record",
        outside="outside their range", files="written to",
    )  # fmt: skip
    teller.table("", columns, rows)
    teller.result(rows)
    if doubted:
        raise typer.Exit(CHECK_FAILED)


def _options(asked: dict[str, float], *, again: bool) -> str:
    """Return what was asked as one would type it."""
    return "".join(f" --{name} {value:g}" for name, value in asked.items()) + " --again" * again
