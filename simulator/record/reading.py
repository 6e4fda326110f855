"""Read a series as plain numbers: the form in which the calibration wants it.

A file opens with `# key: value` lines that say what was counted and by whom; then one
row an interval, from `start` up to but not including `end`. A point in time starts
where it ends. Imports nothing heavier than numpy.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from simulator.dates import decimal_year
from simulator.errors import Problem, SimulatorError, nearest, refuse
from simulator.files import package

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: How a value is known: read at its publisher or a copy; remembered and not re-read; arithmetic on
#: others; a considered reading; or taken for lack of anything better.
STATUSES = ("confirmed", "recalled", "derived", "judgement", "assumption")

FREQUENCIES = ("calendar-year", "fiscal-year", "month", "12-months-ending", "period", "point")

HEADER = (
    "series",
    "title",
    "publisher",
    "definition",
    "unit",
    "frequency",
    "cell_methods",
    "source",
    "retrieved",
    "note",
)

#: Tables of events and of other people's results: not series.
TABLES = ("timeline", "published_models")

Floats = np.ndarray[tuple[int], np.dtype[np.float64]]


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """A series as arrays: when each value starts and ends (decimal years), what it is, how it is known."""

    name: str
    starts: Floats
    ends: Floats
    values: Floats
    statuses: tuple[str, ...]
    header: Mapping[str, str]
    #: The dates behind `starts` and `ends`.
    spans: tuple[tuple[date, date], ...]
    notes: tuple[str, ...]
    #: What each row measures, where a file holds more than one thing; else empty strings.
    measures: tuple[str, ...]

    @property
    def unit(self) -> str:
        """Return the unit of the values."""
        return self.header["unit"]

    @property
    def sources(self) -> tuple[str, ...]:
        """Return the keys of the bibliography, the principal one first."""
        return tuple(key.strip() for key in self.header["source"].split(";"))

    def since(self, year: float, until: float = np.inf) -> Record:
        """Return the rows that start no earlier than `year` and end no later than `until`."""
        return self._only((self.starts >= year) & (self.ends <= until))

    def measuring(self, measure: str) -> Record:
        """Return the rows of one measure.

        Raises:
            SimulatorError: when no row measures that.
        """
        if measure not in self.measures:
            fault = f'Nothing here measures "{measure}".'
            raise SimulatorError([Problem(self.name, fault, nearest(measure, set(self.measures)))])
        return self._only(np.array([measure == own for own in self.measures]))

    def _only(self, wanted: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Record:
        rows = np.flatnonzero(wanted)
        return Record(
            self.name,
            self.starts[rows],
            self.ends[rows],
            self.values[rows],
            tuple(self.statuses[i] for i in rows),
            self.header,
            tuple(self.spans[i] for i in rows),
            tuple(self.notes[i] for i in rows),
            tuple(self.measures[i] for i in rows),
        )


@cache
def series() -> tuple[str, ...]:
    """Return the names of all series, in alphabetical order."""
    files = package("record").glob("*.csv")
    return tuple(sorted(path.stem for path in files if path.stem not in TABLES))


@cache
def record(name: str) -> Record:
    """Return the series called `name`.

    Raises:
        SimulatorError: when there is no such series, or its file is at fault.
    """
    if name not in series():
        remedy = nearest(name, series()) or "List them with simulator.record.series()."
        raise SimulatorError([Problem(name, "There is no evidence of that name.", remedy)])
    return read(package("record", f"{name}.csv"))


def read(path: Path) -> Record:
    """Read one file in the form of this folder.

    Raises:
        SimulatorError: with every fault of the file, each at its line.
    """
    header, rows = table(path)
    problems = [Problem(path.name, f'The header has no "{key}".', "Add it.") for key in HEADER if key not in header]
    if header.get("frequency", FREQUENCIES[0]) not in FREQUENCIES:
        problems.append(Problem(path.name, "The frequency is unknown.", nearest(header["frequency"], FREQUENCIES)))
    problems += [fault for line, row in rows for fault in _faults(f"{path.name}:{line}", row)]
    refuse(problems, f"{path.name} cannot be read.")
    spans = tuple((date.fromisoformat(row["start"]), date.fromisoformat(row["end"])) for _, row in rows)
    return Record(
        name=header["series"],
        starts=np.array([decimal_year(start) for start, _ in spans]),
        ends=np.array([decimal_year(end) for _, end in spans]),
        values=np.array([float(row["value"]) for _, row in rows]),
        statuses=tuple(row["status"] for _, row in rows),
        header=header,
        spans=spans,
        notes=tuple(row["note"] for _, row in rows),
        measures=tuple(row.get("measure", "") for _, row in rows),
    )


def table(path: Path) -> tuple[dict[str, str], list[tuple[int, dict[str, str]]]]:
    """Split a file into its header and its rows, each row with its line number."""
    lines = path.read_text(encoding="utf-8").splitlines()
    above = [line for line in lines if line.startswith("#")]
    header = {key.strip("# "): text.strip() for key, _, text in (line.partition(":") for line in above)}
    rows = csv.DictReader(lines[len(above) :], restval="")
    return header, [(number, row) for number, row in enumerate(rows, start=len(above) + 2)]


def _faults(place: str, row: Mapping[str, str]) -> list[Problem]:
    problems = []
    if row.get("status") not in STATUSES:
        problems.append(Problem(place, f'The status "{row.get("status")}" is unknown.', f"Say one of {STATUSES}."))
    try:
        if not np.isfinite(float(row["value"])):
            problems.append(Problem(place, "The value is not finite.", "Leave the row out."))
        if date.fromisoformat(row["end"]) < date.fromisoformat(row["start"]):
            problems.append(Problem(place, "It ends before it starts.", "Exchange the dates."))
    except (KeyError, ValueError) as error:
        problems.append(Problem(place, f"A date or value cannot be read: {error}.", "Dates are written 2019-10-01."))
    return problems
