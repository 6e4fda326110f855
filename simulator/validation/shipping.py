"""Results of validation as files that travel with the package: measured once, read by the page."""

from __future__ import annotations

import csv
import hashlib
import io
from functools import cache
from typing import TYPE_CHECKING, Any

from simulator.files import package, shipped
from simulator.provenance import commit
from simulator.record.reading import table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

#: Digits that count in a shipped figure.
_DIGITS = 5
_HASH = 12


def path_of(name: str, folder: Path | None = None) -> Path:
    """Return where the result of that name lies: among the shipped calibrations unless a folder is given."""
    return (folder or package("fits")) / f"{name}.csv"


def save(name: str, about: Mapping[str, object], rows: Sequence[Mapping[str, Any]], folder: Path | None = None) -> Path:
    """Write rows under a header that says what they are; the whole file or none.

    Args:
        name: of the result, such as `replays`.
        about: lines of the header, as `key: value`; the commit and the state of the model are added.
        rows: all with the same keys.
        folder: where to; among the shipped calibrations when None.

    Returns:
        The path written.
    """
    text = io.StringIO()
    for key, value in {**about, "commit": commit(), "state": state()}.items():
        text.write(f"# {key}: {value}\n")
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: _cell(value) for key, value in row.items()} for row in rows)
    path = path_of(name, folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_text(text.getvalue(), encoding="utf-8")
    part.replace(path)
    return path


def read(name: str, folder: Path | None = None) -> tuple[dict[str, str], list[dict[str, str]]]:
    """Return the header and the rows of a result, both empty where it has not been measured yet."""
    path = path_of(name, folder)
    if not path.exists():
        return {}, []
    header, rows = table(path)
    return header, [row for _, row in rows]


@cache
def state() -> str:
    """Return a short hash of all that results rest on: equations, numbers, calibrations and history."""
    found = hashlib.sha256()
    paths = [*package("sectors").glob("*.py"), *package("sectors").glob("*.yaml"), *package("fits").glob("*.npz")]
    for path in [*sorted(paths), package("fits", "mixture.csv"), shipped("scenarios") / "history.yaml"]:
        found.update(path.read_bytes())
    return found.hexdigest()[:_HASH]


def _cell(value: object) -> object:
    if value is None:
        return ""
    return f"{value:.{_DIGITS}g}" if isinstance(value, float) else value
