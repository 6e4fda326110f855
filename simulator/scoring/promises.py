"""What the project has promised of its forecasts, before it knew; and what the best published model did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simulator.files import package
from simulator.record.reading import table

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Promise:
    """A bound on one number of a summary.

    Attributes:
        measure: the key of the summary.
        words: what is promised.
        low, high: the number must lie between them.
        against: a key of the summary whose value multiplies `high`, if any.
    """

    measure: str
    words: str
    low: float
    high: float
    against: str | None = None

    def kept(self, summary: Row) -> bool | None:
        """Return whether the promise is kept, or None where there is nothing to judge by."""
        value, scale = summary[self.measure], summary[self.against] if self.against else 1.0
        return None if value is None or scale is None else self.low <= value <= self.high * scale


#: Stated with the task of scoring, and held against deaths from synthetic opioids.
PROMISES = (
    Promise("coverage90", "90 % intervals hold 80 to 97 % of what was counted, pooled over origins", 0.80, 0.97),
    Promise("error_1_year", "the mean error at one year is at most 15 %", 0.0, 0.15),
    Promise("error_2_years", "the mean error at two years is at most 35 %", 0.0, 0.35),
    Promise("against_last_value", "the score is at most 0.8 of that of a log random walk", 0.0, 0.8),
    Promise(
        "crps_1_year", "at one year the score is at least as good as that of the rule “the last quarter continues”",
        0.0, 1.0, "last_quarter_crps_1_year",
    ),
)  # fmt: skip


def judged(summary: Row) -> list[tuple[Promise, bool | None]]:
    """Return every promise with whether a summary keeps it."""
    return [(each, each.kept(summary)) for each in PROMISES]


def broken(summaries: list[Row], series: str) -> list[str]:
    """Return a sentence for every promise that a summary of the series breaks."""
    return [
        f"{summary['worldview']}, {summary['mode']}: not kept, that {promise.words}."
        for summary in summaries
        if summary["series"] == series
        for promise, kept in judged(summary)
        if kept is False
    ]


@dataclass(frozen=True, slots=True)
class Published:
    """What the best published model, SOURCE, got of years that it had not seen.

    Attributes:
        error: of opioid deaths in 2024, as a share, calibrated through 2020.
        year: that year.
        covered: share of held-out points within nominal 95 % intervals.
    """

    error: float
    year: int
    covered: float


def published() -> Published:
    """Return SOURCE's errors from the record of published models.

    Raises:
        StopIteration: when their rows have been taken out.
    """
    _, rows = table(package("record", "published_models.csv"))
    known = [row for _, row in rows]
    compared = [row for row in known if row["outcome"].endswith("model vs observed")]
    last = max(compared, key=lambda row: int(row["period"]))
    held_out = next(row for row in known if row["outcome"].startswith("Hold-out coverage"))
    error = float(last["value"]) / float(last["observed"]) - 1
    return Published(error, int(last["period"]), float(held_out["value"]))
