"""Slopes found by running backwards are those found by trying.

The toy world knows every word of the language; the model's own slopes are tried on a few members.
"""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.calibration import downhill
from simulator.calibration.campaign import UNTIL
from simulator.calibration.downhill import Downhill
from simulator.calibration.problem import Problem
from simulator.calibration.recovery import synthetic
from simulator.cases import START, solve
from simulator.emission import SCALAR_WORDS
from simulator.fentanyl import fentanyl_model
from simulator.fits import shipped
from simulator.integrate import backward, ensemble
from simulator.integrate.reversal import Tape, renamed
from simulator.scenario import find, resolve, settings
from tests.test_ensemble import MODEL, TIMES, members, tracks

WORDS = {**SCALAR_WORDS, "pick_": lambda condition, one, other: one if condition else other}
FORMULAS = (
    "x + y * x", "+x * y", "x - y / x", "-x * y", "x ** 2 / y", "x ** y", "exp(x) - log(y)", "sqrt(x * y)",
    "minimum(x, y) + maximum(x, 2 * y)", "x * minimum(y, 1) ** 3",
)  # fmt: skip


def worth(formula, x, y):
    """Return a formula's value and what x and y are worth, by the emitted lines."""
    tape = Tape(["x", "y"])
    tape.read("result", formula)
    lines, known = tape.backward({"result": "1.0"})
    space = {**WORDS, "x": x, "y": y}
    exec("\n".join([*tape.forward(), *lines]), space)  # noqa: S102 - what the page under test has emitted
    return space["result"], [space[f"bar_{name}"] if name in known else 0.0 for name in "xy"]


@pytest.mark.parametrize("formula", FORMULAS)
@given(x=st.floats(0.3, 3), y=st.floats(0.3, 3))
def test_every_word_has_its_slope(formula, x, y):
    """Central differences agree wherever no corner is near."""
    small = 1e-6
    value, slopes = worth(formula, x, y)
    if min(abs(x - y), abs(x - 2 * y), abs(y - 1)) < 10 * small:
        return

    assert value == pytest.approx(eval(formula, WORDS | {"x": x, "y": y}))  # noqa: S307
    tried = (worth(formula, x + small, y)[0] - worth(formula, x - small, y)[0]) / (2 * small)
    assert slopes[0] == pytest.approx(tried, rel=1e-5, abs=1e-7)
    tried = (worth(formula, x, y + small)[0] - worth(formula, x, y - small)[0]) / (2 * small)
    assert slopes[1] == pytest.approx(tried, rel=1e-5, abs=1e-7)


def test_what_does_not_move_is_worth_nothing():
    """A name that rests on no cause that is sought gets no line; an unknown word is refused."""
    tape = Tape(["x"])
    tape.read("still", "2 * y")
    tape.read("result", "x * still")

    lines, known = tape.backward({"result": "1.0"})

    assert known == {"x", "result"} | {name for name in known if name.startswith("part_")}
    assert not any("bar_still" in line for line in lines)
    tape.read("strange", "sinus(x)")
    with pytest.raises(NotImplementedError, match="sinus"):
        tape.backward({"strange": "1.0"})
    with pytest.raises(NotImplementedError, match="if y"):
        tape.read("choice", "x if y else 0")
    assert renamed("x + xx * y", {"x": "z"}) == "z + xx * y"


def result(constants, integrals):
    """Return a result of the toy world: running totals at the middle and the end, squared; (member,)."""
    system = MODEL.system(integrals)
    found = ensemble.integrate(system, constants, tracks(), TIMES, relative_tolerance=1e-10)
    totals = found.states[:, -len(integrals) :, [24, 48]]
    return 0.5 * (totals**2).sum(axis=(1, 2)), totals, found.states


def test_slopes_of_a_toy_world_are_those_of_trying():
    """Every constant, several members, inputs that jump: within a percent of the largest slope, and at second order."""
    integrals = ("growth", "infections")
    system, constants = MODEL.system(integrals), members(3)
    _, totals, _ = result(constants, integrals)
    tried = np.empty_like(constants)
    for place in range(constants.shape[1]):
        small = 1e-5 * constants[:, place]
        up, down = constants.copy(), constants.copy()
        up[:, place] += small
        down[:, place] -= small
        tried[:, place] = (result(up, integrals)[0] - result(down, integrals)[0]) / (2 * small)

    errors = []
    for each in (4, 8, 16):
        times = np.linspace(2000, 2004, 48 * each + 1)
        states = ensemble.integrate(system, constants, tracks(), times, relative_tolerance=1e-10).states
        stocks = np.ascontiguousarray(states.transpose(0, 2, 1)[:, :, : len(MODEL.stocks)])
        seeds = np.zeros((3, 3, 2))
        seeds[:, 1], seeds[:, 2] = totals[:, :, 0], totals[:, :, 1]
        found = backward.descend(system, constants, tracks(), times, stocks, seeds)
        weighty = np.abs(tried * constants).max(axis=1, keepdims=True)
        errors.append(np.max(np.abs(found - tried) * constants / weighty))

    assert errors[0] < 1e-2
    assert errors[0] / errors[1] == pytest.approx(4, abs=0.5)
    assert errors[1] / errors[2] == pytest.approx(4, abs=0.5)


@pytest.mark.parametrize("beside", [None, False, True], ids=["real record", "synthetic", "both"])
def test_slopes_of_the_model_are_those_of_trying(beside, monkeypatch):
    """The misfit with a record, all free numbers, away from the best fit: within three percent.

    Each of two places meets a record and a prior of its own, as members do. In the second prices follow within a
    few days, faster than the way back can step, and it is led back anew with finer steps.
    """
    model, worldview = fentanyl_model(), "supply-driven"
    fixed = settings(find(worldview), model.parameters)
    tracks = resolve(find("history"), model.parameters, START, UNTIL)
    problem = Problem(model, tracks, UNTIL, solve, fixed)
    strict = Problem(model, tracks, UNTIL, partial(solve, relative_tolerance=1e-8), fixed)
    best = shipped(worldview).located(problem.free)
    if beside is not None:
        problem, strict = (synthetic(each, best, np.random.default_rng(3), beside=beside) for each in (problem, strict))
    places = best + 0.1 * np.random.default_rng(1).standard_normal((2, len(best)))
    places[1, problem.free.index("price_delay")] = -4.0

    luck = np.random.default_rng(2)
    noise = 0.5 * luck.standard_normal((2, strict.residuals(places).shape[1]))
    prior = 0.5 * luck.standard_normal(places.shape)

    misfit, slopes = Downhill(problem, 1e-6)(places, noise, prior)

    with monkeypatch.context() as context:
        context.setattr(downhill, "STEEPEST", np.inf)
        coarse = np.abs(Downhill(problem, 1e-6)(places, noise, prior)[1]).max(axis=1)
    assert coarse[0] < downhill.STEEPEST < coarse[1]
    for place, own, centre, value, slope in zip(places, noise, prior, misfit, slopes, strict=True):
        steps = 1e-3 * np.eye(len(place))
        around = np.concatenate([place + steps, place - steps, place[None]])
        seen = strict.residuals(around, np.tile(own, (len(around), 1)))
        tried = 0.5 * ((seen**2).sum(axis=1) + ((around - centre) ** 2).sum(axis=1))
        assert value == pytest.approx(tried[-1], rel=1e-3)
        expected = (tried[: len(place)] - tried[len(place) : -1]) / 2e-3
        assert np.linalg.norm(slope - expected) < 0.03 * np.linalg.norm(expected)
