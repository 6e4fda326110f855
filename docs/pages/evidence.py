"""The pages of evidence: every series of the record, and every source."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from docs.pages import markup
from simulator.debate.claims import claims
from simulator.files import package
from simulator.record import STATUSES, record, series
from simulator.record.citation import cite, entries
from simulator.record.observation import ANCHORS, OBSERVATIONS
from simulator.record.reading import TABLES, table
from simulator.scenario import catalogue

if TYPE_CHECKING:
    from simulator.model import Model

_RECORD = """
Every series of evidence that travels with the simulator, one file a series in `simulator/record/`.
`simulator.evidence("NAME")` reads one with its dates, statuses and source.

How a value is known is told by its status:

- **confirmed**: read at its publisher, or in a copy or an abstract of what was published
- **recalled**: known from the publication named, and not re-read
- **derived**: arithmetic on other values
- **judgement**: a considered reading where nobody counts
- **assumption**: taken for lack of anything better

Where the model is fitted to a series, *compared with* names the quantity; all other series are there to be looked at.
What to make of it all: [the record and its quality](../explanation/the-record-and-its-quality.md).
"""

_REFERENCES = """
Every source, by the key that numbers, equations, series and scenarios cite.
The original publisher is named, never the copy in which a figure was seen.
"""


def evidence() -> str:
    """Return the page of all series and tables."""
    seen = {each.series: each for each in OBSERVATIONS}
    statuses = Counter(status for name in series() for status in record(name).statuses)
    counted = ", ".join(f"{statuses[status]} {status}" for status in STATUSES if statuses[status])
    total = f"There are {len(series())} series with {statuses.total()} values: {counted}."
    parts = ["## Tables", *(_table(name) for name in sorted(TABLES)), "## Series"]
    for name in series():
        found = record(name)
        compared = ""
        if name in seen:
            each = seen[name]
            compared = (
                f"- Compared with: [{each.quantity}](quantities.md#{each.quantity}), "
                f"to {100 * each.spread:.3g} % (one standard deviation). {each.why}"
            )
        first, last = min(found.spans)[0], max(span[1] for span in found.spans)
        by_status = Counter(found.statuses)
        lines = [
            f"### {name}\n\n{found.header['title']}. {markup.plainly(found.header['definition'])}.\n",
            f"- Publisher: {found.header['publisher']}; source: {markup.sources(found.header['source'])}",
            f"- {found.header['frequency']}, {first} to {last}, in {markup.unit(found.unit)}",
            f"- {markup.many(len(found.values), 'row')}: "
            + ", ".join(f"{by_status[status]} {status}" for status in STATUSES if by_status[status]),
            compared,
            f"- Note: {markup.plainly(found.header['note'])}" if found.header["note"] else "",
        ]
        parts.append("\n".join(line for line in lines if line))
    return markup.page("Record", f"{_RECORD}\n{total}", *parts)


def _table(name: str) -> str:
    header, rows = table(package("record", f"{name}.csv"))
    by_status = Counter(row["status"] for _, row in rows)
    counted = ", ".join(f"{by_status[status]} {status}" for status in STATUSES if by_status[status])
    return (
        f"### {name}\n\n{header['title']}. {markup.plainly(header['definition'])}.\n\n"
        f"- {markup.many(len(rows), 'row')}: {counted}\n- Note: {markup.plainly(header['note'])}"
    )


def references(model: Model) -> str:
    """Return the page of all sources, each with what rests on it."""
    uses = _uses(model)
    parts = []
    for key, fields in sorted(entries().items()):
        note = f" {markup.plainly(fields['note'])}." if fields.get("note") else ""
        cited = "\n".join(f"- {what}: {', '.join(sorted(set(names)))}" for what, names in uses.get(key, {}).items())
        parts.append(
            f"### {key}\n\n{markup.plainly(cite(key))}{note.replace('..', '.')}\n\n{cited or '- not cited yet'}"
        )
    idle = sum(key not in uses for key in entries())
    counted = f"There are {len(entries())} sources, {idle} of which nothing cites yet."
    return markup.page("References", f"{_REFERENCES}\n{counted}", *parts)


def _uses(model: Model) -> dict[str, dict[str, list[str]]]:
    """Return who cites each key: `key -> kind -> names as links`."""
    said: list[tuple[str, str, str | None]] = []
    said += [("Equations", markup.quantity(each.name, model), each.source) for each in model.equations.values()]
    said += [("Numbers", markup.quantity(each.name, model), each.source) for each in model.parameters.values()]
    said += [("Series", f"[{name}](record.md#{name})", record(name).header["source"]) for name in series()]
    for name in TABLES:
        _, rows = table(package("record", f"{name}.csv"))
        said += [("Tables", f"[{name}](record.md#{name})", row["source"]) for _, row in rows]
    said += [("Calibration", f"[{each.quantity}](quantities.md#{each.quantity})", each.source) for each in ANCHORS]
    for each in catalogue():
        said += [("Scenarios", f"`{each.name}`", entry.source) for entry in (*each.changes, *each.beliefs)]
    for number, claim in claims().items():
        place = f"[{number}](../verdicts/{number}.md)"
        said += [("Claims", place, each.source) for each in (*claim.for_, *claim.against)]
    found: dict[str, dict[str, list[str]]] = {}
    for kind, name, source in said:
        for key in markup.keys(source):
            found.setdefault(key, {}).setdefault(kind, []).append(name)
    return found
