"""How commands speak: tables to stdout, notes to stderr, everything to the log; or one JSON text."""

from __future__ import annotations

import json
import math
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Row = dict[str, Any]

_GAP = "  "
_PATIENCE = 2.0  # seconds before a bar appears
_BAR = 24


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, what it shows of a row, and whether numbers line up on the right."""

    heading: str
    cell: Callable[[Row], str]
    right: bool = False


@dataclass
class Teller:
    """The voice of one command; with `as_json`, tables and sentences wait for `result`."""

    as_json: bool = False
    lines: list[str] = field(default_factory=list)

    def say(self, text: str = "") -> None:
        """Say a sentence that belongs to the answer."""
        self.lines.append(text)
        if not self.as_json:
            sys.stdout.write(f"{text}\n")

    def note(self, text: str) -> None:
        """Say on stderr what is no part of the answer."""
        self.lines.append(text)
        sys.stderr.write(f"{text}\n")

    def table(self, title: str, columns: Sequence[Column], rows: Sequence[Row]) -> None:
        """Show rows: drawn on a terminal, plain and never cut short anywhere else."""
        text = plain(columns, rows)
        self.lines += [title, *text] if title else text
        if self.as_json:
            return
        if sys.stdout.isatty():
            _draw(title, columns, rows)
        else:
            sys.stdout.write("".join(f"{line}\n" for line in ([title] if title else []) + text))

    def result(self, found: object) -> None:
        """Give the whole answer as JSON, if that is what was asked for."""
        if self.as_json:
            sys.stdout.write(json.dumps(_json(found), indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def plain(columns: Sequence[Column], rows: Sequence[Row]) -> list[str]:
    """Return a table as lines of aligned text."""
    cells = [[column.heading for column in columns], *([column.cell(row) for column in columns] for row in rows)]
    widths = [max(len(line[place]) for line in cells) for place in range(len(columns))]
    found = []
    for line in cells:
        padded = [
            text.rjust(width) if column.right else text.ljust(width)
            for text, width, column in zip(line, widths, columns, strict=True)
        ]
        found.append(_GAP.join(padded).rstrip())
    found.insert(1, _GAP.join("-" * width for width in widths))
    return found


def _draw(title: str, columns: Sequence[Column], rows: Sequence[Row]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title) if title else None, title_justify="left", title_style="bold", box=SIMPLE_HEAD)
    for column in columns:
        table.add_column(
            column.heading, justify="right" if column.right else "left", overflow="fold", no_wrap=column.right
        )
    for row in rows:
        table.add_row(*(Text(column.cell(row)) for column in columns))
    Console().print(table)


def _json(value: object) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """Return the value as JSON knows it: no NaN, no numpy, no dates."""
    if isinstance(value, dict):
        return {str(key): _json(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json(each) for each in value]
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if hasattr(value, "item"):
        return _json(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return str(value)


class Progress:
    """A bar with the remaining time, on a terminal and only when it takes more than two seconds."""

    def __init__(self, doing: str) -> None:
        """Start the clock."""
        self.doing, self.begun, self.shown = doing, time.monotonic(), False

    def __call__(self, done: int, total: int) -> None:
        """Be told how far things are."""
        spent = time.monotonic() - self.begun
        if spent < _PATIENCE or not sys.stderr.isatty():
            return
        full = _BAR * done // total
        left = spent / done * (total - done)
        bar = "#" * full + "-" * (_BAR - full)
        sys.stderr.write(f"\r{self.doing} [{bar}] {done} of {total}, about {left:.0f} s left ")
        self.shown = True

    def close(self) -> None:
        """Take the bar away."""
        if self.shown:
            sys.stderr.write("\r\033[K")


class Bars:
    """One bar after another: each takes the place of the one before."""

    def __init__(self) -> None:
        """Begin without one."""
        self.shown: Progress | None = None

    def __call__(self, doing: str) -> Progress:
        """Return the bar of what is done next."""
        self.close()
        self.shown = Progress(doing)
        return self.shown

    def close(self) -> None:
        """Take the last bar away."""
        if self.shown is not None:
            self.shown.close()


def cells(**headings: str) -> list[Column]:
    """Return columns that show the value of a key as it stands: `cells(heading="key")`."""
    return [Column(heading, _getter(key)) for key, heading in headings.items()]


def _getter(key: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda row: str(row[key]) if row[key] is not None else ""
