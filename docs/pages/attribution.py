"""The page of why deaths fell: the division among causes, and what the record cannot tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docs.pages import markup
from simulator import fits
from simulator.calibration import readings
from simulator.draws import DEFAULT_WORLDVIEW
from simulator.validation import attribution, causes, identified, shipping, ways

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.model import Model

    Row = dict[str, str]

_ABOUT = """
Deaths by synthetic opioids fell by more than a third from 2022 to 2024.
Was it China, cartels, naloxone, or that those most at risk had died?
No published account settles it, and this model does not either: it says how the fall divides *if* one believes one
thing or another, and which of its numbers the record leaves open.

`fentsim validate --attribution --ship` measures all of this again, and `python -m docs.attribution_picture` draws the
picture.
"""

_MISSING = "*Not measured yet: run `fentsim validate --attribution --ship`.*"

_METHOD = """
The fall is that of calendar 2024 against calendar 2022.
A cause is absent when its inputs hold from 1 July 2022 on the level they had, or when the stock of its loop stands
still from then on.
Every combination of causes is run for every member, and each cause gets what it adds on average over all orders in
which causes may come (its Shapley value), so that parts add up to the whole for every member.
What remains when all causes are absent was *under way*: tolerance, a market that had ripened, and what was done before
the summer of 2022 and works on.
"""

_LIMITS = """
- Worldviews fix the very numbers that decide between causes, so the division under each says what follows from a
  belief; that several tell the record about as well is the finding.
- Bodies that adapt, people who stop when supply dries up, and makers who find other suppliers are no causes of their
  own here: they count with whatever set them off.
- Intervals carry the uncertainty of numbers, and not that of structure.
- Causes on which this model is silent, such as changes in how drugs are taken, have no part.
"""


def page(model: Model) -> str:
    """Return the page."""
    return markup.page(
        "Why deaths fell in 2023-24",
        _ABOUT,
        f"## How the fall divides\n{_METHOD}\n{_division()}",
        f"## What this cannot settle\n{_LIMITS}\n{_accounts()}",
        f"## Ways to read the record\n\n{_ways(model)}",
        f"## What the record does not identify\n\n{_numbers(model)}",
        f"## Numbers that the record tells apart badly\n\n{_pairs(model)}",
        f"## What conclusions about policies rest on\n\n{_policies(model)}",
    )


def _division() -> str:
    _, rows = shipping.read("attribution")
    if not rows:
        return _MISSING
    found: dict[str, dict[str, Row]] = {}
    for row in rows:
        found.setdefault(row["worldview"], {})[row["cause"]] = row
    titles = {cause.name: cause.title for cause in causes.CAUSES} | {attribution.UNDER_WAY: "what was under way"}
    recorded = float(rows[-1]["median"])
    about = (
        f"Deaths fewer in 2024 than in 2022: {_thousands(recorded)} thousand in the record.\n"
        "Cells are thousands of deaths, median of members with 5 and 95 %; a minus is a push upward.\n"
        "Medians of parts do not add up to the median of the whole; parts of each member do.\n"
        f"*{attribution.OPEN.capitalize()}* is the calibration of {DEFAULT_WORLDVIEW} itself, where every number is\n"
        f"open; elsewhere members of {DEFAULT_WORLDVIEW} are divided among rival accounts, which each fix some."
    )
    headings = ("Worldview", "Modelled fall:", *(f"{title}:" for title in titles.values()))
    cells = [
        (name, *(_cell(parts[cause]) for cause in (attribution.MODELLED, *titles))) for name, parts in found.items()
    ]
    told = ["![Parts of the fall by cause and worldview](../images/why-deaths-fell.png)", about]
    told += [markup.table(headings, cells), _largest(found, titles)]
    if mixed := found.get(DEFAULT_WORLDVIEW):
        shares = [
            (title, _percent(mixed[cause]["share"]), _percent(mixed[cause]["largest"]))
            for cause, title in titles.items()
        ]
        told.append(f"Under {DEFAULT_WORLDVIEW}, which mixes rival accounts:")
        told.append(markup.table(("Part", "Share of the mean fall:", "Largest part, of members:"), shares))
    return "\n\n".join(told)


def _largest(found: Mapping[str, Mapping[str, Row]], titles: Mapping[str, str]) -> str:
    """Say which part is the largest under each worldview, which need not be the one that it is named for."""
    worldviews: dict[str, list[str]] = {}
    for name, parts in found.items():
        worldviews.setdefault(max(titles, key=lambda cause: float(parts[cause]["mean"])), []).append(name)
    told = "\n".join(f"- {titles[cause]}: {', '.join(names)}." for cause, names in worldviews.items())
    return (
        f"The largest part, by its mean over members:\n\n{told}\n\n"
        "Where that is not what a worldview is named for, its beliefs alone did not tell the record, and the fit\n"
        "found the rest elsewhere."
    )


def _accounts() -> str:
    told = "\n".join(f"- {name}: {because}." for name, because in fits.reasons().items())
    return f"The rival accounts of {DEFAULT_WORLDVIEW}, in a line each:\n\n{told}"


def _ways(model: Model) -> str:
    """Tabulate the readings of each worldview whose members lie in several valleys, and name those with one."""
    _, rows = shipping.read("ways")
    if not rows:
        return _MISSING
    about = (
        "Every member of a calibration goes downhill from where it is.\n"
        "Going up again along straight lines from end to end, valleys are one way to read the record where they meet,\n"
        f"unless the bottoms of both lie {readings.RIDGE:g} units of misfit or more below that.\n"
        f"A reading up to {readings.WORSE:g} units worse than the best is told if {100 * ways.LEAST:g} % of members\n"
        "or more have it.\n"
        "One unit is what a normal posterior loses where two numbers are a standard deviation from their best values;\n"
        "a narrow valley may hold few members though it is deep."
    )
    headings = ("Worldview", "Reading:", "Misfit:", "of the record:", "Share of members:", "Numbers that tell it apart")
    found: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        found.setdefault((row["worldview"], row["reading"]), []).append(row)
    several = {name for name, reading in found if reading != "1"}
    cells = [
        (
            name if reading == "1" else "",
            reading,
            f"{float(each[0]['misfit']):.1f}",
            f"{float(each[0]['record']):.1f}",
            _percent(each[0]["share"]),
            ", ".join(f"{markup.quantity(row['number'], model)} {float(row['value']):.3g}" for row in each),
        )
        for (name, reading), each in found.items()
        if name in several
    ]
    single = [name for name, _ in found if name not in several]
    told = [about]
    if cells:
        told.append(markup.table(headings, cells))
    if single:
        told.append(f"One way to read the record: {', '.join(single)}.")
    return "\n\n".join(told)


def _numbers(model: Model) -> str:
    _, rows = shipping.read("identified")
    if not rows:
        return _MISSING
    by_reason: dict[str, list[Row]] = {}
    for row in rows:
        by_reason.setdefault(row["why"], []).append(row)
    narrowed = by_reason.get(identified.NARROWED, [])
    about = (
        f"Of {len(rows)} uncertain numbers the record narrows {len(narrowed)} by a tenth or more of their spread, by\n"
        "the Gaussian of the fit and by its members alike, without any rival account that fixes them."
    )
    headings = ("Narrowed", "Spread left, Gaussian:", "By members:", "Among worldviews:")
    cells = [
        (
            markup.quantity(row["number"], model),
            _percent(row["gaussian"]),
            _percent(row["fitted"]),
            f"{_percent(row['lowest'])} to {_percent(row['highest'])}",
        )
        for row in narrowed
    ]
    told = [about, markup.table(headings, cells)]
    for why, reason in _REASONS.items():
        names = sorted(markup.quantity(row["number"], model) for row in by_reason.get(why, []))
        if names:
            told.append(reason.format(count=len(names)) + "\n" + ",\n".join(names) + ".")
    return "\n\n".join(told)


_REASONS = {
    identified.DISPUTED: "**Accounts differ** on {count}: rival accounts fix them apart, and tell the record.",
    identified.WIDE: "**Not narrowed** are {count}: fitted, they keep more than nine tenths of their spread.",
    identified.UNFELT: "**Not in the fit** are {count}: the record does not feel them, so they keep all of it.",
}


def _pairs(model: Model) -> str:
    _, rows = shipping.read("correlated")
    if not rows:
        return _MISSING
    pairs: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        pairs.setdefault((row["first"], row["second"]), []).append(float(row["correlation"]))
    worst = sorted(pairs.items(), key=lambda each: (-len(each[1]), -max(map(abs, each[1]))))
    cells = [
        (markup.quantity(one, model), markup.quantity(two, model), *_range(found), len(found))
        for (one, two), found in worst
    ]
    about = f"Correlations of {identified.STRONG:g} or more, of either sign, among the fitted members of worldviews."
    headings = ("Number", "Moves with", "Least:", "Most:", "Worldviews:")
    return f"{about}\nWhat the record knows of such a pair is a sum or a ratio.\n\n{markup.table(headings, cells)}"


def _policies(model: Model) -> str:
    _, rows = shipping.read("resting")
    if not rows:
        return _MISSING
    about = (
        f"Synthetic-opioid deaths averted in 2027 to 2036 by {rows[0]['members']} members of {DEFAULT_WORLDVIEW}, in\n"
        "thousands, and how much of the spread among members a ridge regression explains for members it has not seen:\n"
        "on all numbers, on those the record identifies alone, and on all others alone.\n"
        "The second figure is of the members' ranks, which a few extreme members do not sway.\n"
        "Shares of the two kinds overlap, for rival accounts differ in numbers of both.\n"
        "What all numbers together leave unexplained is curvature, interplay and chance.\n"
        "The last columns are the two numbers by which members rank most alike, with their rank correlation."
    )
    cells = [
        (
            row["policy"],
            _cell(row),
            _percent(row["fewer"]),
            *(f"{_percent(row[kind])}; {_percent(row[kind + '_ranks'])}" for kind in ("every", "identified", "open")),
            *(_strongest(row, place, model) for place in ("first", "second")),
        )
        for row in rows
    ]
    open_ones = [row["policy"] for row in rows if float(row["open"]) > float(row["identified"])]
    sentence = (
        f"For {', '.join(open_ones)}\n"
        "more of the spread comes of numbers that the record does not identify than of those it does: better counts\n"
        "of the same kind would not settle these conclusions; measuring those numbers might."
        if open_ones
        else "For none of these does more of the spread come of numbers that the record does not identify."
    )
    headings = ("Policy", "Averted:", "Members with fewer deaths:", "All numbers:", "Identified:", "Others:",
                "First", "Second")  # fmt: skip
    return f"{about}\n\n{markup.table(headings, cells)}\n\n{sentence}"


def _strongest(row: Row, place: str, model: Model) -> str:
    return f"{markup.quantity(row[place], model)} ({_two(row[f'{place}_rank'])}, {row[f'{place}_why']})"


def _cell(row: Row) -> str:
    ends = f" ({_thousands(row['lower90'])} to {_thousands(row['upper90'])})" if row["lower90"] else ""
    return f"{_thousands(row['median'])}{ends}"


def _thousands(value: str | float) -> str:
    """Return thousands with one digit after the point, and no sign before nothing."""
    return f"{round(float(value) / 1000, 1) + 0.0:.1f}".replace("-", "−")


def _percent(value: str) -> str:
    return f"{round(100 * float(value)) + 0:.0f} %".replace("-", "−") if value else "–"


def _two(value: str | float) -> str:
    return f"{float(value):.2f}".replace("-", "−")


def _range(found: list[float]) -> tuple[str, str]:
    return _two(min(found)), _two(max(found))
