"""The picture of accounts: what each actor loses or gains in cash, and apart from it what lives are lost or saved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.names import words
from simulator.report import looks
from simulator.report.paired import Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Row = dict[str, Any]

#: Below this many billion dollars, and thousand people or years, the axis is even; beyond it, logarithmic.
EVEN_CASH, EVEN_LIVES = 0.1, 1.0
_BILLION, _THOUSAND = 1e9, 1e3
_APART = 0.7  # of the room of an actor, for all scenarios together


def accounting_figure(rows: Sequence[Row], *, source: str = "") -> Figure:
    """Draw the accounts as `accounting.accounts` returns them, under their first worldview.

    Returns:
        A figure of two panels, in cash and in lives; a loss to the actor is to the right.
    """
    shown = [row for row in rows if row["worldview"] == rows[0]["worldview"] and not row["part"]]
    scenarios = list(dict.fromkeys(row["scenario"] for row in shown))[: len(looks.COLOURS) - 1]
    colours = dict(zip(scenarios, looks.COLOURS[1:], strict=False))
    first = shown[0]
    title = f"Who pays: {scenarios[0] if len(scenarios) == 1 else 'policies'} against {first['against']}"
    many = first["members"] > 1
    drawn = f"the same {first['members']} members under each" if many else "a single run each, without an interval"
    worldviews = len({row["worldview"] for row in rows})
    alone = f" alone, of {worldviews}; the table has each" if worldviews > 1 else ""
    about = (
        f"Worldview {first['worldview']}{alone}; {drawn}. {Window(first['start'], first['end']).told}, "
        f"discounted by {100 * first['discount']:g} % a year."
    )
    shape = "Dots are medians, whiskers 90 % of members: the uncertainty of parameters only. " if many else ""
    shape += "Scales are logarithmic away from zero."
    limits = "What one pays another may receive, so accounts are read side by side; cash and lives are never added."
    with looks.figure(title, about, shape, limits, source) as figure:
        grid = figure.add_gridspec(
            1, 2, left=0.15, right=0.98, top=0.8, bottom=0.17, wspace=0.38, width_ratios=(1.15, 1)
        )
        money = [row for row in shown if row["kind"] == "cash"]
        lives = [row for row in shown if row["kind"] == "life" and row["unit"] != "USD"]
        left, right = (figure.add_subplot(grid[0, column]) for column in (0, 1))
        _panel(left, money, [row["actor"] for row in money], _BILLION, EVEN_CASH, colours)
        _panel(right, lives, [_told(row) for row in lives], _THOUSAND, EVEN_LIVES, colours)
        left.set_title("Cash, billion dollars: lost (+) or gained (−)")
        right.set_title("Lives, thousands: lost (+), saved (−)")
        _legend(figure, colours)
        figure.set_label("accounts by actor")
    return figure


def _told(row: Row) -> str:
    where = "\nin Mexico" if row["quantity"] == "violent_deaths" else ""
    return f"{words(row['quantity'])}{where}".replace(
        "quality adjusted life years lost", "quality-adjusted\nyears of life"
    )


def _panel(
    axes: Axes, rows: Sequence[Row], names: Sequence[str], scale: float, even: float, colours: dict[str, str]
) -> None:
    from matplotlib.ticker import FuncFormatter, SymmetricalLogLocator

    places = {name: -number for number, name in enumerate(dict.fromkeys(names))}
    step = _APART / len(colours)
    for row, name in zip(rows, names, strict=True):
        if row["scenario"] not in colours or row["median"] is None:
            continue
        height = places[name] + _APART / 2 - step * (list(colours).index(row["scenario"]) + 0.5)
        colour = colours[row["scenario"]]
        if row["lower90"] is not None:
            ends = [row["lower90"] / scale, row["upper90"] / scale]
            axes.plot(ends, [height] * 2, color=colour, linewidth=3.5, solid_capstyle="butt", gid="90 %")
        axes.plot(row["median"] / scale, height, "o", color=colour, markersize=9, markeredgecolor="white", gid="median")
    for place in list(places.values())[1:]:
        axes.axhline(place + 0.5, color="#e4e4e4", linewidth=0.8)
    axes.axvline(0, color=looks.INK, linewidth=1)
    axes.set_xscale("symlog", linthresh=even)
    axes.xaxis.set_major_locator(SymmetricalLogLocator(base=10, linthresh=even))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:+,g}".replace("-", "−") if value else "0"))
    looks.around_zero(axes.get_xlim, axes.set_xlim, 0.05)
    axes.set_yticks(list(places.values()), labels=list(places))
    axes.set_ylim(min(places.values()) - 0.5, 0.5)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)


def _legend(figure: Figure, colours: dict[str, str]) -> None:
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], color=colour, marker="o", linewidth=3.5, label=name) for name, colour in colours.items()]
    figure.legend(handles=handles, loc="upper left", bbox_to_anchor=(0.0, 0.915), ncols=len(handles), frameon=False)
