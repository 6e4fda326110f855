"""Two policies side by side: deaths over time, the paired difference, and what it costs."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.report import looks
from simulator.report.paired import Outcome, Window, difference
from simulator.report.spread import quantiles, well

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simulator.cases import Case

DEATHS = Outcome("opioid_deaths", "total")
MONEY = Outcome("public_cost", "total")
_BEFORE = 6.0  # years shown before the scenarios part
_MOST = len(looks.COLOURS)
_WIDE = 20  # letters of a label before it is broken
_HEIGHT = 0.36  # of a hump in the middle panel

Array = np.ndarray[Any, np.dtype[np.float64]]


def comparison_figure(cases: Sequence[Case], years: Window, *, source: str) -> Figure:
    """Draw the first scenario against the others.

    Paths and costs are shown under the first worldview, differences under each.
    """
    main = [case for case in cases if case.worldview == cases[0].worldview][:_MOST]
    members = int(np.count_nonzero(~main[0].solution.failed))
    colours = {case.scenario.name: colour for case, colour in zip(main, looks.COLOURS, strict=False)}
    base = main[0].scenario.name
    title = f"{' and '.join(case.scenario.name for case in main[1:])} against {base}" if len(main) <= 3 else f"Policies against {base}"  # noqa: E501,PLR2004
    drawn = f"the same {members} members under each" if members > 1 else "a single run each, without an interval"
    about = f"Worldview {main[0].worldview}; {drawn}. Window: {years.told}, from the first difference on."
    limits = (
        "Bands and bars carry the uncertainty of parameters only; not a forecast. "
        "Money is undiscounted public cash; the value of life is a separate account."
    )
    with looks.figure(title, about, limits, source) as figure:
        grid = figure.add_gridspec(1, 3, left=0.055, right=0.985, top=0.83, bottom=0.20, wspace=0.27,
                                   width_ratios=(1.45, 1, 1))  # fmt: skip
        _paths(figure.add_subplot(grid[0, 0]), main, colours, years, members)
        _differences(figure.add_subplot(grid[0, 1]), cases, colours, years)
        _costs(figure.add_subplot(grid[0, 2]), main, colours, years)
        figure.set_label("paired comparison")
    return figure


def _paths(axes: Axes, cases: Sequence[Case], colours: dict[str, str], years: Window, members: int) -> None:
    """Draw deaths of twelve months around each date, with the name at the end of each line."""
    first = max(float(cases[0].solution.times[0]), years.start - _BEFORE)
    ends, labels = [], []
    for case in cases:
        times = case.solution.times
        starts = times[(times >= first) & (times + 1 <= years.end + 1e-9)]
        rates = well(case.solution, case.solution.mean_between(DEATHS.name, starts, starts + 1)) / 1e3
        colour = colours[case.scenario.name]
        if members > 1:
            looks.band(axes, starts + 0.5, quantiles(rates), colour)
        else:
            axes.plot(starts + 0.5, rates[0], color=colour, gid="single run")
        ends.append(float(np.median(rates, axis=0)[-1]))
        labels.append((case.scenario.name, colour))
    axes.set_ylim(bottom=0)
    top = axes.get_ylim()[1]
    last = years.end - 0.5
    for (name, colour), height in zip(labels, looks.apart(ends, 0.085 * top), strict=True):
        axes.text(last + 0.15, height, fill(name, _WIDE, break_on_hyphens=True), color=colour, size=12, weight="bold",
                  va="center", gid="label", linespacing=0.95)  # fmt: skip
    looks.years(axes, first, last + 0.3 * (last - first), most=7)
    axes.set_xticks([tick for tick in axes.get_xticks() if first <= tick <= years.end])
    axes.axvline(years.start, color=looks.QUIET, linewidth=1.2, linestyle=(0, (4, 3)), gid="parting")
    axes.text(years.start + 0.12, 0.02 * top, "they part", color=looks.QUIET, size=11, va="bottom")
    axes.set_title("Overdose deaths by any opioid\nthousands a year", linespacing=1.2)
    looks.ticks(axes, "person")


def _differences(axes: Axes, cases: Sequence[Case], colours: dict[str, str], years: Window) -> None:
    """Draw the spread of the paired difference, one hump a scenario and worldview, with its 90 % interval."""
    base = cases[0].scenario.name
    bases = {case.worldview: case for case in cases if case.scenario.name == base}
    others = [case for case in cases if case.scenario.name in colours and case.scenario.name != base]
    many = len(bases) > 1
    for row, case in enumerate(others):
        found = difference(case, bases[case.worldview], DEATHS, years) / 1e3
        colour, height = colours[case.scenario.name], -float(row)
        if len(found) > 1:
            _hump(axes, found, height, colour)
            lower, _, median, _, upper = quantiles(found)
            axes.plot([lower, upper], [height, height], color=colour, linewidth=3.5, solid_capstyle="butt", gid="90 %")
            axes.plot(median, height, "o", color=colour, markersize=9, markeredgecolor="white", gid="median")
        else:
            axes.plot(found, [height], "D", color=colour, markersize=9, gid="single run")
        name = f"{case.scenario.name}, {case.worldview}" if many else case.scenario.name
        axes.annotate(name, (0, height), (4, -9), xycoords=("axes fraction", "data"), textcoords="offset points",
                      color=colour, size=11, va="top", gid="label")  # fmt: skip
    axes.axvline(0, color=looks.INK, linewidth=1.2)
    axes.set_ylim(-len(others) + 0.42, 0.62)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color="#e4e4e4")
    axes.set_xlabel("← fewer deaths          more deaths →")
    axes.set_title(f"Difference in those deaths, {years.told}\nthousands, member by member", linespacing=1.2)
    _round_zero(axes)


def _hump(axes: Axes, found: Array, height: float, colour: str) -> None:
    counts, edges = np.histogram(found, bins=min(40, max(8, len(found) // 6)))
    shares = np.repeat(counts / max(counts.max(), 1) * _HEIGHT, 2)
    axes.fill_between(np.repeat(edges, 2)[1:-1], height, height + shares, color=colour, alpha=FIRM_HUMP, linewidth=0,
                      gid="hump")  # fmt: skip


FIRM_HUMP = looks.FIRM + 0.08


def _round_zero(axes: Axes) -> None:
    """Let zero be seen whatever the numbers, and keep ticks few."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    low, high = axes.get_xlim()
    reach = max(abs(low), abs(high), 1e-9)
    axes.set_xlim(min(low, -0.12 * reach), max(high, 0.12 * reach))
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:+,g}" if value else "0"))


def _costs(axes: Axes, cases: Sequence[Case], colours: dict[str, str], years: Window) -> None:
    """Set what a policy costs beside the deaths it averts, member by member."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

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
    _room(axes)
    axes.axvline(0, color=looks.INK, linewidth=1)
    axes.axhline(0, color=looks.INK, linewidth=1)
    for x, y, words in (
        (0.98, 0.985, "saves lives,\ncosts money"), (0.98, 0.015, "saves lives\nand money"),
        (0.02, 0.985, "costs lives\nand money"), (0.02, 0.015, "costs lives,\nsaves money"),
    ):  # fmt: skip
        axes.text(x, y, words, transform=axes.transAxes, ha="right" if x > 0.5 else "left",  # noqa: PLR2004
                  va="top" if y > 0.5 else "bottom", size=10.5, color=looks.QUIET)  # fmt: skip  # noqa: PLR2004
    axes.yaxis.set_major_locator(MaxNLocator(6))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:+,g}" if value else "0"))
    _round_zero(axes)
    axes.set_xlabel("deaths averted, thousands")
    axes.set_title(f"Public cash beside deaths averted\nbillion dollars more, {years.told}", linespacing=1.2)


def _room(axes: Axes) -> None:
    """Leave room on every side of zero for what the quadrants mean."""
    low, high = axes.get_ylim()
    reach = max(abs(low), abs(high), 1e-9)
    axes.set_ylim(min(low, -0.3 * reach), max(high, 0.3 * reach) * 1.12)
    left, right = axes.get_xlim()
    reach = max(abs(left), abs(right), 1e-9)
    axes.set_xlim(min(left, -0.45 * reach), max(right, 0.45 * reach))
