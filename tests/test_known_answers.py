"""The reference engine against closed forms and classics."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from simulator.emission import System
from simulator.errors import NumbersFailedError
from simulator.integrate import reference
from simulator.integrate.tracks import Tracks, constant
from simulator.model import Model
from tests.toy import epidemic, teacup

TEACUP = Model.of(teacup, check_units=False)
EPIDEMIC = Model.of(epidemic, check_units=False)
TIMES = np.linspace(0, 2, 21)
STILL = constant(np.zeros(0), 0.0, 2.0)


def settings(model, **changes):
    """Return the constants of a model, some of them changed."""
    return np.array([changes.get(name, model.parameters[name].value) for name in model.constants], float)


def epidemic_run(**changes):
    """Return susceptible, infected and recovered at the times."""
    numbers = settings(EPIDEMIC, **changes)
    return reference.integrate(EPIDEMIC.system(), numbers, STILL, TIMES, relative_tolerance=1e-10).states


def test_tea_cools_exponentially():
    """Decay: room + (start - room) exp(-t / cooling time), Newton's law."""
    found = reference.integrate(TEACUP.system(), settings(TEACUP), constant(np.array([293.0]), 0.0, 2.0), TIMES)

    assert np.allclose(found.states[0], 293 + 60 * np.exp(-TIMES / 0.5), rtol=1e-6)


def test_an_illness_for_life_spreads_logistically():
    """Verhulst: N / (1 + (N / I - 1) exp(-contact rate t)) when nobody recovers."""
    found = epidemic_run(illness=1e30, contact_rate=8)

    assert np.allclose(found[1], 1000 / (1 + 999 * np.exp(-8 * TIMES)), rtol=1e-8)


@pytest.mark.parametrize("contact_rate", [40, 52, 104])
def test_an_epidemic_ends_at_its_final_size(contact_rate):
    """Kermack and McKendrick: s = s0 exp(-R0 (1 - s)), whatever the course."""
    found = epidemic_run(contact_rate=contact_rate, illness=0.04)
    spread = contact_rate * 0.04

    left = brentq(lambda share: share - 0.999 * np.exp(-spread * (1 - share)), 1e-9, 1 / spread)

    assert found[1, -1] < 1e-3
    assert found[0, -1] / 1000 == pytest.approx(left, rel=1e-5)
    assert found.sum(axis=0) == pytest.approx(1000, rel=1e-12)


def test_the_order_is_five():
    """Halving the mean step divides the error by about 2 ** 5 (Dormand and Prince, 1980)."""
    numbers, room = settings(TEACUP), constant(np.array([293.0]), 0.0, 2.0)
    runs = [
        reference.integrate(TEACUP.system(), numbers, room, TIMES[[0, -1]], relative_tolerance=tolerance)
        for tolerance in (1e-7, 1e-8, 1e-9, 1e-10)
    ]

    errors = [abs(run.states[0, -1] - 293 - 60 * np.exp(-4)) for run in runs]
    order = -np.polyfit(np.log([run.evaluations for run in runs]), np.log(errors), 1)[0]

    assert 4.3 < order < 6


def test_a_room_that_jumps_and_warms_is_followed_exactly():
    """Between kinks the room is a straight line, to which the tea has a closed form."""
    room = Tracks(np.array([0.0, 0.75, 2.0]), np.array([[293.0], [283.0]]), np.array([[0.0], [8.0]]))
    found = reference.integrate(TEACUP.system(), settings(TEACUP), room, TIMES, relative_tolerance=1e-10)

    before = 293 + 60 * np.exp(-TIMES / 0.5)
    at_the_jump = 293 + 60 * np.exp(-0.75 / 0.5)
    passed = TIMES - 0.75
    after = 283 + 8 * (passed - 0.5) + (at_the_jump - 283 + 8 * 0.5) * np.exp(-passed / 0.5)

    assert np.allclose(found.states[0], np.where(passed <= 0, before, after), rtol=1e-8)


def test_the_assembled_epidemic_is_the_one_written_by_hand():
    """Equations wired by name give, bit for bit, what a plain right-hand side gives."""

    def by_hand(_time, state):
        susceptible, infected, _recovered = state
        infections = 52 * susceptible * (infected / 1000)
        recoveries = infected / 0.04
        return [-infections, infections - recoveries, recoveries]

    expected = solve_ivp(by_hand, (0, 2), [999, 1, 0], method="RK45", t_eval=TIMES, rtol=1e-6, atol=1e-6)
    found = reference.integrate(EPIDEMIC.system(), settings(EPIDEMIC, contact_rate=52, illness=0.04), STILL, TIMES)

    assert np.array_equal(expected.y, found.states)
    assert expected.nfev == found.evaluations


WITHOUT_VALUE = {
    "at the start": ("1 / a", "a + b", "level: It has no value in 2013-01: something is divided by zero."),
    "in a flow": ("1 + a", "b / (a * level)", "outflow: It has no value in 2013-01: something is divided by"),
    "beforehand": ("1 + a", "level * (b / a)", "b / a: It has no value in 2013-01: something is divided by"),
    "a root": ("1 + a", "b * (-level) ** 0.5", "the rates of change: It has no value in 2013-01: a root or"),
    "a root at once": ("(-b) ** 0.5", "a", "the rates of change: It has no value in 2013-01: a root or"),
    "too large": ("1 + a", "exp(999 * level)", "outflow: It has no value in 2013-01: something grows beyond"),
}


@pytest.mark.parametrize(("start", "outflow", "said"), WITHOUT_VALUE.values(), ids=WITHOUT_VALUE.keys())
def test_what_has_no_value_is_told_by_its_name(start, outflow, said):
    """The quantity, or the part of it that holds still; the date; and why, in no language but ours."""
    system = System(
        states=("level",), constants=("a", "b"), inputs=(), assignments=(("outflow", outflow),), rates=("-outflow",),
        scales=(1.0,), starts=(("level", start),),
    )  # fmt: skip
    with pytest.raises(NumbersFailedError) as caught:
        reference.integrate(system, np.array([0.0, 1.0]), constant(np.zeros(0), 2013.0, 2015.0), TIMES + 2013)

    assert str(caught.value).startswith(said)
