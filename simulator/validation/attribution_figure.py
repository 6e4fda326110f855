"""The picture of why deaths fell: a panel for each part, a row for each worldview."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Any

from simulator.draws import DEFAULT_WORLDVIEW
from simulator.report import looks
from simulator.validation.attribution import MODELLED, RECORDED, UNDER_WAY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_THOUSAND = 1e3
#: Letters of a title that stand in a line.
_LINE = 13


def attribution_figure(rows: Sequence[Mapping[str, Any]], source: str = "") -> Figure:
    """Draw the division of the fall, as `attribution.attribution` returns it or `shipping.read` reads it.

    Returns:
        A figure with a panel for each cause, what was under way and the whole, all with the same axis: thousands of
        deaths fewer in 2024 than in 2022, the median of members in its 90 % interval.
    """
    worldviews = list(dict.fromkeys(row["worldview"] for row in rows))
    titles = {row["cause"]: row["title"] for row in rows if row["cause"] != RECORDED}
    recorded = next(float(row["median"]) for row in rows if row["cause"] == RECORDED) / _THOUSAND
    about = (
        "Thousands of deaths by synthetic opioids fewer in 2024 than in 2022, by cause (across) and worldview (down): "
        "median and 90 % of members."
    )
    how = (
        "A cause is absent when its inputs or its loop stand still from July 2022; parts are Shapley values and add up."
    )
    doubt = (
        "Worldviews fix numbers that decide between causes: each row follows from a belief, the last from stated "
        "ranges; none is proved."
    )
    with looks.figure("Why deaths fell depends on what one believes", about, how, doubt, source) as figure:
        panels = figure.subplots(1, len(titles), sharex=True, sharey=True)
        for place, (axes, (cause, title)) in enumerate(zip(panels, titles.items(), strict=True)):
            colour = {UNDER_WAY: looks.QUIET, MODELLED: looks.INK}.get(cause, looks.COLOURS[place % 6])
            _panel(axes, [row for row in rows if row["cause"] == cause], worldviews, colour)
            axes.set_title(fill(title, _LINE), size=10.5)
        panels[-1].axvline(recorded, color=looks.COLOURS[1], linewidth=1.4, linestyle=(0, (4, 3)))
        panels[-1].text(recorded, len(worldviews) - 0.42, "record", color=looks.COLOURS[1], size=9.5, ha="center")
        panels[0].set_yticks(range(len(worldviews)), worldviews)
        for label in panels[0].get_yticklabels():
            label.set_weight("bold" if label.get_text() == DEFAULT_WORLDVIEW else "normal")
        panels[0].set_ylim(len(worldviews) - 0.3, -0.6)
        figure.subplots_adjust(left=0.135, right=0.985, top=0.81, bottom=0.15, wspace=0.1)
        figure.set_label("why deaths fell")
    return figure


def _panel(axes: Axes, rows: Sequence[Mapping[str, Any]], worldviews: Sequence[str], colour: str) -> None:
    for row in rows:
        place = worldviews.index(row["worldview"])
        middle = float(row["median"]) / _THOUSAND
        if row["lower90"] not in ("", None):
            ends = [float(row[end]) / _THOUSAND for end in ("lower90", "upper90")]
            axes.plot(ends, (place, place), color=colour, linewidth=3, alpha=0.55, solid_capstyle="butt")
        axes.plot(middle, place, "o", color=colour, markersize=6, markeredgecolor="white")
    axes.axvline(0, color=looks.INK, linewidth=0.8)
    axes.grid(axis="x", color="#e4e4e4")
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)
    looks.signed(axes.xaxis, 3)
