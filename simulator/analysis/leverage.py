"""Leverage: does help that is traded for tariff relief settle, swing, or end in one of two camps?

Relations, cooperation and verification move; the rest of the model holds still. Washington's tariff follows
verified action by rule (`tariff_response`), at once as in the model or with a lag of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator import draws, scenario
from simulator.analysis.subsystem import Mode, Subsystem, gain, modes, subsystem
from simulator.cases import END, START
from simulator.fentanyl import fentanyl_model

if TYPE_CHECKING:
    from collections.abc import Mapping

Array = np.ndarray[Any, np.dtype[np.float64]]

STOCKS = ("relations", "cooperation", "verification_regime")
RULE = "responsive_tariff"
#: The policy whose levers stand as in this year, unless told otherwise.
POLICY, YEAR = "responsive-tariff", 2032.0
#: Cooperation is searched for resting points at this many places between none and all.
PLACES = 201
#: How exactly cooperation at rest is found.
EXACT = 1e-11
#: How far beside a resting point the two linear pieces are looked at: cooperation slips at another speed than it grows.
BESIDE = 1e-4
#: A swing counts as one if at least this much of it comes back on the other side.
VISIBLE = 0.05

SETTLES, SWINGS, CYCLES, CAMPS = "settles", "swings and settles", "swings for ever", "one of two camps"
FATES = (SETTLES, SWINGS, CYCLES, CAMPS)


@dataclass(frozen=True, slots=True)
class Rest:
    """A resting point: where it is, and the modes about it, cooperation rising and cooperation falling."""

    states: Mapping[str, float]
    rising: list[Mode]
    falling: list[Mode]

    @property
    def is_stable(self) -> bool:
        """Whether every disturbance dies away on either side."""
        return all(mode.growth < 0 for mode in (*self.rising, *self.falling))

    @property
    def swing(self) -> Mode | None:
        """The swing that comes back strongest, if it can be seen."""
        found = max((*self.rising, *self.falling), key=lambda mode: mode.echo)
        return found if found.echo >= VISIBLE else None


def numbers(
    policy: str = POLICY,
    worldview: str = draws.DEFAULT_WORLDVIEW,
    *,
    year: float = YEAR,
    members: int = 1,
    seed: int = 1,
) -> dict[str, Array]:
    """Return what the members believe and where the levers of a policy stand in a year; each of shape (member,).

    Political attention is taken at rest: its loop is off unless switched on.

    Raises:
        SimulatorError: for a policy or a worldview that there is not.
    """
    model = fentanyl_model()
    settings = scenario.settings(scenario.find(worldview), model.parameters)
    believed = draws.constants(model, worldview, settings, members=members, seed=seed)
    levers = scenario.resolve(scenario.find(policy), model.parameters, START, END).at(year)
    found = dict(zip(model.constants, believed.T, strict=True))
    found |= {name: np.full(members, value) for name, value in zip(model.inputs, levers, strict=True)}
    return {**found, "political_attention": found["attention_at_rest"]}


def bargain(given: Mapping[str, Any], lag: float = 0.0, **changes: Any) -> Subsystem:  # noqa: ANN401 - numbers or arrays
    """Return the bargain as a subsystem whose numbers are arrays of one shape (cell,).

    Args:
        given: as `numbers` returns them.
        lag: years in which Washington's tariff follows its rule; 0 as in the model.
        changes: numbers to set, scalars or arrays of shape (cell,).
    """
    every = {**given, **changes}
    wanted = subsystem(fentanyl_model(), STOCKS, every, {RULE: lag} if lag else None)
    cells = dict(zip(wanted.numbers, np.broadcast_arrays(*map(np.atleast_1d, wanted.numbers.values())), strict=True))
    return Subsystem(wanted.states, cells, wanted.function)


def resting_points(system: Subsystem, lag: float = 0.0) -> list[list[Rest]]:
    """Return the resting points of every cell, those with least cooperation first.

    All other states follow from cooperation, one after the other, so that only one unknown is left.
    """
    from scipy.optimize import elementwise

    cells = np.arange(len(next(iter(system.numbers.values()))))
    grid = np.linspace(0, 1, PLACES)[:, None]
    pull = _pull(system, np.broadcast_to(grid, (PLACES, len(cells))), cells, lag)
    place, cell = np.nonzero(pull[:-1] * pull[1:] < 0)
    found = elementwise.find_root(
        lambda share, which: _pull(system, share, which.astype(int), lag),
        (grid[place, 0], grid[place + 1, 0]),
        args=(cell,),
        tolerances={"xatol": EXACT},
    )
    shares = np.asarray(found.x)
    states = _follow(system, shares, cell, lag)
    order = np.lexsort((shares, cell))
    linear = {side: _beside(system, states, cell, side) for side in (-1, 1)}
    rests: list[list[Rest]] = [[] for _ in cells]
    for row in order:
        where = dict(zip(system.states, states[:, row].tolist(), strict=True))
        rests[cell[row]].append(Rest(where, modes(linear[-1][row]), modes(linear[1][row])))
    return rests


def fate(rests: list[Rest]) -> str:
    """Say what becomes of a bargain with these resting points; cooperation is bounded, so without rest it cycles."""
    stable = [rest for rest in rests if rest.is_stable]
    if len(stable) > 1:
        return CAMPS
    if not stable:
        return CYCLES
    return SETTLES if stable[0].swing is None else SWINGS


def fates(given: Mapping[str, Any], lag: float = 0.0, **changes: Any) -> list[str]:  # noqa: ANN401 - numbers or arrays
    """Return the fate of every cell."""
    return [fate(rests) for rests in resting_points(bargain(given, lag, **changes), lag)]


def driven(system: Subsystem, rest: Rest, periods: Array) -> Array:
    """Return the swing of cooperation per swing of the diplomatic climate, at each period in years; shape (period,).

    Linear, about a resting point of the first cell, with the mean of the two speeds of cooperation.
    """
    first = {name: values[:1] for name, values in system.numbers.items()}
    states = np.array([[rest.states[name]] for name in system.states])
    climate, step = first["diplomatic_climate"], BESIDE
    one = Subsystem(system.states, first, system.function)
    higher, lower = (one.rates(states, diplomatic_climate=climate + sign * step) for sign in (1, -1))
    drive = ((higher - lower) / (2 * step))[:, 0]
    return gain(one.jacobian(states)[0], drive, periods)[:, system.states.index("cooperation")]


def _cells(system: Subsystem, which: Any) -> dict[str, Any]:  # noqa: ANN401 - whole numbers
    return {name: values[which] for name, values in system.numbers.items()}


def _follow(system: Subsystem, shares: Array, which: Any, lag: float) -> Array:  # noqa: ANN401 - whole numbers
    """Return the states that all others come to while cooperation holds still; shape (state, ...)."""
    own = _cells(system, which)
    times = {
        "relations": own["relations_adjustment_time"],
        "verification_regime": own["verification_build_time"],
        RULE: lag,
    }
    states = np.zeros((len(system.states), *np.shape(shares)))
    states[system.states.index("cooperation")] = shares
    for name in ("verification_regime", RULE, "relations"):  # in the order in which they follow from each other
        if name in system.states:
            row = system.states.index(name)
            states[row] += system.rates(states, **own)[row] * times[name]
    return states


def _pull(system: Subsystem, shares: Array, which: Any, lag: float) -> Array:  # noqa: ANN401 - whole numbers
    """Return where cooperation would go once all others have followed it; zero at rest."""
    states = _follow(system, shares, which, lag)
    return np.asarray(system.rates(states, **_cells(system, which))[system.states.index("cooperation")])


def _beside(system: Subsystem, states: Array, which: Any, side: int) -> Array:  # noqa: ANN401 - whole numbers
    """Return the Jacobians on one side of resting points, where cooperation rises (-1) or falls (+1)."""
    moved = states.copy()
    moved[system.states.index("cooperation")] += side * BESIDE
    return Subsystem(system.states, _cells(system, which), system.function).jacobian(moved)
