"""How figures look: colours that everybody can tell apart, sizes that a full lecture hall can read."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

#: Okabe and Ito's palette, the darker ones first.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#AA4499", "#E69F00", "#56B4E9", "#000000")
INK, QUIET, RECORD = "#222222", "#666666", "#111111"
#: Opacity of the 90 % and of the 50 % band.
FAINT, FIRM = 0.16, 0.30
#: A slide of 16 to 9, in inches, at 2000 dots across.
SIZE, DOTS = (13.333, 7.5), 150

#: How a value of the record is known: marker, filled or hollow.
STATUSES: dict[str, tuple[str, bool]] = {
    "confirmed": ("o", True),
    "recalled": ("o", False),
    "derived": ("D", True),
    "judgement": ("s", False),
    "assumption": ("^", False),
}

_STYLE: Any = {  # matplotlib lists three hundred keys as literals
    "font.family": "DejaVu Sans",
    "font.size": 12,
    "axes.titlesize": 12.5,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.labelsize": 12,
    "axes.labelcolor": INK,
    "axes.edgecolor": QUIET,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.8,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 11,
    "ytick.labelsize": 11,
    "lines.linewidth": 2.2,
    "text.color": INK,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.hashsalt": "fentsim",
}


@contextmanager
def figure(title: str, subtitle: str, *captions: str) -> Iterator[Figure]:
    """Open a figure in the house style: title, what is shown, and at the foot what to keep in mind."""
    import matplotlib as mpl
    from matplotlib.figure import Figure as Made

    with mpl.rc_context(_STYLE):
        made = Made(figsize=SIZE, dpi=DOTS)
        made.text(0.012, 0.985, title, size=20, weight="bold", va="top")
        made.text(0.012, 0.936, subtitle, size=12.5, color=QUIET, va="top")
        for line, caption in enumerate(reversed(captions)):
            made.text(0.012, 0.012 + 0.026 * line, caption, size=10.5, color=QUIET, va="bottom")
        yield made


def save(made: Figure, path: Path) -> None:
    """Write a PNG that is the same, byte for byte, whenever it shows the same."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(made)
    made.savefig(path, dpi=DOTS, metadata={"Software": None})


def marker(status: str) -> dict[str, Any]:
    """Return how points of the record are drawn that are known in this way."""
    shape, filled = STATUSES[status]
    face = RECORD if filled else "white"
    return {"marker": shape, "linestyle": "none", "color": RECORD, "markerfacecolor": face, "markeredgewidth": 1.3}


def band(axes: Axes, x: Any, five: Any, colour: str, *, outer: bool = True, name: str = "") -> None:  # noqa: ANN401 - arrays
    """Draw a median within its 50 % and 90 % bands; `five` holds five quantiles, `name` tells bands apart."""
    own = f"{name} " if name else ""
    if outer:
        axes.fill_between(x, five[0], five[4], color=colour, alpha=FAINT, linewidth=0, gid=f"{own}band90")
    axes.fill_between(x, five[1], five[3], color=colour, alpha=FIRM, linewidth=0, gid=f"{own}band50")
    axes.plot(x, five[2], color=colour, gid=f"{own}median")


def ticks(axes: Axes, unit: str) -> None:
    """Write ticks as people read them: thousands apart, shares in per cent."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    def told(value: float, _place: int) -> str:
        return f"{100 * value:g} %" if unit == "1" else f"{value:,g}"

    axes.yaxis.set_major_formatter(FuncFormatter(told))
    axes.yaxis.set_major_locator(MaxNLocator(5))


def signed(axis: Axis, most: int = 5) -> None:
    """Write ticks of a difference: every number with its sign, zero without."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis.set_major_locator(MaxNLocator(most))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:+,g}".replace("-", "−") if value else "0"))


def years(axes: Axes, start: float, end: float, most: int = 6) -> None:
    """Write whole years on the x axis."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.set_xlim(start, end)
    axes.xaxis.set_major_locator(MaxNLocator(most, integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:.0f}"))


def around_zero(get: Callable[[], tuple[float, float]], put: Callable[[float, float], object], share: float) -> None:
    """Widen an axis so that zero is seen, with at least this share of its reach on either side."""
    low, high = get()
    reach = max(abs(low), abs(high), 1e-9)
    put(min(1.15 * low, -share * reach), max(1.15 * high, share * reach))


def apart(wanted: list[float], distance: float, lowest: float = float("-inf")) -> list[float]:
    """Return positions close to those wanted, yet at least so far apart, and none below the lowest."""
    order = sorted(range(len(wanted)), key=lambda place: wanted[place])
    found = list(wanted)
    for _ in range(50):
        moved = False
        for lower, upper in pairwise(order):
            gap = found[upper] - found[lower]
            if gap < distance - 1e-12:
                push = (distance - gap) / 2
                found[lower] -= push
                found[upper] += push
                moved = True
        if not moved:
            break
    for place in order:
        found[place] = max(found[place], lowest)
        lowest = max(lowest, found[place] + distance) if lowest > float("-inf") else lowest
    return found
