"""The page of scores: what the model would have said of years it had not seen, good and bad alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from docs.pages import markup
from simulator.draws import DEFAULT_WORLDVIEW
from simulator.record.reading import record
from simulator.scoring import board, measures, projection
from simulator.scoring.backtest import SERIES, WEIGHED_IN, weigh
from simulator.scoring.discrepancy import RELAXATION, WALK
from simulator.scoring.events import MODES
from simulator.scoring.present import DEATHS
from simulator.scoring.promises import PROMISES, judged, published

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.scoring.board import Board
    from simulator.scoring.projection import Frozen

Row = dict[str, Any]

_ABOUT = """
Each worldview is fitted to the record up to the end of a year, run on from there, and compared with what was counted
afterwards.
The rule “the last quarter continues” is printed beside every forecast of deaths: it costs nothing, and is hard to beat
a year ahead.

Read the numbers with three reservations.
**Hindsight.** The fits have not seen the years that are scored, but the people who wrote the equations, the ranges and
the dated events have; no score can undo that.
Only the [frozen forecast](#a-forecast-that-waits) is free of it.
**Few points.** Forecasts from four origins share the same later years, above all 2024; the effective number of
independent points is smaller than the number printed.
**Today's record.** Forecasts start from the record as it stands today, not as it was published on the day; the rules of
thumb are given the same.
"""

_MODES = """
- *knowing*: the dated events of history after the origin, such as the pandemic and the enforcement of 2023-24,
  happen on their dates.
  What they do is as uncertain as before the origin, for nothing later was fitted.
  This asks whether the model answers events rightly.
- *not-knowing*: every input holds the level it had at the origin.
  This is a forecast as anybody could have made it.
"""

_DISCREPANCY = f"""
Parameters alone make intervals that are far too narrow, and are never shown as a forecast.
Every forecast starts from the last residual: record over model, in the quarter before the origin (for other series, in
the last row before it).
From there a discrepancy between world and model wanders by {WALK:g} log units per root year and returns with a
relaxation time of {RELAXATION:g} years, so that it is nearly a random walk over the years scored here.
The number is the middle of what a trial found for deaths (0.16 to 0.20), was fixed before anything here was scored, and
stands with its reasons in `simulator/scoring/discrepancy.py`.
Errors of measurement are added as `simulator/record/observation.py` states them.
"""

_STACKING = """
The weights are those whose mixture gives the held-out record, of every series scored, the highest log score
([yao2018](references.md#yao2018)).
Each origin and series counts as one point, and every account starts with one: a prior towards equal weights.
*Without an origin* is the range of the weight when one origin after the other is left out: where it is wide, the weight
is little more than a rumour.
The scores of `evidence-weighted` on this page use, at each origin, the weights that the other origins give.
"""


def scoreboard() -> str:
    """Return the page of scores, or what to do where nothing was scored yet."""
    found = board.load()
    parts = [_nothing()] if found is None else _scores(found)
    return markup.page("Scoreboard", _ABOUT, *parts, f"## A forecast that waits\n\n{_frozen(projection.forecasts())}")


def _nothing() -> str:
    return "Nothing is scored yet.\nOnce the fits to shorter records ship, `fentsim score --ship` fills this page."


def _scores(found: Board) -> list[str]:
    summaries = measures.summaries(found.rows)
    deaths = [each for each in summaries if each["series"] == DEATHS]
    mixed = [each for each in deaths if each["worldview"] == DEFAULT_WORLDVIEW]
    own = [row for row in found.rows if row["worldview"] == DEFAULT_WORLDVIEW and row["series"] == DEATHS]
    stale = "\n".join(f"**Stale.** {sentence} Score again: `fentsim score --ship`." for sentence in found.stale)
    return [
        stale,
        f"Scored at commit {found.header['commit']} with seed {found.header['seed']}: `fentsim score --ship`.",
        f"## The two questions\n\n{_MODES.strip()}",
        f"## What a forecast consists of\n\n{_DISCREPANCY.strip()}",
        f"## Promises\n\n{_promises(mixed)}\n\n{_covered(found.rows)}",
        f"## Beside the best published model\n\n{_beside(found.rows, mixed)}",
        "## Every forecast of deaths",
        *(f"### {mode}\n\n{_forecasts([row for row in own if row['mode'] == mode])}" for mode in MODES),
        f"## Turning points\n\n{_turns(own)}",
        f"## Worldview by worldview\n\n{_pooled(deaths, 'worldview')}",
        f"## Other series\n\n{_others(summaries)}",
        f"## Weights of the accounts\n\n{_weights(found)}",
    ]


def _promises(mixed: Sequence[Row]) -> str:
    cells = {each["mode"]: judged(each) for each in mixed}
    rows = []
    for place, promise in enumerate(PROMISES):
        row = [promise.words[0].upper() + promise.words[1:]]
        for summary in mixed:
            kept = cells[summary["mode"]][place][1]
            row.append(_judged(summary, promise.measure, promise.against, kept=kept))
        rows.append(row)
    points = max((each["points"] for each in mixed), default=0)
    words = (
        "Held against `evidence-weighted` and deaths from synthetic opioids, all origins together. "
        f"With {markup.many(points, 'point')}, a forecaster whose intervals are exactly right would keep the first "
        f"promise in {100 * _luck(points):.0f} % of cases if the points were independent."
    )
    return f"{markup.table(['Promise', *(each['mode'] for each in mixed)], rows)}\n\n{words}"


def _covered(everything: Sequence[Row]) -> str:
    """Return the table of all held-out points of all series, pooled over origins."""
    own = [row for row in everything if row["worldview"] == DEFAULT_WORLDVIEW]
    by_mode = [measures.covered([row for row in own if row["mode"] == mode]) for mode in MODES]
    columns = [*by_mode, measures.covered(own)]
    rows = [
        [series if series != "all" else "**all series**", *(f"{_share(share)} of {points}" for points, share in cells)]
        for series in ["all", *(each for each in columns[0] if each != "all")]
        for cells in [[column[series] for column in columns]]
    ]
    words = (
        "The first promise does not say of what. Of every held-out point of every series that is scored, and so like "
        "SOURCE's own count below, 90 % intervals hold:"
    )
    return f"{words}\n\n{markup.table(['Series', *MODES, 'both'], rows)}"


def _judged(summary: Row, measure: str, against: str | None, *, kept: bool | None) -> str:
    word = {True: "kept", False: "**not kept**", None: "not judged"}[kept]
    shown = _number if "crps" in measure or "against" in measure else _share
    beside = f" against {shown(summary[against])}" if against else ""
    return f"{shown(summary[measure])}{beside}, {word}"


def _luck(points: int) -> float:
    from scipy.stats import binom

    low, high = PROMISES[0].low, PROMISES[0].high
    return float(sum(binom.pmf(k, points, 0.9) for k in range(points + 1) if low <= k / points <= high))


def _beside(everything: Sequence[Row], mixed: Sequence[Row]) -> str:
    source = published()
    said: dict[tuple[int, str], dict[str, float]] = {}
    for row in everything:
        if (
            row["worldview"] == DEFAULT_WORLDVIEW
            and row["year"] == source.year
            and row["series"] in projection.FORECAST
        ):
            said.setdefault((row["origin"], row["mode"]), {})[row["series"]] = row["median"] / row["observed"] - 1
    rows = [
        (f"{DEFAULT_WORLDVIEW}, {mode}", f"through {origin}", *(_signed(each[name]) for name in projection.FORECAST))
        for (origin, mode), each in sorted(said.items())
    ]
    rows.append(("SOURCE, one course of its inputs", "through 2020", "–", _signed(source.error)))
    covered = "; ".join(f"{each['mode']} {_share(each['coverage90'])} of nominal 90 %" for each in mixed)
    words = (
        f"SOURCE's nominal 95 % intervals covered {_share(source.covered)} of its held-out points, of many series "
        "([lim2022](references.md#lim2022), [stringfellow2025](references.md#stringfellow2025)). "
        f"Here, of deaths from synthetic opioids: {covered}."
    )
    headings = ("Forecast", "Fitted", f"Error in {source.year}, synthetic opioids:", "any opioid:")
    return f"{markup.table(headings, rows)}\n\n{words}"


def _forecasts(rows: Sequence[Row]) -> str:
    headings = ("Fitted through", "Year", "Counted:", "Median:", "90 %:", "Within", "Score:", "Last quarter continues:",
                "its score:", "Last value's score:", "Damped trend's score:")  # fmt: skip
    table = [
        (
            row["origin"],
            row["year"],
            _people(row["observed"]),
            _people(row["median"]),
            f"{_people(row['lower90'])} to {_people(row['upper90'])}",
            "yes" if row["lower90"] <= row["observed"] <= row["upper90"] else "**no**",
            *(_number(row["crps"]), _people(row["last_quarter"]), _number(row["last_quarter_crps"])),
            *(_number(row["last_value_crps"]), _number(row["damped_trend_crps"])),
        )
        for row in rows
    ]
    words = "The score is the CRPS ([gneiting2007](references.md#gneiting2007)) of log counts; less is better."
    return f"{markup.table(headings, table)}\n\n{words}"


def _turns(own: Sequence[Row]) -> str:
    rows = [
        (mode, f"through {origin}", f"{late:+d}".replace("-", "−") if late else "0")
        for mode in MODES
        for origin, late in measures.turning_points([row for row in own if row["mode"] == mode]).items()
    ]
    words = f"The peak of deaths among the years forecast and the {measures.LOOK_BACK} before; years late."
    return f"{words}\n\n{markup.table(('Mode', 'Fitted', 'Years late:'), rows)}"


def _pooled(summaries: Sequence[Row], first: str) -> str:
    headings = (first.capitalize(), "Mode", "Points:", "In 90 %:", "In 50 %:", "Error, 1 year:", "Error, 2 years:",
                "Bias:", "Score:", "of last value:", "of damped trend:", "of last quarter:", "Peak off:")  # fmt: skip
    rows = [
        (
            each[first],
            each["mode"],
            each["points"],
            *(_share(each[key]) for key in ("coverage90", "coverage50", "error_1_year", "error_2_years")),
            *(_number(each[key]) for key in ("bias", "crps")),
            *(_number(each[f"against_{rule}"]) for rule in measures.RULES),
            _number(each["turning_point"]),
        )
        for each in sorted(summaries, key=lambda each: (each["mode"], each["crps"]))
    ]
    words = (
        "Bias is the mean log of median over count; *of last value*, *of damped trend*, *of last quarter* are scores "
        "as shares of those rules' own, below one where the forecast is better; *peak off* is in years."
    )
    return f"{markup.table(headings, rows)}\n\n{words}"


def _others(summaries: Sequence[Row]) -> str:
    chosen = [each for each in summaries if each["worldview"] == DEFAULT_WORLDVIEW and each["series"] in SERIES[1:]]
    words = (
        "Of `evidence-weighted`. Rules of thumb are worked out where a series is counted every calendar year. "
        "No other series had a trial of its own, so the walk is that of deaths; where coverage is far from nominal, "
        "that is why."
    )
    return f"{words}\n\n{_pooled(chosen, 'series')}"


def _weights(found: Board) -> str:
    ours = weigh(found.rows, found.accounts)
    around = np.array(list(ours.without.values()))
    other = weigh(found.rows, found.accounts, MODES[1]).weights
    rows = [
        (
            name,
            _share(float(ours.weights[place])),
            f"{_share(float(around[:, place].min()))} to {_share(float(around[:, place].max()))}",
            _share(float(other[place])),
        )
        for place, name in sorted(enumerate(ours.worldviews), key=lambda each: -ours.weights[each[0]])
    ]
    table = markup.table(("Account", f"Weight, {WEIGHED_IN}:", "Without an origin:", f"Weight, {MODES[1]}:"), rows)
    return f"{_STACKING.strip()}\n\n{table}"


def _frozen(found: Sequence[Frozen]) -> str:
    about = (
        "A forecast is written once under its date, `fentsim score --forecast`, and never changed. "
        "It knows the dated events of history up to its date, and then the status quo."
    )
    if not found:
        return f"{about}\n\nNone is written yet."
    counted = record(DEATHS)
    known = dict(zip(counted.starts.astype(int).tolist(), counted.values.tolist(), strict=True))
    parts = [about]
    for each in found:
        rows = [
            (
                row["year"],
                _people(row["median"]),
                *(f"{_people(row[f'lower{share}'])} to {_people(row[f'upper{share}'])}" for share in (50, 90)),
                _people(row["last_quarter_median"]),
                f"{_people(row['last_quarter_lower90'])} to {_people(row['last_quarter_upper90'])}",
                _people(known[row["year"]]) if row["year"] in known else "not yet",
            )
            for row in each.rows
        ]
        headings = ("Year", "Median:", "50 %:", "90 %:", "Last quarter continues:", "its 90 %:", "Counted:")
        words = f"Deaths from synthetic opioids; record {each.header['record']}, commit {each.header['commit']}, "
        parts.append(
            f"### {each.header['date']}\n\n{words}seed {each.header['seed']}.\n\n{markup.table(headings, rows)}"
        )
    return "\n\n".join(parts)


def _people(value: float) -> str:
    return f"{value:,.0f}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} %"


def _signed(value: float) -> str:
    return f"{100 * value:+.0f} %".replace("-", "−")


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}".replace("-", "−")
