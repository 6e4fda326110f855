"""The picture in README.md: history against the record, and two opposing packages.

Run again after every calibration: `python -m docs.picture` (about half a minute).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import simulator
from simulator.report import looks
from simulator.report.spread import quantiles

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

PICTURE = Path(__file__).parent / "images" / "history-and-two-packages.png"
MEMBERS = 40
SEED = 1
OUTCOME = "synthetic_opioid_deaths"
#: Each costs about as much public money as the other; see their files.
PACKAGES = {
    "history": "nothing more is done",
    "supply-package": "all that control of supply can do",
    "care-package": "all that care can do",
}
#: Where the record that the calibration has seen ends, and where the packages begin.
SEEN, PARTING = 2025, 2027
THOUSAND = 1e3
#: Of the axis over the highest band, so that the legend has a place of its own.
HEADROOM = 1.38


def draw() -> None:
    """Run the three scenarios with the same members, and draw what comes of them."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    results = simulator.simulate(list(PACKAGES), members=MEMBERS, seed=SEED, engine="reference")
    deaths = simulator.annual(results)[OUTCOME].isel(worldview=0) / THOUSAND
    style = {"font.family": "DejaVu Sans", "font.size": 11, "axes.spines.top": False, "axes.spines.right": False}
    with mpl.rc_context(style):
        figure = Figure(figsize=(11, 5.2), dpi=110)
        left, right = figure.subplots(1, 2, width_ratios=(2.6, 1))
        _paths(left, deaths)
        _differences(right, deaths)
        figure.text(0.01, 0.012, _caption(), size=8.5, color=looks.QUIET)
        figure.subplots_adjust(left=0.05, right=0.985, top=0.84, bottom=0.15, wspace=0.08)
        PICTURE.parent.mkdir(exist_ok=True)
        figure.savefig(PICTURE, metadata={"Software": None}, pil_kwargs={"optimize": True})


def _caption() -> str:
    return (
        f"{MEMBERS} members of the worldview evidence-weighted, the same under each scenario; lines are medians, "
        "bands hold 90 %.\nThey carry the uncertainty of parameters only: this is no forecast."
    )


def _paths(axes: Axes, deaths: xr.DataArray) -> None:
    years = deaths.calendar_year.to_numpy()
    for colour, (name, title) in zip((looks.INK, *looks.COLOURS[:2]), PACKAGES.items(), strict=True):
        shown = years >= (years[0] if name == "history" else PARTING - 1)
        five = quantiles(deaths.sel(scenario=name).to_numpy())[:, shown]
        axes.fill_between(years[shown] + 0.5, five[0], five[4], color=colour, alpha=looks.FAINT, linewidth=0)
        axes.plot(years[shown] + 0.5, five[2], color=colour, linewidth=2.2, label=f"{name}: {title}")
    record = simulator.evidence(OUTCOME)
    counted = record.sel(time=record.time.dt.year >= years[0])
    when = counted.time.dt.year + 0.5
    known = (counted.status == "confirmed").to_numpy()
    axes.plot(when[known], counted[known] / THOUSAND, "o", color=looks.RECORD, markersize=6,
              label=f"record: {record.attrs['publisher']}, final counts")  # fmt: skip
    if not known.all():
        axes.plot(when[~known], counted[~known] / THOUSAND, "o", color=looks.RECORD, markerfacecolor="white",
                  markersize=6, label="record, not re-read at its publisher")  # fmt: skip
    axes.axvline(SEEN, ymax=1 / HEADROOM, color=looks.QUIET, linewidth=1, linestyle=(0, (4, 3)))
    axes.text(SEEN - 0.15, 2, "calibrated to here", ha="right", color=looks.QUIET, size=9.5)
    axes.set(xlim=(years[0], years[-1] + 1), ylim=(0, HEADROOM * axes.dataLim.ymax))
    axes.set_title("Synthetic-opioid deaths a year, thousands", loc="left", weight="bold", size=12)
    axes.grid(axis="y", color="#e4e4e4")
    axes.legend(loc="upper left", frameon=False, fontsize=9.5, ncols=2, borderaxespad=0.2)


def _differences(axes: Axes, deaths: xr.DataArray) -> None:
    after = deaths.sel(calendar_year=slice(PARTING, None)).sum("calendar_year")
    end = int(deaths.calendar_year[-1])
    spread = np.random.default_rng(SEED)
    for place, (name, colour) in enumerate(zip(list(PACKAGES)[1:], looks.COLOURS[:2], strict=True)):
        found: Any = (after.sel(scenario=name) - after.sel(scenario="history")).to_numpy()
        lower, middle, upper = np.quantile(found, (0.05, 0.5, 0.95))
        axes.plot(found, -place + spread.uniform(0.05, 0.3, len(found)), "o", color=colour, alpha=0.45, markersize=5)
        axes.plot((lower, upper), (-place, -place), color=colour, linewidth=3)
        axes.plot(middle, -place, "o", color=colour, markersize=10, markeredgecolor="white")
        axes.text(0, -place - 0.1, name, color=colour, va="top", ha="right", size=10.5)
    axes.axvline(0, color=looks.INK, linewidth=1)
    axes.set(ylim=(-1.5, 0.6), yticks=[])
    axes.spines["left"].set_visible(False)
    axes.set_title(f"More (+) or fewer (−) deaths\nthan in history, {PARTING}–{end},\nthousands in all",
                   loc="left", weight="bold", size=12)  # fmt: skip


if __name__ == "__main__":
    draw()
