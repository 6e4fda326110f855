"""`fentsim tour`: the main job. History against the record, two opposing policies, and what to try next."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulator.cli import options
from simulator.cli.guarding import typed
from simulator.cli.telling import Teller

if TYPE_CHECKING:
    from pathlib import Path

    from simulator.cases import Case
    from simulator.cli.telling import Row
    from simulator.cli.working import Asked

HISTORY = "history"
PAIR = ("supply-package", "care-package")
#: Beliefs that pull apart: supply decides, demand decides, every gap is filled.
RIVALS = ("supply-driven", "demand-driven", "iron-law")
#: What the rivals are asked.
ASKED_OF_RIVALS = ("opioid_deaths", "public_cost")


def tour(
    ctx: typer.Context,
    first: Annotated[str, typer.Argument(help="A policy.")] = PAIR[0],
    second: Annotated[str, typer.Argument(help="An opposing one.")] = PAIR[1],
    members: options.Members = options.ENSEMBLE,
    seed: options.Seed = 1,
    outputs: options.Outputs = None,
    json: options.Json = False,
) -> None:
    """Take the tour, as `make run` does: history against the record, and two opposing policies compared."""
    from simulator.cli.comparing import horizon, say_comparison
    from simulator.cli.working import Asked, kept, solved
    from simulator.report.folder import created

    options.refuse_repeats([HISTORY, first, second], "tour")
    pair = [first, second]
    asked = Asked(typed(ctx), [HISTORY, *pair], [options.WORLDVIEW], members, seed, horizon(pair))
    teller = Teller(json)
    with created("tour", asdict(asked), outputs) as place:
        record = _say_record(asked, teller)
        cases = solved(asked, "Running history and both policies")
        history, *compared = cases
        teller.say()
        rows = say_comparison(asked, compared, teller)
        teller.say()
        _say_plainly(teller, rows)
        rivals = _say_rivals(asked, pair, teller)
        kept(place, asked, cases, teller, _drawing(history, compared, seed))
    teller.note(f"Wrote {place.final}")
    _say_next(teller, pair, place.final)
    teller.result({"output": str(place.final), "record": record, "differences": rows, "rivals": rivals})


def _say_record(asked: Asked, teller: Teller) -> list[Row]:
    """Compare the likeliest run of history with the record."""
    from simulator.cli.footing import calibrated_until
    from simulator.cli.working import say_agreement, solved
    from simulator.report.agreement import agreement

    until = calibrated_until(options.WORLDVIEW)
    likeliest = solved(replace(asked, scenarios=[HISTORY], members=1, until=options.END), "Running history")
    rows = agreement(likeliest[0].solution, until)
    title = f"History against the record, calibrated through {until - 1:.0f} (the likeliest run)"
    say_agreement(teller, title, rows)
    missed = [row["series"].replace("_", " ") for row in rows if row["verdict"] == "missed"]
    promised = sum(row["target"] is not None for row in rows)
    teller.say(
        f"{promised - len(missed)} of {promised} promises are kept."
        + (f" Missed: {', '.join(missed)}." if missed else "")
    )
    return rows


def _say_plainly(teller: Teller, rows: list[Row]) -> None:
    """Put the difference in deaths and in public cash into sentences."""
    from simulator.report.wording import amount

    deaths, money = (next(row for row in rows if row["outcome"] == name) for name in ASKED_OF_RIVALS)
    for row, less, more, what in (
        (deaths, "fewer", "more", "overdose deaths"), (money, "less", "more", "public cash"),
    ):  # fmt: skip
        size, word = amount(abs(row["median"]), row["unit"]), less if row["median"] < 0 else more
        text = f"{row['scenario']} means {size} {word} {what} than {row['against']}"
        if row["lower90"] is not None:
            low, high = (amount(row[end], row["unit"], signed=True) for end in ("lower90", "upper90"))
            text += f" (90 % of members: {low} to {high}; {100 * row['share_of_sign']:.0f} % agree on the sign)"
        teller.say(f"{text}.")


def _say_rivals(asked: Asked, pair: list[str], teller: Teller) -> list[Row]:
    """Ask the same of three rival worldviews, each calibrated to the same record."""
    from simulator.cli.comparing import years_of
    from simulator.cli.working import say_differences, solved
    from simulator.report.paired import OUTCOMES, differences
    from simulator.scenario import folders

    names = [name for name in RIVALS if name in folders.named()]
    if not names:
        return []
    cases = solved(replace(asked, scenarios=pair, worldviews=names), "Asking rival worldviews")
    chosen = [outcome for outcome in OUTCOMES if outcome.name in ASKED_OF_RIVALS]
    years = years_of(cases)
    rows = differences(cases, years, chosen)
    teller.say()
    say_differences(teller, f"The same difference under rival worldviews, {years.told}", rows, beliefs=True)
    return rows


def _drawing(history: Case, compared: list[Case], seed: int) -> Any:  # noqa: ANN401 - a function of folder and source line
    def draw(folder: Path, source: str) -> None:
        from simulator.cli.comparing import drawing
        from simulator.cli.drawing import draw_history

        draw_history(history, seed, folder, source)
        drawing(compared)(folder, source)

    return draw


def _say_next(teller: Teller, pair: list[str], final: Path) -> None:
    """Say what to try next."""
    for line in (
        "",
        "Try next:",
        f"  open {final / 'figures'}",
        "  fentsim scenarios                         every policy, worldview and debate, with its question",
        f"  fentsim show {pair[1]:<28} what it changes, from when, and why",
        f"  fentsim compare history {pair[1]} -w supply-driven -w demand-driven",
        "  fentsim run history --members 200 --set precursor_slack=0.3",
        "  fentsim show synthetic_opioid_deaths      what a number means, and what causes it",
    ):
        teller.say(line)
