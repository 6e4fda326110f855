"""The tables of fit on the page of validation: ours beside what SOURCE published of its own."""

from __future__ import annotations

from docs.pages import markup
from docs.pages import validation_words as words
from simulator.draws import DEFAULT_WORLDVIEW
from simulator.validation import statistics

#: The series that both models tell.
_DEATHS = "opioid_deaths"


def fit() -> str:
    """Return the part of the page about fit: at a glance, then series by series for each worldview."""
    names = sorted(statistics.worldviews(), key=lambda name: (name != DEFAULT_WORLDVIEW, name))
    found = {name: {row["series"]: row for row in statistics.compared(name)} for name in names}
    glance = [
        (name, *(told(rows[series][key]) for series in (_DEATHS, statistics.MEAN) for key, told in _KEYS))
        for name, rows in found.items()
    ]
    theirs = {row["series"]: row for row in statistics.published()}
    glance.append(
        ("*SOURCE*, published", *(told(theirs[series][key]) for series in (_DEATHS, statistics.MEAN)
                                  for key, told in _KEYS))
    )  # fmt: skip
    headings = ("Worldview", "Opioid deaths, error:", "R²:", "Mean of series, error:", "R²:")
    about = words.FIT.strip().format(theil=markup.sources("theil1966"))
    further = "\n".join(
        f"- SOURCE on {row['series'].replace('_', ' ')}: {row['said']} ({markup.sources(row['source'])})"
        for row in theirs.values()
    )
    parts = [f"## Fit of every series\n\n{about}\n\n{markup.table(headings, glance)}\n\n{further}"]
    return "\n\n".join([*parts, *(_worldview(name, rows) for name, rows in found.items())])


def _worldview(name: str, rows: dict[str, dict[str, float | None]]) -> str:
    cells = [
        (_series(series), row["rows"], share(row["error"]), *(plain(row[key]) for key in _FURTHER))
        for series, row in rows.items()
    ]
    headings = ("Series", "Rows:", "Error:", "Over the mean:", "R²:", "Um:", "Us:", "Uc:")
    return f"### {name}\n\n{markup.table(headings, cells)}"


def _series(name: str) -> str:
    return name if name == statistics.MEAN else f"[{name}](record.md#{name})"


def share(value: str | float | None) -> str:
    """Return a share in per cent, or a dash."""
    return "–" if value in ("", None) else f"{100 * float(value or 0):.1f} %"


def plain(value: str | float | None) -> str:
    """Return a number with three digits, or a dash."""
    return "–" if value in ("", None) else f"{float(value or 0):.3g}".replace("-", "−")


_KEYS = (("error", share), ("r2", plain))
_FURTHER = ("relative", "r2", "bias", "variation", "covariation")
