"""`fentsim compare`: the same members under several scenarios, subtracted one by one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulator.cli import options
from simulator.cli.guarding import typed
from simulator.cli.telling import Teller

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.cases import Case
    from simulator.cli.telling import Row
    from simulator.cli.working import Asked
    from simulator.report.paired import Window

_FEWEST = 2


def compare(
    ctx: typer.Context,
    scenarios: Annotated[
        list[str], typer.Argument(metavar="A B...", help="The first is what others are held against.")
    ],
    worldview: options.Worldviews = None,
    members: options.Members = options.ENSEMBLE,
    seed: options.Seed = 1,
    set_: options.Settings = None,
    until: Annotated[
        float | None,
        typer.Option(
            "--until",
            metavar="YEAR",
            callback=options.finite,
            help="End of the run. [ten years after the scenarios part]",
        ),
    ] = None,
    engine: options.Engines = options.Engine.auto,
    prior: options.Prior = False,
    discount: Annotated[
        float,
        typer.Option(
            "--discount",
            metavar="RATE",
            callback=options.finite,
            help="By which a year's delay discounts costs and lives.",
        ),
    ] = options.DISCOUNT,
    figures: Annotated[bool, typer.Option("--figures/--no-figures", help="Draw the comparison.")] = True,
    output: options.Output = None,
    outputs: options.Outputs = None,
    json: options.Json = False,
) -> None:
    """Compare scenarios with the first: paired differences over the same members, table and figure."""
    from dataclasses import asdict

    from simulator.analysis.accounting import faults
    from simulator.cli.accounting import say_accounts
    from simulator.cli.running import refuse_output
    from simulator.cli.working import Asked, gathered, kept, solved
    from simulator.dataset import write
    from simulator.errors import Problem, refuse
    from simulator.report.folder import created, named

    refuse_output(output)
    few = Problem("A B...", "There is nothing to compare with.", "Name two scenarios or more.")
    refuse([few] if len(scenarios) < _FEWEST else [])
    options.refuse_repeats(scenarios, "A B...")
    options.refuse_repeats(worldview or [], "--worldview")
    refuse(faults(discount))
    beliefs = worldview or [options.WORLDVIEW]
    end = horizon(scenarios, beliefs) if until is None else until
    asked = Asked(
        typed(ctx), scenarios, beliefs, members, seed, end, engine.value,
        options.overrides(set_), prior,
    )  # fmt: skip
    teller = Teller(json)
    if output is not None:
        cases = solved(asked, "Comparing")
        rows = say_comparison(asked, cases, teller)
        money = say_accounts(cases, years_of(cases), discount, teller)
        write(gathered(asked, cases), output)
        place = output
    else:
        base, *others = (Path(each).stem for each in scenarios)
        name = f"{others[0] if len(others) == 1 else f'{len(others)}-policies'}-against-{base}"
        with created(named([name]), asdict(asked), outputs) as folder:
            cases = solved(asked, "Comparing")
            rows = say_comparison(asked, cases, teller)
            money = say_accounts(cases, years_of(cases), discount, teller)
            kept(folder, asked, cases, teller, drawing(cases, money["accounts"]) if figures else None)
        place = folder.final
    teller.note(f"Wrote {place}")
    teller.result({"output": str(place), "differences": rows, **money})


def horizon(scenarios: list[str], worldviews: Sequence[str] = ()) -> float:
    """Return the year in which a run ends that shows ten years from the first difference on.

    Raises:
        SimulatorError: telling the faults of all scenarios, and of the worldviews that are asked for beside them.
    """
    from math import ceil

    from simulator.calling import called_each
    from simulator.cases import START
    from simulator.fentanyl import fentanyl_model
    from simulator.report.paired import HORIZON, parting
    from simulator.scenario import resolve

    parameters = fentanyl_model().parameters
    policies = called_each([*scenarios, *worldviews])[: len(scenarios)]
    tracks = [resolve(each, parameters, START, options.LAST) for each in policies]
    begin = parting(tracks)
    return options.END if begin is None else min(max(options.END, float(ceil(begin + HORIZON))), options.LAST)


def years_of(cases: list[Case]) -> Window:
    """Return the window over which cases are compared."""
    from simulator.report.paired import window

    return window([case.solution.tracks for case in cases])


def say_comparison(asked: Asked, cases: list[Case], teller: Teller) -> list[Row]:
    """Say how scenarios differ; return it as rows."""
    from simulator.cli.footing import say_footing
    from simulator.cli.working import say_differences
    from simulator.report.outcomes import finite
    from simulator.report.paired import HORIZON, differences, parting

    years = years_of(cases)
    rows = differences(cases, years)
    others = ", ".join(dict.fromkeys(row["scenario"] for row in rows))
    title = f"{others} less {cases[0].scenario.name}, {years.told}"
    say_differences(teller, title, rows, beliefs=len(asked.worldviews) > 1)
    if parting([case.solution.tracks for case in cases]) is None:
        teller.note("The scenarios set every lever alike before the run ends; the last ten years are shown.")
    elif years.end - years.start < HORIZON:
        teller.note(f"The run ends {years.end - years.start:.3g} years after the scenarios part; --until shows more.")
    if asked.members == 1:
        teller.note("These are differences of single runs; they carry no interval. Ask for --members 200.")
    else:
        teller.note(
            "Intervals hold 90 % of members; `same sign` is the share of members that agree with the sign of the "
            "median. They carry the uncertainty of parameters only, not a forecast: what the model does not know of "
            "itself is common to both sides and cancels to first order. Money in this table is undiscounted; cash and "
            "the value of life are separate accounts."
        )
    say_footing(teller, asked.worldviews, asked.overrides, prior=asked.prior)
    if lost := finite(cases):
        teller.note(lost)
    return rows


def drawing(cases: list[Case], accounts: list[Row] | None = None) -> Any:  # noqa: ANN401 - a function of folder and source line
    """Return the function that draws the comparison into a folder, and the accounts where they are given."""

    def draw(folder: Path, source: str) -> None:
        from simulator.report.comparison_figure import comparison_figure
        from simulator.report.looks import save

        save(comparison_figure(cases, years_of(cases), source=source), folder / "comparison.png")
        if accounts:
            from simulator.analysis.accounting_figure import accounting_figure

            save(accounting_figure(accounts, source=source), folder / "accounts.png")

    return draw
