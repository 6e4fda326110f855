"""The picture of the scores: every forecast of deaths from its origin, over what was counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.record.reading import record
from simulator.report import looks
from simulator.scoring.present import DEATHS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

Row = dict[str, Any]

_FIRST, _LAST, _THOUSAND = 2015, 2025.2, 1e3
_COLOURS = {"knowing": looks.COLOURS[0], "not-knowing": looks.COLOURS[1]}
_FIVE = ("lower90", "lower50", "median", "upper50", "upper90")
_ASKED = {
    "knowing": "knowing the dated events that came after",
    "not-knowing": "not knowing them: every input as it stood",
}


def draw(rows: Sequence[Row], path: Path, source: str) -> None:
    """Draw one panel an origin, one line of panels a mode, and write a PNG.

    Args:
        rows: forecasts of deaths from synthetic opioids under one worldview.
        path: where to.
        source: the line at the foot: from which scores it comes.
    """
    modes = [mode for mode in _COLOURS if any(row["mode"] == mode for row in rows)]
    origins = sorted({row["origin"] for row in rows})
    top = 1.05 * max(row["upper90"] for row in rows) / _THOUSAND
    name = rows[0]["worldview"]
    title = "What it would have said"
    about = f"Deaths from synthetic opioids, thousands a year; {name}, fitted to the record up to the dashed line"
    caption = (
        "Bands hold 50 and 90 %, parameters, discrepancy and measurement together. Dotted: the last quarter continues."
    )
    with looks.figure(title, about, caption, source) as figure:
        panels = figure.subplots(len(modes), len(origins), squeeze=False, sharex=True, sharey=True)
        for line, mode in zip(panels, modes, strict=True):
            for axes, origin in zip(line, origins, strict=True):
                own = [row for row in rows if row["mode"] == mode and row["origin"] == origin]
                _panel(axes, own, origin, _COLOURS[mode])
                axes.set_title(f"from the end of {origin}", size=12, weight="normal")
                axes.set_ylim(0, top)
            line[0].annotate(
                _ASKED[mode], (0, 1), (0, 26), xycoords="axes fraction", textcoords="offset points", weight="bold",
                size=12.5, color=_COLOURS[mode],
            )  # fmt: skip
        figure.subplots_adjust(left=0.05, right=0.985, top=0.82, bottom=0.12, hspace=0.42, wspace=0.08)
        looks.save(figure, path)


def _panel(axes: Axes, rows: Sequence[Row], origin: int, colour: str) -> None:
    """Draw years at their middles."""
    years = np.array([row["year"] for row in rows]) + 0.5
    five = np.array([[row[key] for row in rows] for key in _FIVE]) / _THOUSAND
    if len(years) == 1:  # a band of one year has no breadth: give it half a year
        years, five = years[0] + np.array([-0.25, 0.25]), np.repeat(five, 2, axis=1)
    looks.band(axes, years, five, colour)
    axes.plot(years, np.full(len(years), rows[0]["last_quarter"]) / _THOUSAND, ":", color=looks.QUIET, gid="rule")
    counted = record(DEATHS).since(_FIRST)
    axes.plot(counted.starts + 0.5, counted.values / _THOUSAND, "o", color=looks.RECORD, markersize=4, gid="record")
    axes.axvline(origin + 1, color=looks.QUIET, linewidth=1, linestyle=(0, (4, 3)))
    looks.years(axes, _FIRST, _LAST, 4)
