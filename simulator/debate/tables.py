"""Tables of a debate: a row a policy, worldview and outcome, and the same as Markdown."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.debate.debates import DEATHS, MEASURES
from simulator.fentanyl import fentanyl_model
from simulator.report.spread import summary
from simulator.report.wording import count

if TYPE_CHECKING:
    from simulator.debate.cells import Measure
    from simulator.debate.debates import Debate

Row = dict[str, Any]
COLUMNS = ("debate", "policy", "worldview", "outcome", "over", "unit", "start", "end", "median", "lower90", "upper90",
           "share_of_sign", "members", "rank", "rank_error", "rank_kept", "median_error")  # fmt: skip


def rows(found: Debate) -> list[Row]:
    """Return one row a policy, worldview and outcome: paired differences from history.

    Returns:
        Rows with `COLUMNS`; `rank`, its standard deviation over resamplings, the share of
        resamplings that keep it, and the Monte-Carlo error of the median belong to deaths.
    """
    return [
        _row(found, policy, worldview, measure)
        for worldview in found.scenario.worldviews
        for policy in found.policies
        for measure in MEASURES
    ]


def _row(found: Debate, policy: str, worldview: str, measure: Measure) -> Row:
    values = found.change(measure, policy, worldview)
    values = values[np.isfinite(values)]
    told = summary(values)
    sign = np.sign(told["median"] or 0.0)
    place = next(each for each in found.places[worldview] if each.policy == policy)
    ranked = measure == DEATHS
    return {
        "debate": found.scenario.name,
        "policy": policy,
        "worldview": worldview,
        "outcome": measure.quantity,
        "over": measure.over,
        "unit": unit(measure),
        "start": measure.start,
        "end": measure.end,
        **told,
        "share_of_sign": float(np.mean(np.sign(values) == sign)) if sign else None,
        "members": len(values),
        "rank": place.rank if ranked else None,
        "rank_error": place.error if ranked else None,
        "rank_kept": place.kept if ranked else None,
        "median_error": place.median_error if ranked else None,
    }


def unit(measure: Measure) -> str:
    """Return the unit of a measure: a total of a rate is no longer a rate."""
    found = fentanyl_model().equations[measure.quantity].unit
    return found.removesuffix("/year") if measure.over == "total" else found


def as_csv(found: list[Row]) -> str:
    """Return rows as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(found)
    return text.getvalue()


def thousands(values: np.ndarray, *, ends: bool = True) -> str:
    """Return deaths averted in thousands: median, and the ends of 90 % below it."""
    told = summary(values[np.isfinite(values)] / 1e3)
    numbers = [signed(told[key]) for key in ("median", "lower90", "upper90")]
    return f"{numbers[0]} ({numbers[1]} to {numbers[2]})" if ends else numbers[0]


def signed(value: float | None) -> str:
    """Return thousands: whole from ten on, one digit below; a minus where deaths rise; zero as it is."""
    if value is None:
        return "–"
    text = f"{value:.0f}" if abs(value) >= 9.95 else f"{value:.1f}"  # noqa: PLR2004 - 9.95 rounds to ten
    return "0" if float(text) == 0 else text.replace("-", "−")


def as_markdown(found: Debate, paragraphs: list[str]) -> str:
    """Return the debate as one page: question, table, sentences, how to read it."""
    worldviews = found.scenario.worldviews
    lines = [f"| Policy | {' | '.join(worldviews)} |", f"|---|{'---:|' * len(worldviews)}"]
    for policy in found.policies:
        seen = [_cell(found, policy, worldview) for worldview in worldviews]
        lines.append(f"| {policy} | {' | '.join(seen)} |")
    asked = " ".join(found.scenario.question.split())
    left = " ".join((found.scenario.not_asked or "").split())
    about = (
        "Deaths by any opioid averted from 2027 to 2036 against history, in thousands: the median and 90 % of "
        f"{count(found.cells.members, 'member')}, seed {found.cells.seed}. Bold: first of its column. A minus means "
        "more deaths. The spread is that of parameters only, and no forecast."
    )
    said = "\n\n".join(paragraphs)
    return (
        f"# {found.scenario.title}\n\n{asked}\n\n{about}\n\n" + "\n".join(lines) + f"\n\n{said}\n\nNot asked: {left}\n"
    )


def _cell(found: Debate, policy: str, worldview: str) -> str:
    text = thousands(found.averted(policy, worldview))
    first = next(each for each in found.places[worldview] if each.policy == policy).rank == 1
    return f"**{text}**" if first else text
