"""State anew, in the tables of calibrations that ship, numbers that the record never felt and whose range was edited.

A calibration is bound to the numbers that its record feels (decision 33). Of the others every coordinate is its
prior's, so that their value and range may be written anew without a new fit: `python -m docs.restate`, then
`make docs`.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from simulator.fentanyl import fentanyl_model
from simulator.fits import home, stored

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from simulator.fits import Narrowed
    from simulator.parameters import Parameter


def restated(table: Path, found: Narrowed, parameters: Mapping[str, Parameter]) -> str:
    """Return the text of a table of numbers with those that are not felt as they are stated now."""
    lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
    head = [line for line in lines if line.startswith("#")]
    rows = list(csv.DictReader(lines[len(head) :]))
    text = io.StringIO()
    text.writelines(head)
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        number = parameters[row["parameter"]]
        low, high = number.range or (number.value, number.value)
        now = {"prior": str(number.value), "prior_low": str(low), "prior_high": str(high)}
        if number.name not in found.felt and now != {key: row[key] for key in now}:
            now["value"] = f"{float(number.at(found.located([number.name])[0])):.6g}"
            writer.writerow(row | now)
        else:
            writer.writerow(row)
    return text.getvalue()


def main() -> None:
    """State all tables anew that need it, and say which."""
    parameters = fentanyl_model().parameters
    for fit in sorted(home().rglob("*.npz")):
        found, table = stored(fit), fit.with_suffix(".csv")
        if found is None or not table.exists():
            continue
        text = restated(table, found, parameters)
        if text != table.read_text(encoding="utf-8"):
            part = table.with_name(f".{table.name}.part")
            part.write_text(text, encoding="utf-8")
            part.replace(table)
            print(f"{table.parent.name}/{table.name} is stated anew")


if __name__ == "__main__":
    main()
