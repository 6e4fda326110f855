"""Policies side by side: deaths over time, the paired difference, and what it costs."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.report import looks
from simulator.report.paired import Outcome, Window, difference
from simulator.report.spread import quantiles, summary, well
from simulator.report.wording import interval

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from simulator.cases import Case

DEATHS = Outcome("opioid_deaths", "total")
MONEY = Outcome("public_cost", "total")
_BEFORE = 6.0  # years shown before the scenarios part
_FEW = 3  # scenarios whose bands can lie over each other and be told apart
_MOST_ROWS = 12
_WIDE = 17  # letters of a label before it is broken
_HEIGHT = 0.55  # of a hump in the middle panel

Array = np.ndarray[Any, np.dtype[np.float64]]
Colours = dict[str, str]


def comparison_figure(cases: Sequence[Case], years: Window, *, source: str) -> Figure:
    """Draw the first scenario against the others.

    Paths and costs are shown under the first worldview, differences under each.
    """
    main = [case for case in cases if case.worldview == cases[0].worldview][: len(looks.COLOURS)]
    members = int(np.count_nonzero(~main[0].solution.failed))
    colours = {case.scenario.name: colour for case, colour in zip(main, looks.COLOURS, strict=False)}
    others = [case.scenario.name for case in main[1:]]
    title = f"{others[0] if len(others) == 1 else 'Policies'} against {main[0].scenario.name}"
    drawn = f"the same {members} members under each" if members > 1 else "a single run each, without an interval"
    alone = main[0].worldview if len({case.worldview for case in cases}) > 1 else ""
    begun = "" if alone else ", from the first difference on"
    about = f"{_under(cases, colours)}; {drawn}. Window: {years.told}{begun}."
    shown = "Bands show 50 %, whiskers 90 % of members" if len(main) > _FEW else "Bands show 50 and 90 % of members"
    limits = f"{shown}: the uncertainty of parameters only, not a forecast." if members > 1 else "Not a forecast."
    limits += " Money is undiscounted public cash; the value of life is a separate account."
    with looks.figure(title, about, limits, source) as figure:
        grid = figure.add_gridspec(1, 3, left=0.055, right=0.985, top=0.83, bottom=0.18, wspace=0.24,
                                   width_ratios=(1.45, 1, 1))  # fmt: skip
        paths, spread, costs = (figure.add_subplot(grid[0, column]) for column in range(3))
        _paths(paths, main, colours, years, members)
        _differences(spread, cases, colours, years)
        _costs(costs, main, colours, years)
        paths.set_title(f"Overdose deaths by any opioid\nthousands a year{', ' * bool(alone)}{alone}", linespacing=1.2)
        spread.set_title(f"Paired difference in those deaths\nthousands, {years.told}", linespacing=1.2)
        where = f"$ bn, {alone}" if alone else f"billion dollars, {years.told}"
        costs.set_title(f"Public cash and deaths averted\n{where}", linespacing=1.2)
        figure.set_label("paired comparison")
    return figure


def _under(cases: Sequence[Case], colours: Colours) -> str:
    """Say which worldview the panels show, where there are several."""
    names = list(dict.fromkeys(case.worldview for case in cases))
    if len(names) == 1:
        return f"Worldview {names[0]}"
    many = len({case.worldview for case, _ in _rows(cases, colours)}) > 1
    return f"Left and right: {names[0]} alone; middle: {f'each of {len(names)} worldviews' if many else 'that one too'}"


def _paths(axes: Axes, cases: Sequence[Case], colours: Colours, years: Window, members: int) -> None:
    """Draw deaths of twelve months around each date, with the name at the end of each line.

    What the scenarios share, the past, is drawn once and in grey.
    """
    first = max(float(cases[0].solution.times[0]), years.start - _BEFORE)
    last = years.end - 0.5
    heights = {}
    for row, case in enumerate(cases):
        starts = case.solution.times
        starts = starts[(starts >= first) & (starts + 1 <= years.end + 1e-9)]
        x, colour = starts + 0.5, colours[case.scenario.name]
        rates = well(case.solution, case.solution.mean_between(DEATHS.name, starts, starts + 1)) / 1e3
        if row == 0:
            _path(axes, x, rates, x <= years.start + 1 / 12, looks.QUIET, members)
        _path(axes, x, rates, x >= years.start, colour, members, crowded=len(cases) > _FEW)
        heights[case.scenario.name] = float(np.median(rates[:, -1]))
        if len(cases) > _FEW and members > 1:
            lower, _, _, _, upper = quantiles(rates[:, -1])
            place = last + 0.3 * (row + 1)
            axes.plot([place, place], [lower, upper], color=colour, linewidth=2.5, gid="90 %")
            axes.plot(place, heights[case.scenario.name], "o", color=colour, markersize=6)
    axes.set_ylim(bottom=0)
    beyond = last + 0.15 + (0.3 * len(cases) if len(cases) > _FEW else 0)
    _labels(axes, heights, colours, beyond)
    looks.years(axes, first, last + 0.36 * (last - first), most=7)
    axes.set_xticks([tick for tick in axes.get_xticks() if first <= tick <= years.end])
    axes.axvline(years.start, color=looks.QUIET, linewidth=1.2, linestyle=(0, (4, 3)), gid="parting")
    axes.text(years.start + 0.12, 0.02 * axes.get_ylim()[1], "they part", color=looks.QUIET, size=11, va="bottom")
    looks.ticks(axes, "person")


def _path(
    axes: Axes, x: Array, rates: Array, shown: NDArray[np.bool_], colour: str, members: int, *, crowded: bool = False
) -> None:
    if members == 1:
        axes.plot(x[shown], rates[0, shown], color=colour, gid="single run")
    else:
        looks.band(axes, x[shown], quantiles(rates[:, shown]), colour, outer=not crowded)


def _labels(axes: Axes, heights: Mapping[str, float], colours: Colours, x: float) -> None:
    """Write the name of each line beside its end, none over another."""
    top = axes.get_ylim()[1]
    texts = {name: fill(name, _WIDE) for name in heights}
    for (name, text), height in zip(texts.items(), looks.apart(list(heights.values()), 0.08 * top), strict=True):
        axes.text(x, height, text, color=colours[name], size=11.5, weight="bold", va="center", gid="label",
                  linespacing=0.95)  # fmt: skip


def _rows(cases: Sequence[Case], colours: Colours) -> list[tuple[Case, Case]]:
    """Return what is subtracted from what, scenario by scenario; under one worldview where they are many."""
    base = cases[0].scenario.name
    bases = {case.worldview: case for case in cases if case.scenario.name == base}
    others = [case for case in cases if case.scenario.name in colours and case.scenario.name != base]
    if len(others) > _MOST_ROWS:
        others = [case for case in others if case.worldview == cases[0].worldview]
    others.sort(key=lambda case: list(colours).index(case.scenario.name))
    return [(case, bases[case.worldview]) for case in others]


def _differences(axes: Axes, cases: Sequence[Case], colours: Colours, years: Window) -> None:
    """Draw the spread of the paired difference, one hump a scenario and worldview, with its 90 % interval."""
    rows = _rows(cases, colours)
    many = len({case.worldview for case, _ in rows}) > 1
    few = len(rows) <= _FEW
    axes.axvline(0, color=looks.INK, linewidth=1.2)
    for row, (case, base) in enumerate(rows):
        found = difference(case, base, DEATHS, years) / 1e3
        colour, height = colours[case.scenario.name], -float(row)
        _hump(axes, found, height, colour)
        told = summary(found * 1e3)
        name = f"{case.scenario.name}, {case.worldview}" if many else case.scenario.name
        if few:
            name += "\n" + interval(told["median"], told["lower90"], told["upper90"], "person", signed=True)
        axes.annotate(name, (0, height), (4, -8 if few else -5), xycoords=("axes fraction", "data"),
                      textcoords="offset points", color=colour, size=11 if few else 9.5, va="top", gid="label",
                      bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.6})  # fmt: skip
    axes.set_ylim(-len(rows) + (0.6 if few else 0.4), 0.7)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color="#e4e4e4")
    axes.set_xlabel("← fewer deaths          more deaths →")
    looks.around_zero(axes.get_xlim, axes.set_xlim, 0.12)
    looks.signed(axes.xaxis)


def _hump(axes: Axes, found: Array, height: float, colour: str) -> None:
    """Draw how members are spread, their 90 % interval and their median; a single run as a diamond."""
    if len(found) == 1:
        axes.plot(found, [height], "D", color=colour, markersize=9, gid="single run")
        return
    counts, edges = np.histogram(found, bins=min(40, max(8, len(found) // 6)))
    shares = np.repeat(counts / max(counts.max(), 1) * _HEIGHT, 2)
    x = np.repeat(edges, 2)[1:-1]
    axes.fill_between(x, height, height + shares, color=colour, alpha=0.4, linewidth=0, gid="hump")
    lower, _, median, _, upper = quantiles(found)
    axes.plot([lower, upper], [height, height], color=colour, linewidth=3.5, solid_capstyle="butt", gid="90 %")
    axes.plot(median, height, "o", color=colour, markersize=9, markeredgecolor="white", gid="median")


def _costs(axes: Axes, cases: Sequence[Case], colours: Colours, years: Window) -> None:
    """Set what a policy costs, in billion dollars, beside the deaths it averts, member by member."""
    for case in cases[1:]:
        averted = -difference(case, cases[0], DEATHS, years) / 1e3
        money = difference(case, cases[0], MONEY, years) / 1e9
        colour = colours[case.scenario.name]
        axes.plot(averted, money, "o", color=colour, markersize=4, alpha=0.35, markeredgewidth=0, gid="members")
        if len(averted) > 1:
            across, along = quantiles(averted), quantiles(money)
            axes.plot([across[0], across[4]], [along[2]] * 2, color=colour, linewidth=3, gid="90 %")
            axes.plot([across[2]] * 2, [along[0], along[4]], color=colour, linewidth=3, gid="90 %")
        axes.plot(np.median(averted), np.median(money), "o", color=colour, markersize=9, markeredgecolor="white")
    axes.axvline(0, color=looks.INK, linewidth=1)
    axes.axhline(0, color=looks.INK, linewidth=1)
    looks.around_zero(axes.get_xlim, axes.set_xlim, 0.62)
    looks.around_zero(axes.get_ylim, axes.set_ylim, 0.3)
    for x, y, words in (
        ("right", "top", "saves lives,\ncosts money"), ("right", "bottom", "saves lives\nand money"),
        ("left", "top", "costs lives\nand money"), ("left", "bottom", "costs lives,\nsaves money"),
    ):  # fmt: skip
        axes.text(0.98 if x == "right" else 0.02, 0.985 if y == "top" else 0.015, words, transform=axes.transAxes,
                  ha=x, va=y, size=10.5, color=looks.QUIET)  # fmt: skip
    looks.signed(axes.yaxis, most=6)
    looks.signed(axes.xaxis)
    axes.set_xlabel("deaths averted, thousands")
