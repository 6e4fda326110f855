"""Robustness on one slide, and the front of mixes on another."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

from simulator.report import looks
from simulator.report.wording import amount, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simulator.analysis.front import Mix
    from simulator.analysis.question import Question
    from simulator.analysis.robustness import Choice, Verdict

_WIDE = 22
_DARK = 0.6  # of the scale: beyond it, numbers are written in white


def robust_figure(verdict: Verdict, question: Question, choice: Choice, *, source: str) -> Figure:
    """Draw regret of each policy, what each averts under each worldview, and the worth of knowing."""
    about = f"{words(question.outcome).capitalize()}, {question.first} to {question.last}, against {choice.base}."
    if choice.price is not None:
        about += f" Public cash weighs one for every {amount(choice.price, 'USD')}."
    limits = (
        "Regret: what a policy loses against the best, had one known better. Whiskers: one Monte Carlo standard error.",
        "Worldviews count alike. Members carry the uncertainty of parameters only; this is not a forecast.",
    )
    with looks.figure("Which policy holds up under which beliefs", about, *limits, source) as figure:
        grid = figure.add_gridspec(1, 3, left=0.125, right=0.985, top=0.83, bottom=0.26, wspace=0.48,
                                   width_ratios=(0.85, 1.5, 0.8))  # fmt: skip
        _regret(figure.add_subplot(grid[0, 0]), verdict)
        _matrix(figure.add_subplot(grid[0, 1]), verdict, choice.base)
        _worth(figure.add_subplot(grid[0, 2]), verdict)
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
    axes.set_title("Regret, thousands\nbar: mean; ◆: exceeded in 10 %", linespacing=1.2)


def _matrix(axes: Axes, verdict: Verdict, base: str) -> None:
    """Write what each policy averts under each worldview; the best of each worldview in a frame."""
    found, order = verdict.payoffs, [row["policy"] for row in verdict.ranking if row["policy"] != base]
    mean = found.loss.mean(axis=2)
    rows = [found.policies.index(name) for name in order]
    averted = (mean[found.policies.index(base)] - mean[rows]) / 1e3
    reach = max(float(np.abs(averted).max()), 1e-9)
    axes.imshow(averted, cmap="RdBu", vmin=-reach, vmax=reach, aspect="auto")
    for row in range(averted.shape[0]):
        for column in range(averted.shape[1]):
            value = averted[row, column]
            colour = "white" if abs(value) > _DARK * reach else looks.INK
            best = row == int(averted[:, column].argmax()) and value > 0
            text = f"{value:+.0f}".replace("-", "−") if round(value) else "0"
            frame = (
                {"boxstyle": "round,pad=0.25", "fill": False, "edgecolor": colour, "linewidth": 1.6} if best else None
            )
            axes.text(column, row, text, color=colour, ha="center", va="center", size=10.5, bbox=frame)
    axes.grid(visible=False)
    axes.set_xticks(range(len(found.worldviews)), found.worldviews, rotation=38, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(order)), [fill(name, _WIDE) for name in order])
    axes.set_title("Averted, thousands, mean over members\nframed: best under that worldview", linespacing=1.2)


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
    axes.set_title("Worth of knowing\nthousands; line: chance", linespacing=1.2)


def front_figure(mixes: list[Mix], question: Question, choice: Choice, *, source: str) -> Figure:
    """Draw the front, and what each of its mixes is made of."""
    policies = [name for name in choice.policies if name != choice.base]
    years = len(question.years)
    cost = np.array([mix.cost for mix in mixes]) / years / 1e9
    about = (
        f"{words(question.outcome).capitalize()} averted, {question.first} to {question.last}, against {choice.base}."
    )
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
