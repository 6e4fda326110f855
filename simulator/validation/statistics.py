"""How well each shipped calibration tells the record, in the statistics that other models publish."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.files import package
from simulator.record.observation import OBSERVATIONS
from simulator.record.reading import table

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

#: A variance, and its three sources, need this many rows.
ENOUGH = 4
#: The mean over series, as a row of its own.
MEAN = "mean of series"
#: What SOURCE published of its own fit (`lim2022`): the row of the table of published models, and our series.
PUBLISHED = {"Fit: total overdose deaths": "opioid_deaths", "Fit: average over 21 series": MEAN}


@dataclass(frozen=True, slots=True)
class Statistics:
    """Agreement of a series with what the model shows of it; all without unit.

    Attributes:
        rows: how many values were compared.
        error: mean absolute percentage error, as a share.
        relative: mean absolute error over the mean of the record.
        r2: share of variance explained, one less squared error over variance; None for short series.
        bias, variation, covariation: Theil's shares of the mean squared error, adding up to one.
    """

    rows: int
    error: float
    relative: float
    r2: float | None = None
    bias: float | None = None
    variation: float | None = None
    covariation: float | None = None


def statistics(record: ArrayLike, model: ArrayLike) -> Statistics:
    """Compare a series of the record with the model's; both have shape (row,) and the same unit."""
    seen, shown = np.asarray(record, float), np.asarray(model, float)
    error = float(np.mean(np.abs(shown / seen - 1)))
    relative = float(np.mean(np.abs(shown - seen)) / seen.mean())
    squared, variance = float(np.mean((shown - seen) ** 2)), float(np.var(seen))
    if len(seen) < ENOUGH or squared == 0 or variance == 0:
        return Statistics(len(seen), error, relative)
    bias = float(shown.mean() - seen.mean()) ** 2 / squared
    variation = float(shown.std() - seen.std()) ** 2 / squared
    return Statistics(len(seen), error, relative, 1 - squared / variance, bias, variation, 1 - bias - variation)


def worldviews() -> list[str]:
    """Return the worldviews that have a shipped calibration, in alphabetical order."""
    return sorted(path.stem for path in package("fits").glob("*.npz"))


def compared(worldview: str) -> list[dict[str, Any]]:
    """Return the statistics of every series under one worldview's best fit, the mean of series last.

    Returns:
        Rows with `worldview, series` and the fields of `Statistics`; the mean is over the series
        that have the figure.
    """
    lines = package("fits", f"{worldview}_residuals.csv").read_text(encoding="utf-8").splitlines()
    values: dict[str, list[tuple[float, float]]] = {}
    for row in csv.DictReader(line for line in lines if not line.startswith("#")):
        values.setdefault(row["series"], []).append((float(row["record"]), float(row["model"])))
    rows = []
    for each in OBSERVATIONS:
        if each.series in values:
            seen, shown = np.array(values[each.series]).T + each.offset
            rows.append({"worldview": worldview, "series": each.series, **_fields(statistics(seen, shown))})
    return [*rows, {"worldview": worldview, "series": MEAN, **_means(rows)}]


def published() -> list[dict[str, Any]]:
    """Return what SOURCE published of its fit: rows with `series, error, r2, said, source`."""
    _, rows = table(package("record", "published_models.csv"))
    return [
        {
            "series": PUBLISHED[row["outcome"]],
            "error": float(row["value"]),
            "r2": float(row["note"].removeprefix("R2 ").partition(";")[0]),
            "said": row["note"],
            "source": row["source"],
        }
        for _, row in rows
        if row["outcome"] in PUBLISHED
    ]


def _fields(found: Statistics) -> dict[str, float | None]:
    return {name: getattr(found, name) for name in Statistics.__slots__}


def _means(rows: list[dict[str, Any]]) -> dict[str, float | None]:
    found: dict[str, float | None] = {"rows": sum(row["rows"] for row in rows)}
    for name in Statistics.__slots__[1:]:
        values = [row[name] for row in rows if row[name] is not None]
        found[name] = float(np.mean(values)) if values else None
    return found
