"""Robustness on one slide, and the front of mixes on another."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.names import opening, words
from simulator.report import looks
from simulator.report.spread import SHARES
from simulator.report.wording import amount

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simulator.analysis.front import Mix
    from simulator.analysis.question import Question
    from simulator.analysis.robustness import Choice, Verdict

_WIDE = 22
_DARK = 0.6  # of the scale: beyond it, numbers are written in white
_MANY = 7  # worldviews beyond which columns are narrow
_LINE = 5  # half a line of small letters, in points
_PANELS = ((0.135, 0.2), (0.365, 0.4), (0.87, 0.115))  # left and width; the first two share the names of their rows


def robust_figure(verdict: Verdict, question: Question, choice: Choice, *, source: str) -> Figure:
    """Draw regret of each policy, what each averts under each worldview with its interval, and the worth of knowing."""
    about = f"{opening(question.outcome)}, {question.first} to {question.last}, against {choice.base}."
    if choice.price is not None:
        about += f" Public cash weighs one for every {amount(choice.price, 'USD')}."
    limits = (
        "Regret: what a policy loses against the best, had one known better. Whiskers: one Monte Carlo standard error.",
        "Worldviews count alike. Members carry the uncertainty of parameters only; this is not a forecast.",
    )
    with looks.figure("Which policy holds up under which beliefs", about, *limits, source) as figure:
        regrets, matrix, worth = (figure.add_axes((left, 0.26, wide, 0.57)) for left, wide in _PANELS)
        _regret(regrets, verdict)
        _matrix(matrix, verdict, choice.base)
        _worth(worth, verdict)
        figure.set_label("robustness")
    return figure


def _regret(axes: Axes, verdict: Verdict) -> None:
    rows = verdict.ranking
    places = -np.arange(len(rows))
    axes.barh(places, [row["mean_regret"] / 1e3 for row in rows], height=0.6, color=looks.COLOURS[0], alpha=0.6,
              xerr=[row["mean_regret_error"] / 1e3 for row in rows])  # fmt: skip
    axes.plot([row["high_regret"] / 1e3 for row in rows], places, "D", color=looks.COLOURS[1], markersize=6)
    axes.set_yticks(places, [fill(row["policy"], _WIDE) for row in rows])
    axes.set_xlim(left=0)
    axes.set_ylim(0.5 - len(rows), 0.5)
    axes.set_title("Mean regret, thousands\n◆: exceeded in 10 %", linespacing=1.2)


def _matrix(axes: Axes, verdict: Verdict, base: str) -> None:
    """Write what each policy averts under each worldview, in the rows of the regrets; the best of each in a frame."""
    found, order = verdict.payoffs, [row["policy"] for row in verdict.ranking]
    rows = [found.policies.index(name) for name in order]
    averted = (found.loss[found.policies.index(base)] - found.loss[rows]) / 1e3
    mean, (lower, upper) = averted.mean(axis=2), np.quantile(averted, (SHARES[0], SHARES[-1]), axis=2)
    reach = max(float(np.abs(mean).max()), 1e-9)
    axes.imshow(mean, cmap="RdBu", vmin=-reach, vmax=reach, aspect="auto")
    narrow = mean.shape[1] > _MANY
    for row, name in enumerate(order):
        for column in range(mean.shape[1]):
            value, ends = mean[row, column], (lower[row, column], upper[row, column])
            best = row == int(mean[:, column].argmax()) and value > 0
            colour = "white" if abs(value) > _DARK * reach else looks.INK
            told = ("base", "") if name == base else (_signed(value), _ends(*ends, narrow=narrow))
            _cell(axes, (column, row), told, colour, best=best)
    axes.grid(visible=False)
    axes.set_xticks(range(len(found.worldviews)), found.worldviews, rotation=38, ha="right", rotation_mode="anchor")
    axes.set_yticks([])
    axes.set_title("Averted, thousands: mean, below it 90 % of members\nframed: best under that worldview",
                   linespacing=1.2)  # fmt: skip


def _cell(axes: Axes, place: tuple[int, int], told: tuple[str, str], colour: str, *, best: bool) -> None:
    """Write a mean above its interval, centred together, in a frame where it is the best."""
    from matplotlib.patches import Rectangle

    x, y = place
    if best:
        axes.add_patch(Rectangle((x - 0.47, y - 0.47), 0.94, 0.94, fill=False, edgecolor=colour, linewidth=1.8,
                                 gid="best"))  # fmt: skip
    up = _LINE * told[1].count("\n") - _LINE * (not told[1])
    where: dict[str, Any] = {"textcoords": "offset points", "ha": "center", "color": colour}
    axes.annotate(told[0], place, (0, up), va="bottom", size=11, weight="bold" if best else "normal", **where)
    axes.annotate(told[1], place, (0, up - 1), va="top", size=8.5, linespacing=0.95, **where, gid="90 %")


def _signed(value: float) -> str:
    return f"{value:+.0f}".replace("-", "−") if round(value) else "0"


def _ends(lower: float, upper: float, *, narrow: bool) -> str:
    """Return an interval, on two lines where columns are narrow."""
    return f"{_signed(lower)}{chr(10) if narrow else ' '}to {_signed(upper)}"


def _worth(axes: Axes, verdict: Verdict) -> None:
    names = list(verdict.worth)
    places = -np.arange(len(names))
    each = [verdict.worth[name] for name in names]
    axes.barh(places, [one.value / 1e3 for one in each], height=0.6, color=looks.COLOURS[2], alpha=0.6,
              xerr=[one.error / 1e3 for one in each])  # fmt: skip
    for place, one in zip(places, each, strict=True):
        if one.noise is not None:
            axes.plot([one.noise / 1e3] * 2, [place - 0.38, place + 0.38], color=looks.INK, linewidth=1.6)
    axes.set_yticks(places, [fill(words(name), 14) for name in names], fontsize=10)
    axes.set_xlim(left=0)
    axes.set_title("Worth of knowing\nthousands; line: chance", linespacing=1.2, x=-0.6)


def front_figure(mixes: list[Mix], question: Question, choice: Choice, *, source: str) -> Figure:
    """Draw the front, and what each of its mixes is made of."""
    policies = [name for name in choice.policies if name != choice.base]
    years = len(question.years)
    cost = np.array([mix.cost for mix in mixes]) / years / 1e9
    about = f"{opening(question.outcome)} averted, {question.first} to {question.last}, against {choice.base}."
    limits = (
        "Found by NSGA-II on a few members, judged on others. Bands hold 90 % of these, whiskers one standard error.",
        "Each policy is carried out in part; what they change of levers is added up. Not a forecast.",
    )
    with looks.figure("The best mix at every budget", about, *limits, source) as figure:
        grid = figure.add_gridspec(1, 2, left=0.07, right=0.985, top=0.83, bottom=0.2, wspace=0.2)
        left, right = figure.add_subplot(grid[0, 0]), figure.add_subplot(grid[0, 1])
        left.fill_between(cost, [mix.averted_low / 1e3 for mix in mixes], [mix.averted_high / 1e3 for mix in mixes],
                          color=looks.COLOURS[0], alpha=looks.FAINT, linewidth=0)  # fmt: skip
        left.errorbar(cost, [mix.averted / 1e3 for mix in mixes], yerr=[mix.averted_error / 1e3 for mix in mixes],
                      color=looks.COLOURS[0], marker="o", capsize=3)  # fmt: skip
        left.set_title("Averted, thousands")
        left.set_xlabel("public cash beyond the base, billion dollars a year")
        for place, (name, colour) in enumerate(zip(policies, looks.COLOURS, strict=False)):
            right.plot(cost, [100 * mix.shares[place] for mix in mixes], marker="o", color=colour, label=name)
        right.set_title("What they are made of, per cent of each policy")
        right.set_xlabel("public cash beyond the base, billion dollars a year")
        right.set_ylim(-3, 103)
        right.legend(frameon=False)
        figure.set_label("front of mixes")
    return figure
