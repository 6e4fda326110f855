"""`fentsim robust`: which policy holds up under which beliefs, and what knowing more would be worth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulator.cli import options
from simulator.cli.guarding import typed
from simulator.cli.telling import Bars, Row, Teller

if TYPE_CHECKING:
    from collections.abc import Callable

    import xarray as xr

    from simulator.analysis.front import Mix
    from simulator.analysis.robustness import Verdict


def robust(
    ctx: typer.Context,
    names: Annotated[list[str], typer.Argument(metavar="DEBATE | POLICY...", help="Whose policies are weighed.")],
    worldview: Annotated[
        list[str] | None,
        typer.Option("--worldview", "-w", metavar="NAME", help="May be repeated. [the debate's, or every one]"),
    ] = None,
    against: Annotated[
        str, typer.Option("--against", metavar="BASE", help="What would be done otherwise.")
    ] = "history",
    outcome: Annotated[
        str, typer.Option("--outcome", metavar="NAME", help="Any quantity of which less is better.")
    ] = "synthetic_opioid_deaths",
    first: options.First = 2027,
    last: options.Last = 2036,
    members: options.Members = options.ENSEMBLE,
    seed: options.Seed = 1,
    set_: options.Settings = None,
    prior: options.Prior = False,
    satisfied: Annotated[
        float, typer.Option("--averting", min=0, max=1, help="A policy satisfies when it averts this share of BASE.")
    ] = 0.1,
    price: Annotated[
        float | None,
        typer.Option(
            "--price",
            min=1,
            metavar="USD",
            callback=options.finite,
            help="Public cash that weighs as much as one unit of outcome.",
        ),
    ] = None,
    know: Annotated[
        list[str] | None, typer.Option("--know", metavar="NAME", help="Value knowing this number; may be repeated.")
    ] = None,
    swap: Annotated[
        list[str] | None, typer.Option("--swap", metavar="NAME", help="Scan this number; may be repeated.")
    ] = None,
    pair: Annotated[
        tuple[str, str] | None, typer.Option("--pair", metavar="A B", help="The policies to scan. [the best two]")
    ] = None,
    mix: Annotated[bool, typer.Option("--mix", help="Search for the best mixes of the policies.")] = False,
    budget: Annotated[
        float | None,
        typer.Option(
            "--budget",
            min=0,
            metavar="USD",
            callback=options.finite,
            help="With --mix: public cash a year beyond BASE.",
        ),
    ] = None,
    evaluations: Annotated[int, typer.Option("--evaluations", min=80, help="With --mix: how many are tried.")] = 600,
    figures: Annotated[bool, typer.Option("--figures/--no-figures", help="Draw the figures.")] = True,
    output: options.Output = None,
    outputs: options.Outputs = None,
    json: options.Json = False,
) -> None:
    """Weigh policies across beliefs: regret, who wins where, swaps, value of information, best mixes."""
    from simulator.analysis.payoffs import candidates
    from simulator.analysis.question import Question
    from simulator.analysis.robustness import DECISIVE, Choice, every_worldview
    from simulator.cli.keeping import kept, written
    from simulator.cli.running import refuse_output
    from simulator.report.folder import created, named

    refuse_output(output)
    options.refuse_repeats(names, "POLICY")
    policies, beliefs, beside = candidates(names, worldview or [], against)
    question = Question(against, None, outcome, first, last, beside=beside)
    choice = Choice(
        tuple(policies), tuple(beliefs or every_worldview()), against, members, seed, prior, options.overrides(set_),
        satisfied, price, tuple(know or DECISIVE), tuple(swap or DECISIVE), pair,
    )  # fmt: skip
    budgeted = budget if mix or budget is not None else None
    teller = Teller(json)
    asked: dict[str, Any] = {"command": typed(ctx), **vars(choice)}

    def answer() -> tuple[xr.Dataset, dict[str, list[Row]], Callable[[str], dict[str, Any]]]:
        from simulator.analysis import robustness
        from simulator.cli import weighing_words

        bars = Bars()
        verdict = robustness.weigh(question, choice, tell=bars)
        bars.close()
        tables = weighing_words.say(teller, verdict, question, choice)
        found: list[Mix] = []
        if mix or budgeted is not None:
            found = robustness.mixes(question, choice, budget=budgeted, evaluations=evaluations, tell=bars)
            bars.close()
            tables["mixes"] = weighing_words.say_mixes(teller, found, question, choice)
        return verdict.payoffs.dataset(), tables, _drawing(verdict, found, question, choice)

    if output is not None:
        data, tables, _ = answer()
        written(data, output, asked["command"], seed)
        final = output
    else:
        with created(named(["robust", *(Path(name).stem for name in names)]), asked, outputs) as place:
            data, tables, draw = answer()
            kept(place, data, tables, teller, asked=asked, draw=draw if figures else None)
        final = place.final
    teller.note(f"Wrote {final}")
    teller.result(
        {"output": str(final), "outcome": outcome, "unit": question.unit, "from": first, "to": last, **tables}
    )


def _drawing(verdict: Verdict, mixes: list[Mix], question: Any, choice: Any) -> Callable[[str], dict[str, Any]]:  # noqa: ANN401
    def draw(source: str) -> dict[str, Any]:
        from simulator.analysis.robust_figure import front_figure, robust_figure

        drawn = {"robustness": robust_figure(verdict, question, choice, source=source)}
        if mixes:
            drawn["mixes"] = front_figure(mixes, question, choice, source=source)
        return drawn

    return draw
