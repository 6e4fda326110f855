"""The picture of leverage: who ends in two camps, who swings, and what comes of a rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.analysis import leverage
from simulator.draws import DEFAULT_WORLDVIEW
from simulator.report import looks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = np.ndarray[Any, np.dtype[np.float64]]

#: Washington's own lag in the second map: about the time that a tariff takes on firmer law.
SLOW = 1.0
#: Rules from none to a tariff of 100 percent, and signs of pressure, that the maps show.
RESPONSES, SIGNS = np.linspace(0, 1, 11), np.linspace(-1, 1, 17)
#: Lines: the three signs, from provoking to extracting.
LINES = ((-1.0, "tariffs provoke"), (0.0, "neither"), (1.0, "tariffs extract"))
#: The darkest colour of a map stands for no less than this share of members.
_FAINTEST = 0.2
_PERIODS = np.geomspace(0.5, 12, 60)
_AHEAD = np.linspace(0, 8, 161)


def leverage_figure(members: int = 150, seed: int = 1, source: str = "") -> Figure:
    """Draw maps over members, and courses and gains at the likeliest numbers.

    Args:
        members: on whose beliefs each cell of the maps is tried; 150 take about half a minute.
    """
    many, likeliest = leverage.numbers(members=members, seed=seed), leverage.numbers()
    found = {lag: fates(many, lag) for lag in (0.0, SLOW)}
    endless = float(max(shares(each, leverage.CYCLES).max() for each in found.values()))
    title = "A tariff that answers verified action does not cycle by itself"
    if endless > 0:
        title = f"A tariff that answers verified action may cycle by itself: for up to {100 * endless:.0f} % of members"
    asked = float(likeliest["cooperation_asked"][0])
    about = f"Relations, cooperation and verification, when a tariff rises as verified action falls short of {asked:g}."
    how = (
        f"Maps: share of {members} members of {DEFAULT_WORLDVIEW}, with the sign of pressure that each "
        f"column sets. Below: the likeliest numbers; levers of {leverage.POLICY} in {leverage.YEAR:.0f}."
    )
    with looks.figure(title, about, how, source) as figure:
        grid = figure.add_gridspec(2, 2, left=0.07, right=0.975, top=0.86, bottom=0.15, wspace=0.2, hspace=0.5)
        _map(figure.add_subplot(grid[0, 0]), found[0.0], leverage.CAMPS, "Two camps: the start decides (rule at once)")
        _map(figure.add_subplot(grid[0, 1]), found[SLOW], leverage.SWINGS, "Swings and settles (rule a year late)")
        _courses(figure.add_subplot(grid[1, 0]), likeliest)
        _gains(figure.add_subplot(grid[1, 1]), likeliest)
        figure.set_label("leverage")
    return figure


def fates(given: Mapping[str, Array], lag: float) -> np.ndarray[Any, np.dtype[np.str_]]:
    """Return the fate of every member; shape (response, sign, member)."""
    members = len(given["tariff_response"])
    repeated = {name: np.tile(values, len(SIGNS)) for name, values in given.items()}
    repeated["tariff_effect_on_cooperation"] = np.repeat(SIGNS, members)
    rows = [leverage.fates(repeated, lag, tariff_response=response) for response in RESPONSES]
    return np.array(rows).reshape(len(RESPONSES), len(SIGNS), members)


def shares(found: np.ndarray[Any, np.dtype[np.str_]], wanted: str) -> Array:
    """Return the share of members with that fate; shape (response, sign)."""
    return np.asarray((found == wanted).mean(axis=-1))


def _map(axes: Axes, found: np.ndarray[Any, np.dtype[np.str_]], wanted: str, title: str) -> None:
    from matplotlib.ticker import PercentFormatter

    share = shares(found, wanted)
    drawn = axes.pcolormesh(SIGNS, RESPONSES, share, cmap="Blues", vmin=0, vmax=max(_FAINTEST, float(share.max())))
    drawn.set_gid(wanted)
    bar = axes.figure.colorbar(
        drawn, ax=axes, format=PercentFormatter(1, decimals=0, symbol=" %"), pad=0.02, label="of members"
    )
    bar.outline.set_visible(False)
    axes.grid(visible=False)
    axes.yaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))
    axes.set_xticks([-1, -0.5, 0, 0.5, 1], labels=["−1", "−½", "0", "½", "1"])
    axes.set_title(title)
    axes.set_xlabel("effect of tariffs on cooperation: −1 provoke, +1 extract")
    axes.set_ylabel("tariff for no action at all")


def _courses(axes: Axes, given: Mapping[str, Array]) -> None:
    """Show cooperation from two starts: at rest without a rule, and out of a quarrel."""
    for colour, (sign, label) in zip(looks.COLOURS, LINES, strict=False):
        changes = {"tariff_effect_on_cooperation": sign}
        (before, *_) = leverage.resting_points(leverage.bargain(given, tariff_response=0.0, **changes))[0]
        system = leverage.bargain(given, **changes)
        starts = np.array([[before.states[name], 0.0] for name in system.states])
        alone = leverage.bargain({name: np.repeat(values, 2) for name, values in given.items()}, **changes)
        course = alone.course(starts, _AHEAD)[:, system.states.index("cooperation")]
        axes.plot(_AHEAD, course[:, 0], color=colour, label=label, gid="trust")
        axes.plot(_AHEAD, course[:, 1], color=colour, linestyle=(0, (4, 2)), gid="quarrel")
    axes.set(xlim=(0, _AHEAD[-1]), ylim=(0, 1))
    looks.ticks(axes, "1")
    axes.set_title("Cooperation under the rule; dashed: after a quarrel")
    axes.set_xlabel("years")
    axes.legend(loc="upper right", frameon=False, ncols=3, fontsize=11)


def _gains(axes: Axes, given: Mapping[str, Array]) -> None:
    """Show how far cooperation swings with quarrels and thaws from outside, with the rule and without."""
    for colour, (sign, label) in zip(looks.COLOURS, LINES, strict=False):
        for response, style in ((None, "-"), (0.0, (0, (1, 1.2)))):
            changes = {
                "tariff_effect_on_cooperation": sign,
                **({} if response is None else {"tariff_response": response}),
            }
            system = leverage.bargain(given, **changes)
            (rest, *_) = leverage.resting_points(system)[0]
            found = leverage.driven(system, rest, _PERIODS)
            axes.plot(
                _PERIODS, found, color=colour, linestyle=style, label=label if response is None else None, gid="gain"
            )
    axes.set_xscale("log")
    axes.set_xticks([0.5, 1, 2, 3, 5, 10], labels=["½", "1", "2", "3", "5", "10"])
    axes.minorticks_off()
    axes.set(xlim=(_PERIODS[0], _PERIODS[-1]), ylim=(0, None))
    axes.set_title("Swing driven from outside; dotted: no rule")
    axes.set_xlabel("period of quarrels and thaws, years")
    axes.set_ylabel("cooperation per climate")
