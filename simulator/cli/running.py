"""`fentsim run`: scenarios into numbers, a file of results and what it took to make it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulator.cli import options
from simulator.cli.guarding import typed
from simulator.cli.telling import Teller

if TYPE_CHECKING:
    from simulator.cases import Case
    from simulator.cli.working import Asked

SHOWN = (2017, 2023, 2026, 2030)
_SUFFIXES = (".nc", ".nc4", ".cdf")


def run(
    ctx: typer.Context,
    scenarios: Annotated[list[str], typer.Argument(metavar="SCENARIO...", help="Names, or paths of files.")],
    worldview: options.Worldviews = None,
    members: options.Members = 1,
    seed: options.Seed = 1,
    set_: options.Settings = None,
    until: options.Until = options.END,
    engine: options.Engines = options.Engine.auto,
    prior: options.Prior = False,
    keep: options.Keep = None,
    figures: Annotated[
        bool | None, typer.Option("--figures/--no-figures", help="Draw figures. [when there are members]")
    ] = None,
    output: options.Output = None,
    outputs: options.Outputs = None,
    json: options.Json = False,
) -> None:
    """Run scenarios: one likeliest run, or an ensemble with --members."""
    from simulator.cli.working import Asked

    refuse_output(output)
    options.refuse_repeats(scenarios, "SCENARIO")
    options.refuse_repeats(worldview or [], "--worldview")
    asked = Asked(
        typed(ctx), scenarios, worldview or [options.WORLDVIEW], members, seed, until, engine.value,
        options.overrides(set_), prior, keep or [],
    )  # fmt: skip
    teller = Teller(json)
    if output is not None:
        _into_file(asked, output, teller)
    else:
        _into_folder(asked, outputs, teller, drawn=members > 1 if figures is None else figures)


def refuse_output(output: Path | None) -> None:
    """Refuse a file that could not be written, before anything is run.

    Raises:
        SimulatorError: when it is no NetCDF file.
        OSError: when it is a directory, or lies where one may not write.
    """
    import errno
    import os

    from simulator.errors import Problem, refuse

    if output is None:
        return
    if output.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(output))
    if output.suffix not in _SUFFIXES:
        refuse([Problem(str(output), "It is not named as a NetCDF file.", "Let its name end in .nc.")])
    above = next(folder for folder in output.absolute().parents if folder.exists())
    if not above.is_dir() or not os.access(above, os.W_OK):
        code = errno.EACCES if above.is_dir() else errno.ENOTDIR
        raise OSError(code, os.strerror(code), str(output))


def _into_file(asked: Asked, output: Path, teller: Teller) -> None:
    from simulator.cli.working import gathered, solved
    from simulator.dataset import write

    cases = solved(asked, "Running")
    found = _say(asked, cases, teller)
    write(gathered(asked, cases), output)
    teller.note(f"Wrote {output}")
    teller.result({"output": str(output), **found})


def _into_folder(asked: Asked, outputs: Path | None, teller: Teller, *, drawn: bool) -> None:
    from dataclasses import asdict

    from simulator.cli.working import kept, solved
    from simulator.report.folder import created, named

    name = named([Path(each).stem for each in asked.scenarios])
    with created(name, asdict(asked), outputs) as place:
        cases = solved(asked, "Running")
        found = _say(asked, cases, teller)
        kept(place, asked, cases, teller, _drawing(cases, asked.seed) if drawn else None)
    teller.note(f"Wrote {place.final}")
    teller.result({"output": str(place.final), **found})


def _drawing(cases: list[Case], seed: int) -> Any:  # noqa: ANN401 - a function of folder and source line
    def draw(folder: Path, source: str) -> None:
        from simulator.cli.drawing import draw_history
        from simulator.report.comparison_figure import comparison_figure
        from simulator.report.looks import save
        from simulator.report.paired import window

        draw_history(cases[0], seed, folder, source)
        if len({case.scenario.name for case in cases}) > 1:
            years = window([case.solution.tracks for case in cases])
            save(comparison_figure(cases, years, source=source), folder / "comparison.png")

    return draw


def _say(asked: Asked, cases: list[Case], teller: Teller) -> dict[str, Any]:
    """Say what came out; return it as rows."""
    from simulator.cli.footing import calibrated_until, say_footing
    from simulator.cli.working import say_agreement, say_outcomes
    from simulator.report.agreement import agreement
    from simulator.report.outcomes import finite, outcomes
    from simulator.scoring.projection import with_forecasts

    rows = with_forecasts(outcomes(cases), cases, asked.seed)
    say_outcomes(teller, rows, SHOWN)
    record: list[dict[str, Any]] = []
    for case in cases:
        if case.scenario.kind == "history":
            compared = agreement(case.solution, calibrated_until(case.worldview))
            which = "median of members" if asked.members > 1 else "likeliest run"
            teller.say()
            say_agreement(teller, f"Against the record, {case.worldview}, {which}", compared)
            record += [{"scenario": case.scenario.name, "worldview": case.worldview, **row} for row in compared]
    if asked.members == 1:
        teller.note("This is the likeliest run alone; it carries no interval. Ask for --members 200 to see one.")
    else:
        others = "Other intervals" if any(row["interval"] == "forecast" for row in rows) else "Intervals"
        teller.note(f"{others} hold 90 % of members: the uncertainty of parameters only, not a forecast.")
    say_footing(teller, asked.worldviews, asked.overrides, prior=asked.prior)
    if lost := finite(cases):
        teller.note(lost)
    return {"outcomes": rows, "record": record}
