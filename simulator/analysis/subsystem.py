"""A part of the model by itself: a few stocks move, all others hold still.

Small enough to ask for its resting points and for the eigenvalues there, which tell whether it settles,
swings with a period, or runs away.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.emission import compiled
from simulator.errors import Problem, nearest, refuse
from simulator.model import net_rates
from simulator.solution import ARRAY_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from simulator.model import Model

Array = np.ndarray[Any, np.dtype[np.float64]]

#: The step of numerical derivatives, in the units of the states; these are shares or less than a few units.
STEP = 1e-6


@dataclass(frozen=True, eq=False)
class Subsystem:
    """A few stocks whose rates depend on each other and on numbers that hold still.

    Attributes:
        states: names; auxiliaries that were given a lag come last.
        numbers: everything else that rates depend on, by name; scalars, or arrays of shape (cell,).
        function: `(states, numbers) -> rates`, emitted from the model's own equations.
    """

    states: tuple[str, ...]
    numbers: Mapping[str, Any]
    function: Callable[..., Any] = field(repr=False)

    def rates(self, states: Array, **changes: Any) -> Array:  # noqa: ANN401 - numbers or arrays
        """Return rates of change a year at states of shape (state, ...), with some numbers changed."""
        numbers = {**self.numbers, **changes}
        found = self.function(list(states), [numbers[name] for name in self.numbers])
        return np.stack([np.broadcast_to(each, np.shape(states)[1:]) for each in found]).astype(float)

    def jacobian(self, states: Array) -> Array:
        """Return derivatives of the rates at states of shape (state, cell); shape (cell, state, state)."""
        columns = []
        for number in range(len(self.states)):
            step = np.zeros((len(self.states), 1))
            step[number] = STEP
            columns.append((self.rates(states + step) - self.rates(states - step)) / (2 * STEP))
        return np.moveaxis(np.stack(columns, axis=1), -1, 0)

    def course(self, start: Array, times: Array) -> Array:
        """Integrate from states of shape (state, cell); returns shape (time, state, cell).

        Args:
            times: increasing years, the first of which is that of the start.
        """
        from scipy.integrate import solve_ivp

        def rates(_time: float, flat: Array) -> Array:
            return self.rates(flat.reshape(start.shape)).ravel()

        limits = (float(times[0]), float(times[-1]))
        found = solve_ivp(rates, limits, start.ravel(), t_eval=times, rtol=1e-8, atol=1e-10)
        return np.asarray(found.y.T.reshape(-1, *start.shape))


def subsystem(
    model: Model, stocks: Sequence[str], numbers: Mapping[str, Any], lags: Mapping[str, float] | None = None
) -> Subsystem:
    """Cut stocks out of a model, with every equation that moves them.

    Args:
        numbers: values of at least the parameters and other stocks that their rates depend on.
        lags: auxiliaries that follow their formula with a lag in years; each becomes a state.

    Raises:
        SimulatorError: naming what is no stock or auxiliary, and what has no value.
    """
    slow = dict(lags or {})
    odd = [name for name in stocks if name not in model.stocks] + [name for name in slow if name not in model.graph]
    refuse([Problem(name, "It is no stock or auxiliary.", nearest(name, model.equations)) for name in odd])
    rates = net_rates(tuple(stocks), model.equations)
    flows = [each.name for each in model.equations.values() if {each.leaves, each.enters} & {*stocks}]
    needed = model.ancestors((*flows, *slow))
    causes = {cause for name in needed for cause in model.equations[name].causes} | {*flows}
    given = sorted(causes - needed - {*stocks})
    missing = [name for name in given if name not in numbers]
    refuse([Problem(name, "It has no value here.", "Give one: the part depends on it.") for name in missing])
    text = "def rates(states, numbers):\n"
    text += f"    ({', '.join((*stocks, *slow))},) = states\n    ({', '.join(given)},) = numbers\n"
    for name in (each for each in model.order if each in needed):
        text += f"    {'indicated_' if name in slow else ''}{name} = {model.equations[name].expression}\n"
    ends = [*rates.values(), *(f"(indicated_{name} - {name}) / {lag!r}" for name, lag in slow.items())]
    function = compiled("rates", f"{text}    return [{', '.join(ends)}]\n", ARRAY_WORDS)
    return Subsystem((*stocks, *slow), {name: numbers[name] for name in given}, function)


@dataclass(frozen=True, slots=True)
class Mode:
    """One way in which a disturbance dies away or grows.

    Attributes:
        growth: its rate a year; below zero it dies away.
        period: of its swing in years, infinite where it does not swing.
        damping: ratio: 1 does not swing, 0 swings for ever, less than 0 grows.
    """

    growth: float
    period: float
    damping: float

    @property
    def echo(self) -> float:
        """What is left of a swing when it comes back on the other side, half a period later; 0 where none does."""
        return float(np.exp(self.growth * self.period / 2)) if np.isfinite(self.period) else 0.0


def modes(jacobian: Array) -> list[Mode]:
    """Return the modes of a linear system of shape (state, state), the slowest to die first; a pair is one mode."""
    values = np.linalg.eigvals(jacobian)
    return [_mode(value) for value in sorted(values, key=lambda value: -value.real) if value.imag >= 0]


def _mode(value: complex) -> Mode:
    size = abs(value)
    swings = value.imag > 1e-9 * max(size, STEP)
    return Mode(
        float(value.real),
        float(2 * np.pi / value.imag) if swings else float("inf"),
        float(-value.real / size) if size else 0.0,
    )


def gain(jacobian: Array, drive: Array, periods: Array) -> Array:
    """Return how strongly each state swings when driven by a swing of one, at each period; shape (period, state).

    Args:
        jacobian: shape (state, state).
        drive: derivatives of the rates by what is driven; shape (state,).
        periods: in years; shape (period,).
    """
    unit = np.eye(len(drive))
    return np.array([np.abs(np.linalg.solve(2j * np.pi / each * unit - jacobian, drive)) for each in periods])
