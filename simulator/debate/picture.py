"""The picture of a debate: rows are policies, columns are beliefs, and a cell says how many deaths are averted."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.debate.contest import TIE
from simulator.debate.debates import MEASURES, deciding
from simulator.debate.tables import signed
from simulator.report import looks
from simulator.report.spread import summary
from simulator.report.wording import count
from simulator.scenario import find

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

    from simulator.debate.contest import TIE
from simulator.debate.debates import Debate

Array = np.ndarray[Any, np.dtype[np.float64]]

#: From harm through nothing to lives saved: two ends of Okabe and Ito's palette, told apart by everybody.
_HARM, _NONE, _HELP = "#D55E00", "#FAFAFA", "#0072B2"
#: How dark a cell may be before its words turn white.
_DARK = 0.52
#: How bright red, green and blue look (ITU-R BT.601), and how much of its colour an unsure cell keeps.
_LIGHT, _PALE = (0.299, 0.587, 0.114), 0.45
#: Billions a year that round to nothing.
_NOTHING = 0.05
_WIDE, _NARROW = 27, 11  # letters of a row's and of a column's heading before it is broken
_LINE, _TITLE = 78, 20  # letters of a title that fit on one line, and their size; longer titles are smaller
_MANY = 7  # columns or rows from which words are smaller
_YEARS = 10.0
#: Fewer deaths averted than this in ten years win no frame.
_WORTH = 500.0


def picture(found: Debate, *, source: str) -> Figure:
    """Draw a debate as one slide."""
    from matplotlib.colors import LinearSegmentedColormap

    asked = found.scenario
    title = " ".join(asked.question.split())
    about = (
        "Opioid deaths averted from 2027 to 2036 against history, in thousands: median and 90 % interval of "
        f"{count(found.cells.members, 'member')}."
    )
    limits = (
        "Framed: most deaths averted under that belief. Pale, thin digits: the 90 % hold zero. Minus: more deaths. "
        "The spread is that of parameters only; this is no forecast."
    )
    colours = LinearSegmentedColormap.from_list("averted", [_HARM, _NONE, _HELP])
    with looks.figure("", "", limits, source) as figure:
        size = min(_TITLE, _TITLE * _LINE / len(title))
        figure.text(0.012, 0.985, title, size=size, weight="bold", color=looks.INK, va="top", gid="title")
        figure.text(0.012, 0.925, about, size=15, color=looks.QUIET, va="top")
        axes = figure.add_axes((0.235, 0.075, 0.755, 0.735))
        _grid(axes, found, colours)
        figure.set_label("debate")
    return figure


def _grid(axes: Axes, found: Debate, colours: Colormap) -> None:
    policies, worldviews = found.policies, found.scenario.worldviews
    told = {(p, w): _finite(found.averted(p, w)) for p in policies for w in worldviews}
    largest = max(abs(float(np.median(values))) for values in told.values()) or 1.0
    big, small = (21, 13.5) if len(worldviews) < _MANY else (18, 11)
    for row, policy in enumerate(policies):
        for column, worldview in enumerate(worldviews):
            values = told[policy, worldview]
            best = float(np.median(values)) > _WORTH and _rank(found, policy, worldview) == 1
            _cell(axes, (column, -row), values / 1e3, colours, largest / 1e3, sizes=(big, small), best=best)
        _heading(axes, found, policy, -row)
    for column, worldview in enumerate(worldviews):
        size = 15 if len(worldviews) < _MANY else 12.5
        name = fill(worldview.replace("-", " "), _NARROW)
        axes.text(column, 0.56, name, ha="center", va="bottom", size=size, weight="bold", gid="worldview")
    axes.set_xlim(-0.5, len(worldviews) - 0.5)
    axes.set_ylim(-len(policies) + 0.5, 0.5)
    axes.axis("off")


def _rank(found: Debate, policy: str, worldview: str) -> int:
    return next(each.rank for each in found.places[worldview] if each.policy == policy)


def _finite(values: Array) -> Array:
    return values[np.isfinite(values)]


def _heading(axes: Axes, found: Debate, policy: str, height: float) -> None:
    """Write a policy beside its row: its title, and what it costs."""
    money = next(measure for measure in MEASURES if measure.quantity == "public_cost")
    cost = float(np.nanmedian(found.change(money, policy, deciding(found.scenario)))) / _YEARS / 1e9
    price = f"{cost:+.1f} bn $ a year of public money".replace("-", "−") if abs(cost) > _NOTHING else "no public money"
    title = fill(find(policy).title, _WIDE)
    if title.count("\n") > 1:  # three lines would meet the row above
        title = fill(policy.replace("-", " "), _WIDE)
    size = 14.5 if len(found.policies) < _MANY else 12.5
    beside: dict[str, Any] = {"textcoords": "offset points", "annotation_clip": False, "ha": "right"}
    axes.annotate(title, (-0.56, height), (0, -4), va="bottom", size=size, weight="bold", linespacing=0.9, **beside)
    axes.annotate(price, (-0.56, height), (0, -7), va="top", size=11, color=looks.QUIET, **beside)


def _cell(
    axes: Axes, place: tuple[float, float], values: Array, colours: Colormap, largest: float,
    *, sizes: tuple[float, float], best: bool,
) -> None:  # fmt: skip
    """Draw a cell: stronger colour for more deaths averted, paler and in thin digits where members hold zero."""
    from matplotlib.patches import Rectangle

    told = summary(values)
    median, lower, upper = (float(told[key] or 0.0) for key in ("median", "lower90", "upper90"))
    unsure = lower <= TIE / 1e3 and upper >= -TIE / 1e3
    strength = float(np.sign(median)) * float(np.sqrt(abs(median) / largest)) * (_PALE if unsure else 1.0)
    colour = colours(0.5 + strength / 2)
    ink = "white" if float(np.dot(_LIGHT, colour[:3])) < _DARK else looks.INK
    x, y = place
    axes.add_patch(Rectangle((x - 0.48, y - 0.46), 0.96, 0.92, facecolor=colour, edgecolor="none", gid="cell"))
    if best:
        frame: dict[str, Any] = {"fill": False, "edgecolor": looks.INK, "linewidth": 4}
        axes.add_patch(Rectangle((x - 0.465, y - 0.44), 0.93, 0.88, **frame, gid="best"))
    weight = "normal" if unsure else "bold"
    axes.text(x, y + 0.13, signed(median), ha="center", va="center", size=sizes[0], color=ink, weight=weight,
              gid="median")  # fmt: skip
    ends = f"{signed(lower)} to {signed(upper)}"
    axes.text(x, y - 0.24, ends, ha="center", va="center", size=sizes[1], color=ink, gid="90 %")
