"""Leverage: swings and resting points of a part of the model, against closed forms, runs and the whole model."""

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from simulator import draws, scenario
from simulator.analysis import leverage
from simulator.analysis.leverage_figure import leverage_figure
from simulator.analysis.subsystem import gain, modes, subsystem
from simulator.cases import INTEGRALS, START, cases, solve
from simulator.dates import month_starts
from simulator.errors import SimulatorError
from simulator.fentanyl import fentanyl_model
from simulator.model import Model
from tests.toy import seesaw

SEESAW = Model.of(seesaw)
EAGERNESS, FATIGUE = 3.0, 4.0
NUMBERS = {"eagerness": EAGERNESS, "fatigue": FATIGUE}
#: The equations that knew no tariff by rule.
BEFORE = {
    "effective_tariff": "tariff_on_china * (1 - tariff_relief_linkage * verified_cooperation)",
    "reciprocity": "tariff_relief_linkage * tariff_on_china / tariff_of_reference",
}


def period_of(times, values):
    """Return the period of a swing about zero, from the dates at which it rises through zero."""
    rising = np.flatnonzero((values[:-1] < 0) & (values[1:] >= 0))
    dates = times[rising] - values[rising] * (times[rising + 1] - times[rising]) / (values[rising + 1] - values[rising])
    return float(np.mean(np.diff(dates)))


@pytest.fixture(scope="module")
def believed():
    """What the likeliest member believes, and the levers of the responsive tariff."""
    return leverage.numbers()


@pytest.fixture(scope="module")
def eager(believed):
    """A bargain that swings whatever the calibration: a hard and slow rule, a China that sells and slips quickly."""
    rule = {"tariff_response": 2.0, "cooperation_asked": 1.0}
    china = {
        "tariff_effect_on_cooperation": 0.5,
        "pressure_weight": 3.0,
        "reciprocity_weight": 2.5,
        "relations_weight": 1.0,
    }
    slips = {"verification_hold": 0.0, "cooperation_delay": 0.25, "cooperation_leaning": -6.0}
    return leverage.bargain(believed, 0.5, **rule, **china, **slips)


def test_a_loop_of_two_has_the_modes_of_its_formula():
    """The see-saw: x' = k y - x / T, y' = -k x - y / T, so growth -1 / T and period 2 pi / k."""
    system = subsystem(SEESAW, ("left", "right"), NUMBERS)

    (found,) = modes(system.jacobian(np.zeros((2, 1)))[0])

    assert np.isclose(-1 / FATIGUE, found.growth)
    assert np.isclose(2 * np.pi / EAGERNESS, found.period)
    assert np.isclose(1 / np.hypot(1, EAGERNESS * FATIGUE), found.damping)
    assert np.isclose(np.exp(-np.pi / EAGERNESS / FATIGUE), found.echo)


def test_what_only_decays_has_no_period():
    """Two real eigenvalues are two modes, the slower first, and leave no echo."""
    found = modes(np.array([[-3.0, 0.0], [1.0, -0.5]]))

    assert [each.growth for each in found] == [-0.5, -3.0]
    assert {(each.period, each.damping, each.echo) for each in found} == {(np.inf, 1.0, 0.0)}


def test_a_lag_is_one_more_state():
    """The shove follows with lag L: eigenvalues are the roots of (s + 1 / T)^2 (s + 1 / L) + k^2 / L."""
    lag = 0.5
    system = subsystem(SEESAW, ("left", "right"), NUMBERS, {"shove": lag})
    tired = np.polymul(np.polymul([1, 1 / FATIGUE], [1, 1 / FATIGUE]), [1, 1 / lag])
    expected = np.roots(np.polyadd(tired, [EAGERNESS**2 / lag]))

    found = np.linalg.eigvals(system.jacobian(np.zeros((3, 1)))[0])

    assert system.states == ("left", "right", "shove")
    assert np.allclose(np.sort_complex(expected), np.sort_complex(found), rtol=1e-6)


def test_a_run_swings_with_the_period_of_the_eigenvalue():
    """Ten years of the see-saw."""
    system = subsystem(SEESAW, ("left", "right"), NUMBERS)
    times = np.linspace(0, 10, 2001)

    course = system.course(np.array([[1.0], [0.0]]), times)

    assert np.isclose(2 * np.pi / EAGERNESS, period_of(times, course[:, 0, 0]), rtol=1e-4)


def test_a_slow_follower_swings_less():
    """First order: 1 / sqrt(1 + (2 pi T / P)^2) of what drives it, at each period P."""
    periods, time = np.array([0.5, 3.0, 30.0]), 2.0

    found = gain(np.array([[-1 / time]]), np.array([1 / time]), periods)

    assert np.allclose(1 / np.hypot(1, 2 * np.pi * time / periods), found[:, 0])


def test_a_part_needs_every_number():
    """What is missing or no stock is named."""
    with pytest.raises(SimulatorError, match="fatigue"):
        subsystem(SEESAW, ("left", "right"), {"eagerness": EAGERNESS})
    with pytest.raises(SimulatorError, match="top"):
        subsystem(SEESAW, ("top",), NUMBERS)


def test_nothing_moves_at_rest(eager):
    """Rates vanish at every resting point."""
    rests = leverage.resting_points(eager, 0.5)[0]
    states = np.array([[rest.states[name]] for rest in rests for name in eager.states]).reshape(len(rests), -1, 1)

    assert rests
    assert np.allclose([eager.rates(each) for each in states], 0, atol=1e-9)


def test_a_bargain_swings_with_the_period_of_its_eigenvalue(eager):
    """A small disturbance of the model's own equations, along the direction that swings."""
    rest = leverage.resting_points(eager, 0.5)[0][0]
    at_rest = np.array([[rest.states[name]] for name in eager.states])
    values, vectors = np.linalg.eig(eager.jacobian(at_rest)[0])
    swinging = vectors[:, [int(np.argmax(values.imag))]].real
    times = np.linspace(0, 2.5 * rest.swing.period, 2501)

    course = eager.course(at_rest + 1e-4 * swinging, times)[:, 1, 0] - at_rest[1, 0]

    fading = np.exp(-rest.swing.growth * times)
    assert np.isclose(rest.swing.period, period_of(times, course * fading), rtol=0.02)


def test_runs_come_to_rest_where_eigenvalues_say_so():
    """Forty members under the hardest and a late rule, from a quarrel, for a century: each ends at a stable point."""
    lag = 0.5
    system = leverage.bargain(leverage.numbers(members=40), lag, tariff_response=2.0)
    stable = [[r.states["cooperation"] for r in rests if r.is_stable] for rests in leverage.resting_points(system, lag)]

    ends = system.course(np.zeros((4, 40)), np.array([0.0, 100.0]))[-1, 1]

    misses = [min(abs(np.array(known) - end)) for known, end in zip(stable, ends, strict=True)]
    assert np.max(misses) < 1e-3


def test_where_there_are_two_camps_the_start_decides():
    """Members whose bargain has two stable resting points end in the one or the other, and stay there."""
    given = leverage.numbers(worldview="retaliation", members=60)
    system = leverage.bargain(given, tariff_response=1.0)
    rests = leverage.resting_points(system)
    member = next(number for number, each in enumerate(rests) if leverage.fate(each) == leverage.CAMPS)
    stable = [rest.states["cooperation"] for rest in rests[member] if rest.is_stable]
    alone = leverage.bargain({name: values[member : member + 1] for name, values in given.items()}, tariff_response=1.0)

    ends = [alone.course(np.full((3, 1), start), np.array([0.0, 80.0]))[-1, 1, 0] for start in (0.0, 1.0)]

    assert np.allclose([stable[0], stable[-1]], ends, atol=1e-3)


def test_the_whole_model_comes_to_the_resting_point():
    """Nothing outside relations acts on them while attention is at rest: a long run ends where the part does."""
    overrides = {"verification_build_time": 1.0}
    given = leverage.numbers() | {name: np.array([value]) for name, value in overrides.items()}
    solution = cases([leverage.POLICY], until=2041.0, engine="reference", overrides=overrides)[0].solution
    (rest,) = leverage.resting_points(leverage.bargain(given))[0]

    ends = solution.at_instants(leverage.STOCKS)

    assert np.allclose([rest.states[name] for name in leverage.STOCKS], [ends[name][0, -1] for name in ends], atol=0.01)


def late_swing(scenario):
    """Return how far cooperation still moves from 2033 to 2037, one hand-drawn cycle, in the whole model."""
    solution = cases([scenario], until=2037.0, engine="reference")[0].solution
    return float(np.ptp(solution.at_instants(["cooperation"])["cooperation"][0, solution.times >= 2033]))


def test_cooperation_swings_when_driven_and_not_by_itself():
    """Thaws and quarrels drawn by hand go on moving it; six years after a rule began it has all but come to rest."""
    driven, ruled = late_swing("leverage-cycle"), late_swing(leverage.POLICY)

    assert ruled < 0.1 * driven


def test_the_picture_shows_two_maps_courses_and_gains():
    """Maps with a bar each, two courses and two gains for each of three signs."""
    figure = leverage_figure(members=2)
    gids = [line.get_gid() for axes in figure.axes for line in axes.lines]
    maps = [each.get_gid() for axes in figure.axes for each in axes.collections]

    assert {leverage.CAMPS, leverage.SWINGS} <= {*maps}
    assert [gids.count(name) for name in ("trust", "quarrel", "gain")] == [3, 3, 6]


def test_without_a_rule_the_strength_of_pressure_does_not_matter(believed):
    """With no tariff and no sanctions, its effect on cooperation acts on nothing."""
    changes = {"tariff_response": 0.0, "sanctions_pressure": 0.0}
    rests = leverage.resting_points(
        leverage.bargain(believed, **changes, tariff_effect_on_cooperation=np.array([-1.0, 0.0, 1.0]))
    )

    assert len({round(rest.states["cooperation"], 9) for each in rests for rest in each}) == 1


def test_fates_are_told_from_resting_points():
    """None that is stable: it swings for ever; two: the start decides."""
    still = leverage.Rest({}, modes(np.diag([-1.0])), modes(np.diag([-2.0])))
    swinging = leverage.Rest({}, modes(np.array([[-0.1, 1.0], [-1.0, -0.1]])), [])
    upset = leverage.Rest({}, modes(np.array([[0.1, 1.0], [-1.0, 0.1]])), [])

    found = [leverage.fate(rests) for rests in ([still], [swinging], [upset], [still, upset, still])]

    assert found == [leverage.SETTLES, leverage.SWINGS, leverage.CYCLES, leverage.CAMPS]


def test_without_a_rule_history_is_what_it_was_bit_for_bit():
    """With the lever at zero the model gives the very numbers that it gives without the equation."""
    model = fentanyl_model()
    old = {name: replace(model.equations[name], expression=formula) for name, formula in BEFORE.items()}
    before = Model(MappingProxyType({**model.equations, **old}), model.parameters)
    tracks = scenario.resolve(scenario.find("history"), model.parameters, START, 2028.0)
    row, times = draws.constants(model), month_starts(START, 2028.0)

    here, there = (solve(each, INTEGRALS, row, tracks, times, engine="reference").states for each in (model, before))

    assert np.array_equal(here, there)
