"""What `run`, `compare` and `tour` have in common: solve what was asked, and keep what came out."""

from __future__ import annotations

import csv
import io
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, cast

from simulator.cli.telling import Column, Progress, Row, Teller
from simulator.names import words
from simulator.report.wording import amount, count, interval, plainly

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from simulator.cases import Case
    from simulator.cli.options import Setting
    from simulator.contents import Contents
    from simulator.errors import Problem
    from simulator.report.folder import Folder

#: The first year of a run; and bytes that are held for every stock and month: its course, its
#: running totals, what is worked out from it and what is written, as measured.
FIRST, BYTES = 2013, 40
#: Seen by `ls`, in this order, in every folder of results.
RESULTS, DESIGN, SCENARIO, MANIFEST, LOG, FIGURES = (
    "results.nc", "design.csv", "scenario.yaml", "manifest.json", "log.txt", "figures",
)  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """What a command was asked to run."""

    command: str
    scenarios: list[str]
    worldviews: list[str]
    members: int
    seed: int
    until: float
    engine: str = "auto"
    overrides: dict[str, float] = field(default_factory=dict)
    prior: bool = False
    keep: list[str] = field(default_factory=list)


def solved(asked: Asked, doing: str) -> list[Case]:
    """Solve every scenario under every worldview, with a bar where that takes long."""
    from simulator.cases import beyond, cases
    from simulator.errors import Problem, nearest, refuse
    from simulator.fentanyl import fentanyl_model

    model = fentanyl_model()
    strangers = [name for name in asked.keep if name not in model.equations]
    refuse([Problem(n, "There is no quantity of that name.", nearest(n, model.equations)) for n in strangers])
    refuse(beyond(asked.members, asked.seed, asked.until, asked.engine), "These settings cannot be run.")
    refuse(too_many(asked, len(model.stocks)))
    progress = Progress(doing)
    try:
        return cases(
            asked.scenarios, asked.worldviews, members=asked.members, seed=asked.seed, until=asked.until,
            engine=cast("Setting", asked.engine), overrides=asked.overrides, prior=asked.prior, progress=progress,
        )  # fmt: skip
    finally:
        progress.close()


def too_many(asked: Asked, stocks: int) -> list[Problem]:
    """More members than fit into this machine's memory are refused before they fill it."""
    import os

    from simulator.errors import Problem

    if not hasattr(os, "sysconf"):
        return []
    room = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    months = 12 * (asked.until - FIRST)
    one = len(asked.scenarios) * len(asked.worldviews) * months * stocks * BYTES
    if asked.members * one <= room:
        return []
    fault = f"{asked.members:,} members do not fit into the memory of this machine."
    return [Problem("members", fault, f"Ask for {room / one:,.0f} at most, or run parts with other seeds.")]


def gathered(asked: Asked, cases: list[Case]) -> Contents:
    """Return everything that goes into the file of results."""
    from simulator.contents import gather

    return gather(cases, seed=asked.seed, keep=tuple(asked.keep), command=asked.command)


def kept(
    place: Folder, asked: Asked, cases: list[Case], teller: Teller, draw: Callable[[Path, str], None] | None
) -> None:
    """Write results, the members' numbers, scenarios, figures, log and manifest into a folder.

    Args:
        draw: given the folder of figures and the source line; draws them.
    """
    from simulator.dataset import write
    from simulator.provenance import PACKAGES
    from simulator.report.folder import manifest

    contents = gathered(asked, cases)
    write(contents, place.path / RESULTS)
    place.write(DESIGN, design(contents))
    place.write(SCENARIO, resolved_texts(asked, contents))
    about = contents.attributes
    if draw is not None:
        (place.path / FIGURES).mkdir()
        draw(place.path / FIGURES, source_line(asked, about))
    place.write(LOG, "\n".join([asked.command, *teller.lines, f"{time.process_time():.1f} CPU seconds", ""]))
    keys = ("version", "commit", "parameters_sha256", "packages", "measured_integration_error")
    told = {**asdict(asked), **{key: about[key] for key in keys}, "python": _python(), "libraries": PACKAGES}
    place.write(MANIFEST, manifest(place.path, told))


def _python() -> str:
    import platform

    return f"{platform.python_implementation()} {platform.python_version()} on {platform.platform()}"


def source_line(asked: Asked, about: dict[str, Any]) -> str:
    """Return the line at the foot of every figure: from which run it comes."""
    fixed = "".join(f", {name} = {value:g}" for name, value in asked.overrides.items())
    drawn = ", drawn from the stated ranges alone" if asked.prior else ""
    return (
        f"Source: fentsim {about['version']} ({about['commit']}), seed {asked.seed}, "
        f"{count(asked.members, 'member')}{drawn}{fixed}. Record: simulator/record, docs/references.bib."
    )


def design(contents: Contents) -> str:
    """Return the members' numbers as CSV: one row a worldview and member, one column a number."""
    import numpy as np

    worldviews = contents.coordinates["worldview"][1].tolist()
    members = contents.coordinates["member"][1].tolist()
    numbers = {
        name: np.broadcast_to(values, (len(worldviews), len(members)))
        for name, (dims, values, _) in contents.variables.items()
        if dims in (("member",), ("worldview", "member"))
    }
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["worldview", "member", *numbers])
    for row, worldview in enumerate(worldviews):
        for column, member in enumerate(members):
            writer.writerow([worldview, member, *(repr(float(each[row, column])) for each in numbers.values())])
    return text.getvalue()


def resolved_texts(asked: Asked, contents: Contents) -> str:
    """Return the scenarios and worldviews in full, one YAML document each."""
    from simulator.calling import called_each
    from simulator.fentanyl import fentanyl_model
    from simulator.scenario import resolved_text

    parameters = fentanyl_model().parameters
    beliefs = [resolved_text(each, parameters) for each in called_each(asked.worldviews)]
    return "---\n".join([f"{contents.attributes['scenario_text'].rstrip()}\n", *beliefs])


def say_agreement(teller: Teller, title: str, rows: list[Row]) -> None:
    """Show how history compares with the record."""
    columns = [
        Column("series", lambda row: words(row["series"])),
        Column("measure", lambda row: row["measure"]),
        Column("years", lambda row: _years(row["start"], row["end"])),
        Column("error", lambda row: _error(row, row["error"]), right=True),
        Column("R2", lambda row: "" if row["r2"] is None else f"{row['r2']:.3f}", right=True),
        Column("promise", lambda row: "" if row["target"] is None else f"≤ {_error(row, row['target'])}", right=True),
        Column("verdict", lambda row: row["verdict"]),
    ]
    teller.table(title, columns, rows)


def _error(row: Row, value: float) -> str:
    return f"{value:.0f} months" if "months" in row["measure"] else f"{100 * value:.1f} %"


def _years(start: float, end: float) -> str:
    first, last = int(start), int(end - 1e-6)
    return f"{first}" if first >= last else f"{first}-{last}"


def say_differences(teller: Teller, title: str, rows: list[Row], *, beliefs: bool) -> None:
    """Show paired differences, with intervals and how many members agree on the sign."""
    columns = [
        Column("outcome", lambda row: f"{words(row['outcome'])}, {row['over']}"),
        Column("unit", lambda row: plainly(row["unit"])),
        Column("median", lambda row: amount(row["median"], row["unit"], signed=True), right=True),
        Column("90 % of members", _range, right=True),
        Column("same sign", lambda row: _share(row["share_of_sign"]), right=True),
    ]
    if len({row["scenario"] for row in rows}) > 1:
        columns.insert(0, Column("scenario", lambda row: row["scenario"]))
    if beliefs:
        columns.insert(0, Column("worldview", lambda row: row["worldview"]))
    teller.table(title, columns, rows)


def _range(row: Row) -> str:
    if row["lower90"] is None:
        return ""
    lower, upper = (amount(row[end], row["unit"], signed=True) for end in ("lower90", "upper90"))
    return f"{lower} to {upper}"


def _share(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.0f} %"


def say_outcomes(teller: Teller, rows: list[Row], wanted: tuple[int, ...]) -> None:
    """Show headline outcomes, a line each, the years side by side."""
    from simulator.report.outcomes import by_year, milestones

    years = milestones(rows, wanted)
    lines = by_year(rows, years)
    columns = [Column("outcome", lambda row: words(row["outcome"])), Column("unit", lambda row: plainly(row["unit"]))]
    columns += [Column(str(year), _in_year(str(year)), right=True) for year in years]
    for key in ("worldview", "scenario"):
        if len({row[key] for row in lines}) > 1:
            columns.insert(0, Column(key, lambda row, key=key: row[key]))  # type: ignore[misc]
    teller.table("Means over calendar years, exact for rates", columns, lines)
    if any(row["interval"] == "forecast" and row["year"] in years for row in rows):
        teller.say(
            "* Forecast, if the scenario is what happens, from the last quarter of the record on: 90 %, with what the "
            "model does not know of itself, which a policy shares with the status quo. "
            "How forecasts of the status quo have fared: fentsim score."
        )


def _in_year(year: str) -> Callable[[Row], str]:
    def cell(row: Row) -> str:
        found = row.get(year)
        if found is None:
            return ""
        told = interval(found["median"], found["lower90"], found["upper90"], row["unit"])
        return f"{told} *" if found["interval"] == "forecast" else told

    return cell
