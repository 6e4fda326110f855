"""History against the record: the model's line, its bands, and every point that somebody counted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.record.observation import OBSERVATIONS
from simulator.report import looks
from simulator.report.spread import quantiles, well

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from simulator.cases import Case
    from simulator.record.observation import Observation
    from simulator.record.reading import Record
    from simulator.solution import Solution

#: What is shown, by series of the record: title and divisor of the numbers.
PANELS: Mapping[str, tuple[str, float]] = {
    "synthetic_opioid_deaths": ("Synthetic-opioid deaths, thousands a year", 1e3),
    "heroin_deaths": ("Heroin deaths, thousands a year", 1e3),
    "people_in_medication_treatment": ("People in treatment, millions", 1e6),
    "powder_purity": ("Purity of powder", 1.0),
    "pills_with_2mg_or_more": ("Pills with 2 mg or more", 1.0),
    "fentanyl_share_of_lab_samples": ("Fentanyl share of lab samples", 1.0),
    "seizures_reported": ("Seizures, thousand lb a year", 1e3),
}
DEATHS, MONTHLY = "synthetic_opioid_deaths", "synthetic_opioid_deaths_monthly"
_PLACES: tuple[tuple[int | slice, int], ...] = ((slice(0, 3), 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 1), (2, 2))
NOT_A_FORECAST = "Bands carry the uncertainty of parameters only; they are not a forecast."
A_FORECAST = "Orange: a forecast from the last quarter of the record on, with what the model does not know of itself."
_BEYOND = 2.0  # years shown after the end of the record
_COLOUR, _AHEAD = looks.COLOURS[0], looks.COLOURS[1]


@dataclass(frozen=True, slots=True)
class Fan:
    """What may be counted after the record ends: middles of intervals, and five quantiles; (x,), (5, x)."""

    x: np.ndarray[Any, np.dtype[np.float64]]
    five: np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Compared:
    """One series: where the model passes, and what was counted."""

    observation: Observation
    rows: Record
    x: np.ndarray[Any, np.dtype[np.float64]]
    values: np.ndarray[Any, np.dtype[np.float64]]


def compared(series: str, solution: Solution, end: float) -> Compared:
    """Return the model as the record would have seen it, over intervals as long as those of the record."""
    observation = next(each for each in OBSERVATIONS if each.series == series)
    rows = observation.rows(end)
    length = 1 / 12 if rows.header["frequency"] == "month" else 1.0
    starts = solution.times[solution.times + length <= end + 1e-9]
    asked = replace(rows, starts=starts, ends=starts + length)
    return Compared(observation, rows, starts + length / 2, well(solution, observation.predicted(solution, asked)))


def history_figure(case: Case, *, until: float, source: str, fans: Mapping[float, Fan] | None = None) -> Figure:
    """Draw history against the record.

    Args:
        case: what is drawn.
        until: where the record used in calibration ends.
        source: the line at the foot.
        fans: the forecast of deaths from synthetic opioids in years and in months, by the length of what is counted;
            without, members alone are drawn.
    """
    solution = case.solution
    members = int(np.count_nonzero(~solution.failed))
    fans = fans or {}
    end = shown_until(case, until)
    drawn = (
        f"{members} members: median, 50 % and 90 % bands" if members > 1 else "the likeliest run, without an interval"
    )
    about = f"Scenario {case.scenario.name} under the worldview {case.worldview}; {drawn}."
    limits = [NOT_A_FORECAST if members > 1 else "One run carries no interval, and is not a forecast."]
    if fans:
        limits = [A_FORECAST, f"Blue: {NOT_A_FORECAST[0].lower()}{NOT_A_FORECAST[1:]}"]
    with looks.figure("History against the record", about, *limits, source) as figure:
        grid = figure.add_gridspec(
            3, 3, left=0.05, right=0.985, top=0.855, bottom=0.19, wspace=0.2, hspace=0.62, width_ratios=(1.5, 1, 1)
        )
        seen: list[str] = []
        for (series, (title, divisor)), (row, column) in zip(PANELS.items(), _PLACES, strict=True):
            axes = figure.add_subplot(grid[row, column])
            data = compared(series, solution, end)
            _panel(axes, data, divisor, members, fans.get(1.0) if series == DEATHS else None)
            axes.set_title(title)
            looks.years(axes, float(solution.times[0]), end)
            axes.axvline(until, color=looks.QUIET, linewidth=1.2, linestyle=(0, (4, 3)), gid="end of record")
            seen += data.rows.statuses
            if column == 0:
                top = axes.get_ylim()[1]
                axes.set_ylim(0, top * 1.22)
                axes.text(until - 0.12, top * 1.205, "calibrated to here", ha="right", va="top", size=10.5,
                          color=looks.QUIET)  # fmt: skip
                months = compared(MONTHLY, solution, end)
                seen += _monthly(axes, months, members, fans.get(1 / 12)) if len(months.rows.values) else ()
        _legend(figure, seen, members, forecast=bool(fans))
        figure.set_label("history against the record")
    return figure


def shown_until(case: Case, until: float) -> float:
    """Return where the panels end."""
    return min(float(case.solution.times[-1]), until + _BEYOND)


def _panel(axes: Axes, data: Compared, divisor: float, members: int, fan: Fan | None = None) -> None:
    if fan is not None:
        looks.band(axes, fan.x, fan.five / divisor, _AHEAD, name="forecast")
        data = _only(data, data.x <= fan.x[0] + 1e-9)
    if members > 1:
        looks.band(axes, data.x, quantiles(data.values) / divisor, _COLOUR)
    else:
        axes.plot(data.x, data.values[0] / divisor, color=_COLOUR, gid="single run")
    middles = (data.rows.starts + data.rows.ends) / 2
    for status in dict.fromkeys(data.rows.statuses):
        chosen = np.array([status == each for each in data.rows.statuses])
        axes.plot(middles[chosen], data.rows.values[chosen] / divisor, markersize=6, gid=status, zorder=5,
                  **looks.marker(status))  # fmt: skip
    axes.set_ylim(0, axes.get_ylim()[1] * 1.04)
    looks.ticks(axes, data.rows.unit)


def _monthly(axes: Axes, data: Compared, members: int, fan: Fan | None) -> tuple[str, ...]:
    """Draw the months since the first that were counted, inside the panel of the years."""
    inset = axes.inset_axes((0.075, 0.66, 0.40, 0.27))
    first = float(data.rows.starts[0])
    shown = _only(data, data.x >= first)
    _panel(inset, shown, 1e3, members, fan)
    for line in inset.lines:
        if line.get_linestyle() == "None":
            line.set_markersize(3.5)
    inset.set_title("by month", size=11, weight="normal")
    looks.years(inset, first, float(data.x[-1]) + 0.05, most=4)
    inset.tick_params(labelsize=9.5)
    return shown.rows.statuses


def _only(data: Compared, kept: NDArray[np.bool_]) -> Compared:
    """Return a part of the model's line."""
    return replace(data, x=data.x[kept], values=data.values[:, kept])


def _legend(figure: Figure, seen: list[str], members: int, *, forecast: bool) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Any] = [Line2D([], [], color=_COLOUR, label="model, median" if members > 1 else "model")]
    if members > 1:
        handles += [
            Patch(color=_COLOUR, alpha=looks.FIRM + looks.FAINT, linewidth=0, label="50 % of members"),
            Patch(color=_COLOUR, alpha=looks.FAINT, linewidth=0, label="90 %"),
        ]
    if forecast:
        handles.append(Patch(color=_AHEAD, alpha=looks.FIRM, linewidth=0, label="forecast"))
    handles += [
        Line2D(
            [], [], markersize=7, label="record, confirmed" if status == "confirmed" else status, **looks.marker(status)
        )
        for status in looks.STATUSES
        if status in seen
    ]
    figure.legend(handles=handles, loc="lower left", bbox_to_anchor=(0.006, 0.075), ncols=len(handles), frameon=False,
                  fontsize=11.5, handletextpad=0.5, columnspacing=1.6)  # fmt: skip
