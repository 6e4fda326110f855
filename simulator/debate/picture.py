"""The picture of a debate: rows are policies, columns are beliefs, and a cell says how many deaths are averted."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.debate.debates import MEASURES
from simulator.debate.tables import signed
from simulator.report import looks
from simulator.report.spread import summary
from simulator.report.wording import count
from simulator.scenario import find

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simulator.debate.debates import Debate

Array = np.ndarray[Any, np.dtype[np.float64]]

#: From harm through nothing to lives saved: two ends of Okabe and Ito's palette, told apart by everybody.
_HARM, _NONE, _HELP = "#D55E00", "#FAFAFA", "#0072B2"
#: How dark a cell may be before its words turn white.
_DARK = 0.55
_WIDE, _NARROW = 26, 11  # letters of a row's and of a column's heading before it is broken
_MANY = 7  # columns from which words are smaller
_YEARS = 10.0


def picture(found: Debate, *, source: str) -> Figure:
    """Draw a debate as one slide."""
    from matplotlib.colors import LinearSegmentedColormap

    asked = found.scenario
    title = " ".join(asked.question.split())
    about = (
        "Opioid deaths averted from 2027 to 2036 against history, in thousands: median, and 90 % of "
        f"{count(found.cells.members, 'member')} below it."
    )
    limits = (
        "Framed: most deaths averted under that belief.  Grey: 90 % of members hold zero.  The spread is that of "
        "parameters only; this is no forecast."
    )
    colours = LinearSegmentedColormap.from_list("averted", [_HARM, _NONE, _HELP])
    with looks.figure(_fitting(title), "", limits, source) as figure:
        figure.text(0.012, 0.925, about, size=15, color=looks.QUIET, va="top")
        axes = figure.add_axes((0.235, 0.085, 0.755, 0.765))
        _grid(axes, found, colours)
        figure.set_label("debate")
    return figure


def _fitting(title: str) -> str:
    return title if len(title) <= 105 else fill(title, 105)  # noqa: PLR2004 - letters on one line of a slide


def _grid(axes: Axes, found: Debate, colours: Any) -> None:  # noqa: ANN401 - a colour map
    policies, worldviews = found.policies, found.scenario.worldviews
    told = {(p, w): _finite(found.averted(p, w)) for p in policies for w in worldviews}
    largest = max(abs(float(np.median(values))) for values in told.values()) or 1.0
    big, small = (21, 13.5) if len(worldviews) < _MANY else (18, 11)
    for row, policy in enumerate(policies):
        for column, worldview in enumerate(worldviews):
            values = told[policy, worldview]
            place = next(each for each in found.places[worldview] if each.policy == policy)
            _cell(axes, (column, -row), values / 1e3, colours, largest / 1e3, sizes=(big, small), best=place.rank == 1)
        _heading(axes, found, policy, -row)
    for column, worldview in enumerate(worldviews):
        axes.text(column, 0.56, fill(worldview.replace("-", " "), _NARROW), ha="center", va="bottom",
                  size=15 if len(worldviews) < _MANY else 13, weight="bold", linespacing=0.95, gid="worldview")  # fmt: skip
    axes.set_xlim(-0.5, len(worldviews) - 0.5)
    axes.set_ylim(-len(policies) + 0.5, 0.5)
    axes.axis("off")


def _finite(values: Array) -> Array:
    return values[np.isfinite(values)]


def _heading(axes: Axes, found: Debate, policy: str, height: float) -> None:
    """Write a policy beside its row: its title, its name for the command line, and what it costs."""
    worldview = found.scenario.worldviews[-1]
    money = next(measure for measure in MEASURES if measure.quantity == "public_cost")
    cost = float(np.nanmedian(found.change(money, policy, next(iter(_deciding(found, worldview)))))) / _YEARS / 1e9
    price = "no public money" if abs(cost) < 0.05 else f"public cost {cost:+.1f} bn $ a year".replace("-", "−")  # noqa: PLR2004 - rounds to nothing
    axes.text(-0.56, height + 0.06, fill(find(policy).title, _WIDE), ha="right", va="bottom" if False else "center",
              size=14.5, weight="bold", linespacing=0.92, gid="policy")  # fmt: skip
    axes.text(-0.56, height - 0.40, price, ha="right", va="center", size=11, color=looks.QUIET, gid="cost")


def _deciding(found: Debate, otherwise: str) -> list[str]:
    from simulator.debate.debates import deciding

    return [deciding(found.scenario) or otherwise]


def _cell(  # noqa: PLR0913 - where, what and how
    axes: Axes, place: tuple[float, float], values: Array, colours: Any, largest: float,  # noqa: ANN401
    *, sizes: tuple[float, float], best: bool,
) -> None:  # fmt: skip
    from matplotlib.colors import rgb_to_hsv  # noqa: F401
    from matplotlib.patches import Rectangle

    told = summary(values)
    median, lower, upper = (float(told[key] or 0.0) for key in ("median", "lower90", "upper90"))
    strength = np.sign(median) * np.sqrt(abs(median) / largest)
    colour = colours(0.5 + strength / 2)
    light = 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]
    unsure = lower <= 0 <= upper
    ink = "white" if light < _DARK else "#6b6b6b" if unsure else looks.INK
    x, y = place
    axes.add_patch(Rectangle((x - 0.48, y - 0.46), 0.96, 0.92, facecolor=colour, edgecolor="none", gid="cell"))
    if best:
        axes.add_patch(Rectangle((x - 0.465, y - 0.445), 0.93, 0.89, fill=False, edgecolor=looks.INK, linewidth=3.5, gid="best"))
    axes.text(x, y + 0.12, signed(median), ha="center", va="center", size=sizes[0], color=ink,
              weight="normal" if unsure else "bold", gid="median")  # fmt: skip
    axes.text(x, y - 0.25, f"{signed(lower)} to {signed(upper)}", ha="center", va="center", size=sizes[1],
              color=ink, gid="90 %")  # fmt: skip
