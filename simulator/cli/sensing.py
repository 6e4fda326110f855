"""`fentsim sensitivity`: which beliefs an outcome, or the effect of a policy, turns on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulator.cli import options
from simulator.cli.guarding import typed
from simulator.cli.telling import Bars, Column, Progress, Row, Teller

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.analysis.beliefs import Beliefs
    from simulator.analysis.question import Question
    from simulator.analysis.sensitivity import Sensitivity, Sizes

_SHOWN = 12


def sensitivity(
    ctx: typer.Context,
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="A policy, or history.")],
    against: options.Against = None,
    worldview: options.OneWorldview = options.WORLDVIEW,
    outcome: options.Outcome = "synthetic_opioid_deaths",
    first: options.First = 2027,
    last: options.Last = 2036,
    relative: options.Relative = False,
    posterior: Annotated[
        bool, typer.Option("--posterior", help="Measure on members of the calibration, which depend on each other.")
    ] = False,
    members: Annotated[int, typer.Option("--members", "-n", help="With --posterior: how many members.")] = 1000,
    size: Annotated[int, typer.Option("--size", help="Blocks of the Sobol' design, a power of two.")] = 256,
    trajectories: Annotated[int, typer.Option("--trajectories", min=4, help="Of Morris screening.")] = 16,
    factors: Annotated[int, typer.Option("--factors", min=1, help="Numbers with an index of their own.")] = _SHOWN,
    seed: options.Seed = 1,
    set_: options.Settings = None,
    figures: Annotated[bool, typer.Option("--figures/--no-figures", help="Draw the figure.")] = True,
    output: options.Output = None,
    outputs: options.Outputs = None,
    json: options.Json = False,
) -> None:
    """Find which beliefs an outcome turns on: Morris, Sobol' over time, tornado; or measured on members."""
    from simulator.analysis.beliefs import Beliefs
    from simulator.analysis.question import Question
    from simulator.analysis.sensitivity import Sizes
    from simulator.calling import called_each
    from simulator.cli.footing import say_footing
    from simulator.cli.keeping import kept, written
    from simulator.cli.running import refuse_output
    from simulator.report.folder import created, named

    refuse_output(output)
    called_each(name for name in (scenario, against, worldview) if name)  # faults of all files in one round
    question = Question(scenario, against, outcome, first, last, relative)
    beliefs = Beliefs.of(worldview, options.overrides(set_))
    sizes = Sizes(trajectories, size, factors, members)
    teller = Teller(json)
    look = _members if posterior else _ranges
    asked = {"command": typed(ctx), "seed": seed, "question": question.told, "worldview": worldview,
             "fixed": dict(beliefs.fixed), **vars(sizes)}  # fmt: skip
    if output is not None:
        data, tables, _ = look(question, beliefs, sizes, seed, teller)
        written(data, output, asked["command"], seed)
        final = output
    else:
        parts = ["sensitivity", Path(scenario).stem, *([Path(against).stem] if against else [])]
        with created(named(parts), asked, outputs) as place:
            data, tables, draw = look(question, beliefs, sizes, seed, teller)
            kept(place, data, tables, teller, asked=asked, draw=draw if figures else None)
        final = place.final
    if posterior:
        say_footing(teller, [worldview], options.overrides(set_))
    teller.note(f"Wrote {final}")
    teller.result({"output": str(final), "question": question.told, "unit": question.unit, **tables})


def _ranges(question: Question, beliefs: Beliefs, sizes: Sizes, seed: int, teller: Teller) -> Any:  # noqa: ANN401
    """Divide variance over the stated ranges."""
    from simulator.analysis.sensitivity import by_year, dataset, over_ranges, rows_of
    from simulator.names import words

    bars = Bars()
    found = over_ranges(question, beliefs, sizes, seed=seed, tell=bars)
    bars.close()
    rows = rows_of(found)
    columns = [
        Column("number", lambda row: words(row["name"])),
        Column("total", lambda row: _index(row["total"], row["total_error"]), right=True),
        Column("alone", lambda row: _index(row["first"], row["first_error"]), right=True),
        Column("total at n/2", lambda row: _index(row["total_at_half"]), right=True),
        Column("total at n/4", lambda row: _index(row["total_at_quarter"]), right=True),
        Column("crossing its range", lambda row: _amount(row["morris"], question.unit), right=True),
    ]
    teller.table(f"Sobol' indices: {question.told}", columns, rows)
    say_tornado(teller, question, found.swings)
    teller.note(
        "Shares of variance over the stated ranges, every number independent of the others; the record has no say, so "
        "these are not the sensitivities of a forecast. `total` counts what a number does together with others, "
        "`alone` does not; ± is half a 90 % interval. Ask for --posterior to see what members of the calibration say."
    )
    teller.note(f"Screening: {found.effects.losses.told} Sobol': {found.indices.losses.told}")
    if (moved := _unsettled(found)) is not None:
        teller.note(moved)
    tables = {"indices": rows, "by_year": by_year(found, question), "tornado": found.swings}
    return dataset(found, question), tables, _drawing(found, question, beliefs)


def _unsettled(found: Sensitivity) -> str | None:
    """Return a warning where indices still move by more than a twentieth."""
    import numpy as np

    drift, wide = np.nanmax(found.indices.drift[:, 0]), np.nanmax(found.indices.total_error[-1, :, 0])
    limit = 0.05
    if drift <= limit and wide <= 2 * limit:
        return None
    return (
        f"Not settled: the last doubling moved a total index by {drift:.2f}, and the widest interval is ±{wide:.2f}. "
        "Read the order, not the digits, or ask for a larger --size."
    )


def _members(question: Question, beliefs: Beliefs, sizes: Sizes, seed: int, teller: Teller) -> Any:  # noqa: ANN401
    """Measure on members of the calibration."""
    import xarray as xr

    from simulator.analysis.sensitivity import alone, over_members
    from simulator.names import words

    progress = Progress("Measuring")
    found = over_members(question, beliefs, sizes, seed=seed, progress=progress)
    progress.close()
    rows = [
        {"name": name, "distance": float(distance), "distance_error": float(error), "first": float(first),
         "noise": float(noise), "above_noise": bool(distance > noise)}
        for name, distance, error, first, noise in zip(
            found.names, found.distance, found.distance_error, found.first, found.noise, strict=True)
    ]  # fmt: skip
    columns = [
        Column("number", lambda row: words(row["name"])),
        Column("distance", lambda row: _index(row["distance"], row["distance_error"]), right=True),
        Column("share of variance", lambda row: _index(row["first"]), right=True),
        Column("chance alone", lambda row: _index(row["noise"]), right=True),
        Column("above noise", lambda row: "yes" if row["above_noise"] else "no"),
    ]
    teller.table(f"Measured on members: {question.told}", columns, rows)
    swings = alone(question, beliefs, seed=seed, prior=False)
    say_tornado(teller, question, swings)
    teller.note(
        f"{found.members:,} members of {beliefs.worldview}; {found.failed} failed. Members that tell the past depend "
        "on each other, so shares overlap and do not add up to one. "
        "Members that share a fit count once: chance is what numbers of pure luck reach that are shared likewise."
    )
    data = xr.Dataset(
        {key: (("number",), [row[key] for row in rows]) for key in ("distance", "distance_error", "first", "noise")},
        {"number": list(found.names)}, {"title": f"Sensitivity of {question.told}"},
    )  # fmt: skip
    return data, {"measured": rows, "tornado": swings}, None


def say_tornado(teller: Teller, question: Question, swings: list[Row]) -> None:
    """Show the widest swings."""
    from simulator.names import words
    from simulator.report.wording import amount, rounded

    columns = [
        Column("number", lambda row: words(row["name"])),
        Column("from", lambda row: rounded(row["low"]), right=True),
        Column("to", lambda row: rounded(row["high"]), right=True),
        Column("at the low end", lambda row: amount(row["at_low"], question.unit), right=True),
        Column("at the high end", lambda row: amount(row["at_high"], question.unit), right=True),
    ]
    teller.say()
    teller.table("Each number alone, all others at their likeliest", columns, swings[:_SHOWN])


def _index(value: float | None, error: float | None = None) -> str:
    if value is None or value != value:  # noqa: PLR0124 - NaN
        return "–"
    return f"{value:.2f}" if error is None else f"{value:.2f} ± {error:.2f}"


def _amount(value: float | None, unit: str) -> str:
    from simulator.report.wording import amount

    return "" if value is None else amount(value, unit)


def _drawing(found: Sensitivity, question: Question, beliefs: Beliefs) -> Callable[[str], dict[str, Any]]:
    def draw(source: str) -> dict[str, Any]:
        from simulator.analysis.sensitivity_figure import sensitivity_figure

        return {"sensitivity": sensitivity_figure(found, question, beliefs.worldview, source=source)}

    return draw
