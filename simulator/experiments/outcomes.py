"""Outcomes of one block: what is kept of it, and what is reduced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.dates import MONTHS
from simulator.integrate import ensemble
from simulator.solution import Solution

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.experiments.design import Resolution
    from simulator.experiments.plan import Block, Plan
    from simulator.integrate.ensemble import Ensemble

Array = np.ndarray[Any, np.dtype[np.float64]]

#: The error is measured in one block out of so many (the first always), on so many members.
EVERY = 16
MEASURED = 32


@dataclass(frozen=True, eq=False)
class Outcome:
    """What came out of a block.

    Attributes:
        values: each kept quantity at the instants of the plan, the last left out; totals of rates
            (units lose `/year`) between instants, states at them; shape (member, time).
        failed: members that did not stay finite.
        error: the measured integration error, where it was measured.
    """

    values: dict[str, Array]
    failed: NDArray[np.bool_]
    error: float | None


def solved(plan: Plan, block: Block, constants: Array, *, parallel: bool) -> Outcome:
    """Integrate the members of a block, and measure how exactly."""
    tracks, states = plan.tracks[block.scenario], _wanted_states(plan)
    found = ensemble.integrate(plan.system, constants, tracks, plan.times, parallel=parallel, keep=states)
    error = None
    if block.number % EVERY == 0 and not found.failed.all():
        # the draw depends on seed and block, not on what was done before
        generator = np.random.default_rng([plan.sampler.seed, *block])
        error = ensemble.measured_error(
            plan.system, constants, tracks, plan.times, found,
            generator=generator, members=min(MEASURED, len(constants)), parallel=parallel,
        )  # fmt: skip
    return Outcome(_values(plan, block, constants, found), found.failed, error)


def _wanted_states(plan: Plan) -> list[int]:
    """Return the places of the states worth storing: totals of rates, and stocks where states are kept."""
    stocks = len(plan.model.stocks)
    totals = [stocks + plan.integrals.index(name) for name in plan.rates]
    return totals if len(plan.rates) == len(plan.design.keep.quantities) else [*range(stocks), *totals]


def _values(plan: Plan, block: Block, constants: Array, found: Ensemble) -> dict[str, Array]:
    places = {int(state): place for place, state in enumerate(found.kept)}
    stocks, kept = len(plan.model.stocks), plan.design.keep.quantities
    values = {}
    for name in plan.rates:
        total = found.states[:, places[stocks + plan.integrals.index(name)]]
        values[name] = np.diff(total, axis=1)
    others = tuple(name for name in kept if name not in plan.rates)
    if others:
        solution = Solution(
            plan.model, (), plan.tracks[block.scenario], constants, plan.times, found.states[:, :stocks], found.failed
        )
        for name, each in solution.at_instants(others).items():
            each[found.failed] = np.nan
            values[name] = each[:, :-1]
    return {name: values[name] for name in kept}


def at_resolution(plan: Plan, values: dict[str, Array], resolution: Resolution) -> dict[str, Array]:
    """Return values by month (means of rates) or by calendar year (totals of rates)."""
    if resolution == "monthly":
        return {name: each * MONTHS if name in plan.rates else each for name, each in values.items()}
    if not plan.is_monthly:
        return values
    return {
        name: each.reshape(len(each), -1, MONTHS).sum(axis=2) if name in plan.rates else each[:, ::MONTHS]
        for name, each in values.items()
    }
