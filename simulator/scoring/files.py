"""Tables that ship: a header of `# key: value` lines, then CSV; written whole or not at all."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from simulator.record.reading import table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

Row = dict[str, Any]

#: Enough digits that a table read again gives the same scores as printed.
_DIGITS = 7


def write(path: Path, header: Mapping[str, object], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows that share their keys; a reader finds the old file or the new one, never half of it."""
    text = io.StringIO()
    for key, value in header.items():
        text.write(f"# {key}: {value}\n")
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: _cell(value) for key, value in row.items()} for row in rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_text(text.getvalue(), encoding="utf-8")
    part.replace(path)


def read(path: Path, words: Sequence[str]) -> tuple[dict[str, str], list[Row]]:
    """Return header and rows; every column is a number but those named in `words`, and an empty cell is None."""
    header, lines = table(path)
    return header, [{key: _value(key, text, words) for key, text in row.items()} for _, row in lines]


def _cell(value: object) -> object:
    return f"{value:.{_DIGITS}g}" if isinstance(value, float) else value


def _value(key: str, text: str, words: Sequence[str]) -> object:
    if key in words or not text:
        return text or None
    number = float(text)
    return int(number) if number.is_integer() and "." not in text else number
