"""Accounting: what a policy costs whom, and what it buys, in money of the day it begins.

Cash, lives and the value of lives stay apart. Later money and later lives count less, at the
same rate; a life lost counts the years that it would still have had, each at its own date.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.analysis.actors import ACCOUNTS, PERSPECTIVES
from simulator.errors import Problem, refuse
from simulator.report.spread import summary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.cases import Case
    from simulator.report.paired import Window
    from simulator.solution import Solution

Array = np.ndarray[Any, np.dtype[np.float64]]
Row = dict[str, Any]

#: The rate of the reference case of the second panel (sanders2016), and those of guidance to regulators (omb2003).
RATE = 0.03
RATES = (0.0, 0.03, 0.07)
#: What a quality-adjusted year may cost where money for it displaces other care: the ends of the
#: uncertainty interval of vanness2021 and its estimate, in dollars of 2019.
THRESHOLDS = (51_000.0, 104_000.0, 209_000.0)
#: Years that a person who dies of an overdose would still have had, as `years_lost_per_death` takes them.
YEARS_LEFT = 38.0
#: Below this share of the larger total, a difference is rounding.
NOISE = 1e-9
#: A price is told where at least this share of members gain: the rest would be beyond its 90 % interval.
AGREED = 0.95
_MOST = 0.5


def faults(rate: float) -> list[Problem]:
    """Return what is wrong with a rate of discount."""
    if 0 <= rate <= _MOST:
        return []
    remedy = f"Give a share between 0 and {_MOST:g}, such as 0.03 for 3 % a year."
    return [Problem("--discount", f"{rate:g} is no rate to discount by.", remedy)]


def weights(edges: Array, rate: float) -> Array:
    """Return the present value, at the first edge, of a flow of one a year over each interval; shape (interval,).

    Args:
        edges: increasing decimal years; shape (interval + 1,).
        rate: by which a year's delay discounts, 0.03 for 3 %.

    Raises:
        SimulatorError: for a rate below 0 or above one half.
    """
    refuse(faults(rate))
    if rate == 0:
        return np.diff(edges)
    force = np.log1p(rate)
    return np.asarray(-np.diff(np.exp(-force * (edges - edges[0]))) / force)


def present_share(rate: float, years: float = YEARS_LEFT) -> float:
    """Return how much a year counts that is one of `years` to come, beside one that is lived at once."""
    return float(weights(np.array([0.0, years]), rate)[0] / years)


def total(solution: Solution, name: str, years: Window, rate: float) -> Array:
    """Return the discounted total of a rate over the window, in the unit of the rate times a year; shape (member,)."""
    inside = (solution.times > years.start) & (solution.times < years.end)
    edges = np.concatenate([[years.start], solution.times[inside], [years.end]])
    found = solution.mean_between(name, edges[:-1], edges[1:]) @ weights(edges, rate)
    if name != "quality_adjusted_life_years_lost" or rate == 0:
        return np.asarray(found)
    deaths = total(solution, "opioid_deaths", years, rate)
    by_death = deaths * solution.constants[:, solution.model.constants.index("years_lost_per_death")]
    return np.asarray(found - by_death * (1 - present_share(rate)))


def change(case: Case, against: Case, name: str, years: Window, rate: float) -> Array:
    """Return the discounted total of `case` less that of `against`, of members finite under both; shape (member,)."""
    kept = ~(case.solution.failed | against.solution.failed)
    here, there = (total(each.solution, name, years, rate)[kept] for each in (case, against))
    noise = NOISE * np.maximum(np.abs(here), np.abs(there))
    return np.where(np.abs(here - there) <= noise, 0.0, here - there)


def accounts(cases: Sequence[Case], years: Window, rate: float = RATE) -> list[Row]:
    """Compare every scenario with the first, actor by actor; what an actor loses is positive.

    Returns:
        Rows with `worldview, scenario, against, actor, kind, quantity, part, unit, start, end, discount, median,
        lower90, upper90, members`. `quantity` has its sign turned where it is income.
    """
    rows = []
    for case, base in _pairs(cases):
        for account in ACCOUNTS:
            found = account.sign * change(case, base, account.quantity, years, rate)
            unit = case.solution.model.equations[account.quantity].unit.removesuffix("/year")
            about = {"actor": account.actor, "kind": account.kind, "quantity": account.quantity, "part": account.part}
            rows.append(
                {**_who(case, base, years, rate), **about, "unit": unit, **summary(found), "members": len(found)}
            )
    return rows


def worth(cases: Sequence[Case], years: Window, rate: float = RATE) -> list[Row]:
    """Set what a policy costs beside what it buys, from each perspective.

    Returns:
        Rows with `worldview, scenario, against, perspective, effect, start, end, discount, members` and all of
        `effectiveness`; for quality-adjusted years also `acceptable` and `net_benefit`, by threshold.
    """
    rows = []
    for case, base in _pairs(cases):
        for perspective, parts in PERSPECTIVES.items():
            cost = sum((sign * change(case, base, name, years, rate) for name, sign in parts), np.zeros(1))
            for effect, name in (
                ("death averted", "opioid_deaths"),
                ("QALY gained", "quality_adjusted_life_years_lost"),
            ):
                gain = -change(case, base, name, years, rate)
                about = {**_who(case, base, years, rate), "perspective": perspective, "effect": effect}
                row = {**about, **effectiveness(cost, gain), "members": len(gain)}
                rows.append(row if effect == "death averted" else row | acceptability(cost, gain))
    return rows


def effectiveness(cost: Array, gain: Array) -> Row:
    """Tell what a unit of gain costs, member by member; both of shape (member,).

    Ratios of members that gain and of members that lose have no common order, and a negative ratio has no meaning. So
    a price is told only where nearly all members gain (`AGREED`), of those that do, and is zero where money is saved;
    the ratio of the means only where all gain and pay.

    Returns:
        Shares of members: `gains_and_saves` (dominant), `gains_and_costs`, `loses_and_saves`, `loses_and_costs`
        (dominated) and `nothing`; `median, lower90, upper90` of the price, or None; `ratio_of_means`, or None.
    """
    gains, loses, saves = gain > 0, gain < 0, cost <= 0
    shares = {
        "gains_and_saves": gains & saves,
        "gains_and_costs": gains & ~saves,
        "loses_and_saves": loses & saves,
        "loses_and_costs": loses & ~saves,
        "nothing": gain == 0,
    }
    prices = np.maximum(cost, 0)[gains] / gain[gains] if np.mean(gains) >= AGREED else np.empty(0)
    means = float(np.mean(cost) / np.mean(gain)) if (gains & ~saves).all() else None
    return {**{name: float(np.mean(each)) for name, each in shares.items()}, **summary(prices), "ratio_of_means": means}


def acceptability(cost: Array, gain: Array, thresholds: Sequence[float] = THRESHOLDS) -> Row:
    """Return by threshold the share of members to whom the gain is worth its cost, and the net benefit in money.

    Defined whatever the signs, which a ratio is not.
    """
    benefits = {threshold: threshold * gain - cost for threshold in thresholds}
    return {
        "acceptable": {f"{threshold:.0f}": float(np.mean(each > 0)) for threshold, each in benefits.items()},
        "net_benefit": {f"{threshold:.0f}": summary(each) for threshold, each in benefits.items()},
    }


def _pairs(cases: Sequence[Case]) -> list[tuple[Case, Case]]:
    first = cases[0].scenario.name
    bases = {case.worldview: case for case in cases if case.scenario.name == first}
    return [(case, bases[case.worldview]) for case in cases if case.scenario.name != first]


def _who(case: Case, base: Case, years: Window, rate: float) -> Row:
    names = {"worldview": case.worldview, "scenario": case.scenario.name, "against": base.scenario.name}
    return {**names, "start": years.start, "end": years.end, "discount": rate}
