"""Sensitivity on one slide: shares of variance, how they move over the years, and a tornado."""

from __future__ import annotations

from textwrap import fill, shorten
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.names import words
from simulator.report import looks
from simulator.report.wording import plainly, rounded

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simulator.analysis.question import Question
    from simulator.analysis.sensitivity import Sensitivity

_LINES, _BARS = 5, 10
_LONGEST, _WIDE = 26, 17  # letters of a label, and of a line of it
_ASIDE = 0.13  # of a row: the whisker of the bar above that of the dot


def sensitivity_figure(found: Sensitivity, question: Question, worldview: str, *, source: str) -> Figure:
    """Draw indices of the whole window, indices by year, and the widest swings."""
    title = "What the answer turns on"
    about = f"{question.told[0].upper()}{question.told[1:]}. Worldview {worldview}."
    limits = (
        "Shares of variance over stated ranges, numbers independent of each other and of the record. Whiskers: 90 %.",
        "The tornado moves one number at a time to the ends of its range, all others in the middle of theirs.",
    )
    with looks.figure(title, about, *limits, source) as figure:
        grid = figure.add_gridspec(1, 3, left=0.15, right=0.985, top=0.83, bottom=0.18, wspace=0.56,
                                   width_ratios=(1, 1.5, 1))  # fmt: skip
        order = np.argsort(-np.nan_to_num(found.indices.total[-1, :, 0]), kind="stable")
        _shares(figure.add_subplot(grid[0, 0]), found, order)
        _over_time(figure.add_subplot(grid[0, 1]), found, order[:_LINES], question)
        _tornado(figure.add_subplot(grid[0, 2]), found.swings[:_BARS], question)
        figure.set_label("sensitivity")
    return figure


def _label(name: str) -> str:
    return shorten(words(name), _LONGEST, placeholder=" …")


def _shares(axes: Axes, found: Sensitivity, order: Any) -> None:  # noqa: ANN401 - places
    indices = found.indices
    for row, place in enumerate(order):
        total, alone = indices.total[-1, place, 0], indices.first[-1, place, 0]
        axes.barh(-row, max(total, 0), height=0.62, color=looks.COLOURS[0], alpha=looks.FIRM)
        axes.errorbar(total, -row + _ASIDE, xerr=indices.total_error[-1, place, 0], color=looks.INK, linewidth=1.3,
                      capsize=3)  # fmt: skip
        axes.errorbar(alone, -row - _ASIDE, xerr=indices.first_error[-1, place, 0], fmt="o", color=looks.COLOURS[1],
                      markersize=6, linewidth=1.3, capsize=3)  # fmt: skip
    axes.axvline(0, color=looks.INK, linewidth=1)
    axes.set_yticks(-np.arange(len(order)), [fill(_label(indices.names[place]), _WIDE) for place in order])
    axes.set_title("Share of variance\nbar: total; dot: alone", linespacing=1.2)


def _over_time(axes: Axes, found: Sensitivity, order: Any, question: Question) -> None:  # noqa: ANN401 - places
    ends, reach = {}, [0.0, 0.1]
    for colour, place in zip(looks.COLOURS, order, strict=False):
        total, error = found.indices.total[-1, place, 1:], found.indices.total_error[-1, place, 1:]
        axes.fill_between(question.years, total - error, total + error, color=colour, alpha=looks.FAINT, linewidth=0)
        axes.plot(question.years, total, color=colour)
        ends[place] = (float(np.nan_to_num(total[-1])), colour)
        reach += [float(each) for each in (*(total - error), *(total + error)) if np.isfinite(each)]
    bottom, top = min(reach), max(reach)
    axes.set_ylim(bottom, top + 0.04 * (top - bottom))
    step = (top - bottom) / 11  # two lines of a label
    heights = looks.apart([height for height, _ in ends.values()], step, bottom + step / 2)
    for (place, (_, colour)), height in zip(ends.items(), heights, strict=True):
        name = fill(_label(found.indices.names[place]), _WIDE)
        axes.text(question.last + 0.15, height, name, color=colour, size=10.5, va="center", linespacing=0.95,
                  gid="label")  # fmt: skip
    looks.years(axes, question.first, question.last + 0.85 * max(question.last - question.first, 1), most=6)
    axes.set_xticks([tick for tick in axes.get_xticks() if question.first <= tick <= question.last])
    axes.set_title("Total index, year by year\nbands hold 90 %", linespacing=1.2)


def _tornado(axes: Axes, swings: list[dict[str, Any]], question: Question) -> None:
    scale, unit = (100, "%") if question.unit == "1" else (1, plainly(question.unit))
    told = [row for row in swings if None not in (row["at_low"], row["at_high"], row["best"])]
    for row, each in enumerate(told):
        for end, colour in (("at_low", looks.COLOURS[1]), ("at_high", looks.COLOURS[0])):
            axes.barh(
                -row,
                scale * (each[end] - each["best"]),
                left=scale * each["best"],
                height=0.62,
                color=colour,
                alpha=0.75,
            )
    labels = [f"{_label(each['name'])}\n{rounded(each['low'])} to {rounded(each['high'])}" for each in told]
    axes.set_yticks(-np.arange(len(told)), labels, fontsize=9.5)
    if told:
        axes.axvline(scale * told[0]["best"], color=looks.INK, linewidth=1.2)
    looks.signed(axes.xaxis, most=4)
    axes.set_title(f"Each alone{', ' if unit else ''}{unit}\norange: low; blue: high", linespacing=1.2)
