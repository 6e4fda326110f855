"""The tables behind the page of validation, each from a shipped file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docs.pages import markup, validation_fit
from docs.pages import validation_words as words
from docs.pages.validation_fit import plain, share
from simulator.validation import knockout, other_market, replays, shipping

if TYPE_CHECKING:
    from collections.abc import Callable

Row = dict[str, str]

#: A loop whose loss costs more than this, in units of log probability, after a new fit: about one parameter's worth.
MISSED = 2.0
_NOT_YET = "Not measured yet."


def _steps() -> str:
    header, rows = shipping.read("steps")
    told = markup.table(
        ("Relative tolerance:", "Largest change of a year:", "Of", "Promise"),
        (
            (f"{float(row['tolerance']):.0e}", f"{float(row['worst']):.1e}", row["where"],
             f"{share(row['most'])}, {_verdict(row)}") for row in rows
        ),
    )  # fmt: skip
    return _part(
        "Finer steps", "Calendar years of the likeliest run, against one with steps ever so fine.", header, told
    )


def agrees(row: Row) -> bool:
    """Say whether our interval and the published answer, a number or a range, have anything in common."""
    ours = float(row["lower90"]), float(row["upper90"])
    theirs = [float(row[key]) for key in ("published", "published_low", "published_high") if row[key]]
    return max(ours[0], min(theirs)) <= min(ours[1], max(theirs))


def _replays() -> str:
    header, rows = shipping.read("replays")
    known = {each.name: each for each in replays.experiments()}
    about = words.REPLAYS
    shown = [
        (known[row["experiment"]].title, row["model"], _theirs(row), _ours(row), "yes" if agrees(row) else "no",
         _verdict(row))
        for row in rows if row["experiment"] in known
    ]  # fmt: skip
    headings = ("Experiment", "Published by", "Published:", "Ours:", "Overlap", "Sign as expected")
    why = [
        (each.title, ", ".join(f"`{name}` × {factor:g}" for name, factor in each.multiply.items() if factor != 1),
         f"{each.starting:g}, over {each.over:g} years", each.same, each.other)
        for each in known.values()
    ]  # fmt: skip
    reasons = markup.table(("Experiment", "What is multiplied", "From", "Why it compares", "What does not"), why)
    others = markup.table(
        ("Published by", "What", "Why it is not replayed"),
        ((each["model"], each["what"], each["because"]) for each in replays.not_replayed()),
    )
    body = "\n\n".join((markup.table(headings, shown), _reading(rows), reasons, "Not replayed:", others))
    return _part("Published experiments", about, header, body)


def _reading(rows: list[Row]) -> str:
    """Return where our answer and the published one have nothing in common, and which of them is the larger."""
    known = {each.name: each for each in replays.experiments()}
    apart = [row for row in rows if row["experiment"] in known and not agrees(row)]
    lines = []
    for word, sign in (("smaller", 1), ("larger", -1)):
        own = [
            row for row in apart if sign * (float(row["median"]) - float(row["published"] or row["published_low"])) > 0
        ]
        titles = "; ".join(known[row["experiment"]].title for row in own) or "none"
        lines.append(f"- Ours is the {word} effect: {titles}.")
    return "Where the two have nothing in common:\n\n" + "\n".join(lines)


def _loops() -> str:
    header, rows = shipping.read("knockout")
    about = words.LOOPS.format(steps=header.get("steps", knockout.STEPS), missed=MISSED)
    shown = [
        ("every loop as shipped" if row["switch"] == knockout.NONE
         else f"[{row['switch']}](parameters.md#{row['switch']})", row["turned"] or "–",
         *(_signed(row[key]) if "change" in key else f"{float(row[key]):,.1f}"
           for key in ("record", "misfit", "change", "record_refitted", "refitted", "change_refitted")),
         *(f"{float(row[key]):,.0f}" for key in ("deaths", "deaths_refitted")))
        for row in rows
    ]  # fmt: skip
    headings = (
        "Loop",
        "Turned",
        "Record:",
        "Misfit:",
        "Change:",
        "Fitted again, record:",
        "Misfit:",
        "Change:",
        "Deaths:",
        "Deaths, fitted again:",
    )
    missed = ", ".join(f"`{row['switch']}`" for row in rows if row["turned"] and is_missed(row)) or "none"
    body = f"{markup.table(headings, shown)}\n\nMissed by the record after a new fit: {missed}."
    return _part("Loops knocked out", about, header, body)


def is_missed(row: Row) -> bool:
    """Say whether a new fit does not make good the loss of a loop."""
    return float(row["change_refitted"]) > MISSED


def _family() -> str:
    header, rows = shipping.read("family")
    _, best = shipping.read("family_settings")
    told: dict[str, Any] = other_market.market()
    about = words.FAMILY.format(source=markup.sources("dobkin2009"))
    shown = [
        (row["feature"].replace("_", " "), row["ranges"], row["published"] or "–",
         f"{plain(row['low'])} to {plain(row['high'])}" if row["low"] else "–",
         f"{plain(row['median'])} ({plain(row['lower90'])} to {plain(row['upper90'])})" if row["median"] else "–",
         share(row["share"]), plain(row["nearest"]), _verdict(row) if row["nearest"] else "–")
        for row in rows
    ]  # fmt: skip
    headings = ("Feature", "Ranges", "Published:", "Tolerance:", "Draws:", "Share:", "Nearest:", "Shown")
    nearest = [
        (row["name"].replace("_", " "), markup.unit(row["unit"]), f"{plain(row['low'])} to {plain(row['high'])}",
         plain(row["stated"]), plain(row["wider"])) for row in best
    ]  # fmt: skip
    why = [(f"{name}", each["to"], each["because"]) for name, each in told["settings"].items()]
    failing = "\n".join(f"- *{name}*: {' '.join(reason.split())}" for name, reason in told["known_to_fail"].items())
    wider = ", ".join(f"`{name}` {low:g} to {high:g}" for name, (low, high) in told["wider"].items())
    body = "\n\n".join(
        (
            markup.table(headings, shown),
            f"Not shown by any setting, and why:\n\n{failing}",
            f"The settings nearest to everything, in the stated ranges and in wider ones ({wider}):",
            markup.table(("Number", "Unit", "Tolerance, or range:", "Stated:", "Wider:"), nearest),
            "What is set for that market:",
            markup.table(("Number", "To:", "Why"), why),
        )
    )
    return _part("A market of the same family", about, header, body)


def _synthetic() -> str:
    header, rows = shipping.read("coverage")
    about = words.SYNTHETIC.format(source=markup.sources("talts2018"))
    shown = [
        (row["kind"], row["records"], row["intervals"], f"{share(row['coverage'])} ± {share(row['error'])}",
         row["expect"], _verdict(row), share(row["low"]), share(row["middle"]), share(row["high"]))
        for row in rows
    ]  # fmt: skip
    headings = ("Quantities", "Records:", "Intervals:", "Held:", "Promise", "Met", "Lowest quarter:", "Middle half:",
                "Highest quarter:")  # fmt: skip
    return _part("Synthetic records", about, header, markup.table(headings, shown))


#: The parts of the page, in order.
PARTS: tuple[Callable[[], str], ...] = (_steps, validation_fit.fit, _replays, _loops, _family, _synthetic)


def _part(title: str, about: str, header: dict[str, str], table: str) -> str:
    if not header:
        return f"## {title}\n\n{about.strip()}\n\n{_NOT_YET}"
    older = "" if header.get("state") == shipping.state() else ", with an earlier state of model or calibration"
    return f"## {title}\n\n{about.strip()}\n\n{table}\n\nMeasured by `{header['again']}`{older}."


def _theirs(row: Row) -> str:
    if row["published"]:
        return _percent(row["published"])
    return f"{_percent(row['published_high'])} to {_percent(row['published_low'])}"


def _ours(row: Row) -> str:
    return f"{_percent(row['median'])} ({_percent(row['lower90'])} to {_percent(row['upper90'])})"


def _verdict(row: Row) -> str:
    return {"True": "yes", "False": "**no**"}.get(row["met"], "–")


def _percent(text: str) -> str:
    return f"{100 * float(text):+.2f} %".replace("-", "−")


def _signed(text: str) -> str:
    return f"{round(float(text), 1) + 0.0:+,.1f}".replace("-", "−")
