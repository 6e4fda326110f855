"""Courses: how an input moves, as straight pieces with jumps between them.

Changes apply from the oldest scenario of a lineage to the youngest, and within one by
date. One rule says what a change does to the course it finds: **nothing before it starts;
from then on the change alone, whatever the course would still have done** (the rest of a
ramp, later steps). So a policy's change of a lever replaces all that history and the
policies below it do to that lever from `starting` on, even what they date later.

- A step is at `to` from `starting` on.
- A ramp leaves from the value just before `starting`, and is at `to` once `over` has passed.
- A pulse is at `to` until `until`. It alone gives back what it took: from `until` on, the
  course below goes on as if it had not been interrupted, wherever it has got to meanwhile.
- A table begins at its first point and holds its last.

At the very date of a jump, the value is the one after it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from simulator.scenario import dates
from simulator.scenario.amounts import amount

if TYPE_CHECKING:
    from simulator.scenario.records import Amount, Change

#: The beginning of every course, long before any run.
BEFORE_ALL = 0.0


class Piece(NamedTuple):
    """A straight line from a date on: its level there, and its change a year."""

    since: float
    level: float
    slope: float

    def at(self, time: float) -> float:
        """Return the value on this line."""
        return self.level + self.slope * (time - self.since) if self.slope else self.level


Course = tuple[Piece, ...]


def steady(value: float) -> Course:
    """Return a course that never moves."""
    return (Piece(BEFORE_ALL, value, 0.0),)


def at(course: Course, time: float) -> float:
    """Return the value at `time`, after a jump if one falls there."""
    return piece_at(course, time).at(time)


def piece_at(course: Course, time: float) -> Piece:
    """Return the piece that holds at `time` and just after."""
    return course[max(bisect_right(course, time, key=lambda piece: piece.since) - 1, 0)]


def before(course: Course, time: float) -> float:
    """Return the value just before `time`."""
    return course[max(bisect_left(course, time, key=lambda piece: piece.since) - 1, 0)].at(time)


def span(change: Change) -> tuple[float, float]:
    """Return the first date of a change and the date from which it does nothing more."""
    if change.course == "table":
        points = [dates.decimal_year(date) for date in change.points or ()]
        return points[0], points[-1]
    start = dates.decimal_year(change.starting or 0)
    if change.course == "ramp":
        return start, dates.later(start, dates.years(change.over or ""))
    return start, dates.decimal_year(change.until) if change.until is not None else start


def changed(course: Course, change: Change, unit: str) -> Course:
    """Return the course with the change made to it; amounts are in `unit` or converted to it."""
    start, end = span(change)
    earlier = tuple(piece for piece in course if piece.since < start)
    if change.course == "table":
        return (*earlier, *_table(change, unit))
    level = amount(_given(change.to), unit)
    if change.course == "ramp":
        low = before(course, start)
        return (*earlier, Piece(start, low, (level - low) / (end - start)), Piece(end, level, 0.0))
    if change.course == "pulse":
        resumed = Piece(end, at(course, end), piece_at(course, end).slope)
        return (*earlier, Piece(start, level, 0.0), resumed, *(piece for piece in course if piece.since > end))
    return (*earlier, Piece(start, level, 0.0))


def _table(change: Change, unit: str) -> Course:
    points = [(dates.decimal_year(date), amount(value, unit)) for date, value in (change.points or {}).items()]
    lines = [
        Piece(date, value, (next_value - value) / (next_date - date))
        for (date, value), (next_date, next_value) in pairwise(points)
    ]
    return (*lines, Piece(*points[-1], 0.0))


def _given(value: Amount | None) -> Amount:
    if value is None:  # pragma: no cover - the rules have refused it
        raise ValueError(value)
    return value
