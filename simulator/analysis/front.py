"""The best mix of policies at every budget: a Pareto front of outcome against public cash.

NSGA-II, from platypus, searches over how far each policy is carried out. Whatever a search
picks looks better than it is on the members that it was picked on, so the front is run again
with members that the search has not met.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator import copies
from simulator.analysis.blending import Blender
from simulator.analysis.optional import optional
from simulator.analysis.payoffs import outcome_and_cost

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.analysis.question import Question
    from simulator.copies import Groups

Array = np.ndarray[Any, np.dtype[np.float64]]

POPULATION = 40
#: Points of a front that are run again and shown.
SHOWN = 12


@dataclass(frozen=True, eq=False)
class Mix:
    """One blend, judged on members that the search has not met; differences from the base, over the years.

    Attributes:
        shares: how far each policy is carried out; shape (policy,).
        averted, averted_error: mean and Monte Carlo standard error, in the unit of the outcome.
        averted_low, averted_high: between which 90 % of members lie.
        cost, cost_error: public cash, USD.
        promised: what the search believed would be averted.
    """

    shares: Array
    averted: float
    averted_error: float
    averted_low: float
    averted_high: float
    cost: float
    cost_error: float
    promised: float


def front(  # noqa: PLR0913 - settings of a search, by name
    question: Question,
    blender: Blender,
    searched: Array,
    fresh: Array,
    *,
    groups: Groups,
    budget: float | None,
    evaluations: int,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> list[Mix]:
    """Search for mixes that nothing beats in both outcome and cost, the cheapest first.

    Args:
        question: outcome and years.
        blender: of the policies.
        searched: members that the search uses; shape (member, constant).
        fresh: members that judge; shape (member, constant).
        groups: which of these are copies; shape (member,).
        budget: the most public cash that may be spent beyond the base over the years, USD; None for any.
        evaluations: blends tried, at least twice the population.
        seed: of the search.
        progress: told `(done, all)`.

    Raises:
        SimulatorError: where platypus is not installed.
    """
    base = outcome_and_cost(question, searched, blender.blend(np.zeros(len(blender.policies))))
    tried = 0

    def judged(shares: list[float]) -> list[float]:
        nonlocal tried
        loss, cost = outcome_and_cost(question, searched, blender.blend(np.array(shares)))
        well = np.isfinite(loss + base[0])
        tried += 1
        if progress:
            progress(min(tried, evaluations), evaluations)
        return [float(np.mean((each - before)[well])) for each, before in zip((loss, cost), base, strict=True)]

    found = pareto(judged, len(blender.policies), budget=budget, evaluations=evaluations, seed=seed)
    spread = sorted({round(place) for place in np.linspace(0, len(found) - 1, SHOWN)} if found else ())
    before = outcome_and_cost(question, fresh, blender.blend(np.zeros(len(blender.policies))))
    return [_again(question, blender, found[place], fresh, before, groups) for place in spread]


def pareto(
    judged: Callable[[list[float]], list[float]], policies: int, *, budget: float | None, evaluations: int, seed: int
) -> list[tuple[Array, float, float]]:
    """Return undominated `(shares, loss, cost)`, the cheapest first.

    Args:
        judged: from shares of each policy to loss and cost; less of each is better.
        policies: how many.
        budget: no more cost than this.
        evaluations: blends tried.
        seed: of the search; the state of Python's own generator is left as it was.
    """
    platypus = optional("platypus")
    problem = platypus.Problem(policies, 2, 0 if budget is None else 1)
    problem.types[:] = platypus.Real(0, 1)

    def function(shares: list[float]) -> Any:  # noqa: ANN401 - as platypus wants it
        loss, cost = judged(shares)
        return [loss, cost] if budget is None else ([loss, cost], [cost])

    problem.function = function
    if budget is not None:
        problem.constraints[:] = f"<={budget!r}"
    corners = [np.zeros(policies), *np.eye(policies), np.ones(policies)]
    first = []
    for shares in corners:
        solution = platypus.Solution(problem)
        solution.variables[:] = shares.tolist()
        first.append(solution)
    state = random.getstate()
    try:
        random.seed(seed)
        generator = platypus.InjectedPopulation(first)
        algorithm = platypus.NSGAII(problem, population_size=POPULATION, generator=generator)
        algorithm.run(max(evaluations, 2 * POPULATION))
    finally:
        random.setstate(state)
    best = [each for each in platypus.nondominated(algorithm.result) if each.feasible]
    found = {tuple(each.objectives): np.array(each.variables, float) for each in best}
    return [(found[key], key[0], key[1]) for key in sorted(found, key=lambda key: key[1])]


def _again(
    question: Question,
    blender: Blender,
    point: tuple[Array, float, float],
    fresh: Array,
    before: tuple[Array, Array],
    groups: Groups,
) -> Mix:
    shares, promised, _ = point
    loss, cost = outcome_and_cost(question, fresh, blender.blend(shares))
    well = np.isfinite(loss + before[0])
    averted, spent = (before[0] - loss)[well], (cost - before[1])[well]
    low, high = np.quantile(averted, (0.05, 0.95))
    return Mix(
        shares, float(averted.mean()), float(copies.error(averted, groups[well])), float(low), float(high),
        float(spent.mean()), float(copies.error(spent, groups[well])), -promised,
    )  # fmt: skip
