"""`fentsim score`: what the model would have said of years it had not seen, beside rules of thumb."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulator.cli import options
from simulator.cli.guarding import CHECK_FAILED
from simulator.cli.telling import Column, Progress, Row, Teller
from simulator.names import words
from simulator.report.wording import amount

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Mode(StrEnum):
    """What a forecaster knows of the events after the origin."""

    knowing = "knowing"
    not_knowing = "not-knowing"


_DEATHS = "synthetic_opioid_deaths"


def score(
    worldview: options.Worldviews = None,
    origin: Annotated[
        list[int] | None,
        typer.Option("--origin", metavar="YEAR", help="Last year that the fit saw; may be repeated. [all]"),
    ] = None,
    mode: Annotated[
        Mode | None, typer.Option("--mode", help="With or without the dated events after the origin. [both]")
    ] = None,
    series: Annotated[
        list[str] | None,
        typer.Option("--series", metavar="NAME", help="What to score; may be repeated. [synthetic_opioid_deaths]"),
    ] = None,
    seed: options.Seed = 1,
    calibrations: Annotated[
        Path | None, typer.Option("--calibrations", metavar="FOLDER", help="Of <until>/<worldview>.npz. [shipped]")
    ] = None,
    figure: Annotated[
        Path | None, typer.Option("--figure", metavar="FILE.png", help="Draw every forecast of deaths, too.")
    ] = None,
    ship: Annotated[
        bool, typer.Option("--ship", help="Score everything; store the scores and the weights that follow.")
    ] = False,
    forecast: Annotated[
        bool, typer.Option("--forecast", help="Freeze a forecast for 2025 to 2027 under today's date instead.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Score forecasts from rolling origins on what followed; exit 3 when a promise is broken."""
    teller = Teller(json)
    if forecast:
        _freeze(teller, seed)
        return
    _refuse_choices(series, origin, bool(ship and (worldview or origin or mode or series or calibrations)))
    from simulator.scoring.backtest import SERIES, backtest
    from simulator.scoring.events import MODES
    from simulator.scoring.measures import summaries
    from simulator.scoring.promises import broken

    progress = Progress("Scoring")
    try:
        rows = backtest(
            [] if ship else worldview or [options.WORLDVIEW],
            origins=origin or [],
            modes=MODES if mode is None else [each for each in MODES if each == mode.value],
            series=SERIES if ship else series or [_DEATHS],
            seed=seed,
            folder=calibrations,
            progress=progress,
        )
    finally:
        progress.close()
    found = summaries(rows)
    _say_rows(teller, [row for row in rows if not ship or row["worldview"] == options.WORLDVIEW])
    _say_summaries(teller, found)
    if ship:
        _ship(teller, rows, seed)
    if figure is not None:
        _draw(teller, rows, figure, seed)
    failed = [] if origin else broken(found, _DEATHS)
    for sentence in failed or (["Promises are of all origins together; none is judged here."] if origin else []):
        teller.note(sentence)
    teller.result(rows)
    if failed:
        raise typer.Exit(CHECK_FAILED)


def _refuse_choices(series: list[str] | None, origin: list[int] | None, chose: bool) -> None:
    """Refuse what cannot be scored, or a choice where everything is asked for.

    Raises:
        SimulatorError: with every fault.
    """
    from simulator.errors import Problem, nearest, refuse
    from simulator.scoring.backtest import SERIES
    from simulator.scoring.believers import ORIGINS

    problems = [
        Problem("--series", f'"{name}" is not scored.', nearest(name, SERIES) or f"Choose of: {', '.join(SERIES)}.")
        for name in series or []
        if name not in SERIES
    ]
    years = ", ".join(str(year) for year in ORIGINS)
    problems += [
        Problem("--origin", f"No fit ends with {year}.", f"Choose of: {years}.")
        for year in origin or []
        if year not in ORIGINS
    ]
    if chose:
        problems.append(Problem("--ship", "Only a whole score can be shipped.", "Leave out the other options."))
    refuse(problems)


def _draw(teller: Teller, rows: list[Row], path: Path, seed: int) -> None:
    """Draw the forecasts of deaths under the first worldview, the mixture where it was asked for."""
    from simulator.provenance import commit, own_version
    from simulator.scoring.figure import draw

    deaths = [row for row in rows if row["series"] == _DEATHS]
    if not deaths:
        teller.note("No picture: deaths were not scored.")
        return
    source = f"Source: fentsim {own_version()} ({commit()}), fentsim score, seed {seed}. Record: simulator/record."
    draw([row for row in deaths if row["worldview"] == deaths[0]["worldview"]], path, source)
    teller.note(f"Wrote {path}")


def _ship(teller: Teller, rows: list[Row], seed: int) -> None:
    from simulator.scoring import board

    found = board.ship(rows, seed)
    table = [
        {
            "worldview": name,
            "weight": float(found.weights[place]),
            "lowest": min(float(each[place]) for each in found.without.values()),
            "highest": max(float(each[place]) for each in found.without.values()),
        }
        for place, name in enumerate(found.worldviews)
    ]
    columns = [
        Column("worldview", lambda row: row["worldview"]),
        Column("weight", _share("weight"), right=True),
        Column("without an origin: lowest", _share("lowest"), right=True),
        Column("highest", _share("highest"), right=True),
    ]
    teller.say()
    teller.table("Weights by what was foretold", columns, sorted(table, key=lambda row: -row["weight"]))
    teller.note(f"Wrote {board.path()} and the weights beside it.")


def _freeze(teller: Teller, seed: int) -> None:
    from datetime import UTC, datetime

    from simulator.scoring.projection import freeze, frozen

    rows = frozen(seed)
    path = freeze(rows, seed, datetime.now(UTC).date())
    columns = [
        Column("year", lambda row: str(row["year"])),
        *(Column(words(key), _amount(key), right=True) for key in ("median", "lower50", "upper50")),
        *(Column(words(key), _amount(key), right=True) for key in ("lower90", "upper90")),
        *(Column(words(key), _amount(key), right=True) for key in rows[0] if key.startswith("last_quarter_")),
    ]
    teller.table("Deaths from synthetic opioids: forecast, and the rule that the last quarter continues", columns, rows)
    teller.note(f"Wrote {path}; it is never written again.")
    teller.result(rows)


def _say_rows(teller: Teller, rows: Sequence[Row]) -> None:
    columns = [
        Column("worldview", lambda row: row["worldview"]),
        Column("mode", lambda row: row["mode"]),
        Column("fitted through", lambda row: str(row["origin"]), right=True),
        Column("year", lambda row: f"{row['year']:g}", right=True),
        *(Column(key, _amount(key), right=True) for key in ("observed", "median", "lower90", "upper90")),
        Column("score", _number("crps"), right=True),
        Column("last quarter", _amount("last_quarter"), right=True),
        Column("its score", _number("last_quarter_crps"), right=True),
    ]
    if len({row["series"] for row in rows}) > 1:
        columns.insert(2, Column("series", lambda row: words(row["series"])))
    teller.table("Forecasts against what was counted; the score is the CRPS of logs, less is better", columns, rows)


def _say_summaries(teller: Teller, rows: Sequence[Row]) -> None:
    shares = {
        "in 90 %": "coverage90", "in 50 %": "coverage50", "error, 1 year": "error_1_year",
        "last quarter's": "last_quarter_error_1_year", "error, 2 years": "error_2_years",
    }  # fmt: skip
    numbers = {
        "bias": "bias", "score": "crps", "of last value": "against_last_value", "of trend": "against_damped_trend",
        "of last quarter": "against_last_quarter", "peak off, years": "turning_point",
    }  # fmt: skip
    columns = [
        Column("worldview", lambda row: row["worldview"]),
        Column("mode", lambda row: row["mode"]),
        Column("series", lambda row: words(row["series"])),
        Column("points", lambda row: str(row["points"]), right=True),
        *(Column(heading, _share(key), right=True) for heading, key in shares.items()),
        *(Column(heading, _number(key), right=True) for heading, key in numbers.items()),
    ]
    teller.say()
    teller.table("Pooled over origins; scores as shares of those of rules of thumb", columns, rows)


def _amount(key: str) -> Callable[[Row], str]:
    """Counts as people read them; shares as they stand."""
    return lambda row: amount(row[key], "1" if abs(row[key] or 0.0) < 1 else "person")


def _share(key: str) -> Callable[[Row], str]:
    return lambda row: "–" if row[key] is None else f"{100 * row[key]:.0f} %"


def _number(key: str) -> Callable[[Row], str]:
    return lambda row: _told(row[key])


def _told(value: Any) -> str:  # noqa: ANN401 - a number or nothing
    return "–" if value is None else f"{value:.2f}".replace("-", "−")
