"""The compiled engine gives the reference's answers, member by member, whoever else runs.

One toy world (an epidemic, a teacup and a garden) is compiled twice: many members side by side
(`lanes`), and one at a time.
"""

import os
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest

from simulator.integrate import compilation, ensemble, reference
from simulator.integrate.tracks import Tracks
from simulator.model import Model
from tests.toy import epidemic, garden, teacup

MODEL = Model.of(epidemic, teacup, garden, check_units=False)
SYSTEM = MODEL.system(("growth",))
TIMES = np.linspace(2000, 2004, 49)
MODES = pytest.mark.parametrize("lanes", [True, False], ids=["lanes", "one at a time"])


def tracks():
    """Return a room that is warmed, left to cool and aired, and a year of rain, drought and rain again."""
    order = [SYSTEM.inputs.index("room"), SYSTEM.inputs.index("rainfall")]
    levels = np.array([[293.0, 900.0], [283.0, 900.0], [303.0, 100.0]])[:, order]
    slopes = np.array([[10.0, 0.0], [0.0, -300.0], [-4.0, 50.0]])[:, order]
    return Tracks(np.array([2000.0, 2001.0, 2002.5, 2004.0]), levels, slopes)


def members(count, **settings):
    """Return the constants of some members, spread about their values; shape (member, constant)."""
    values = np.array([MODEL.parameters[name].value for name in SYSTEM.constants])
    spread = np.exp(0.2 * np.random.default_rng(1).normal(size=(count, len(values))))
    found = values * spread
    found[:, SYSTEM.constants.index("frost_survival")] = np.linspace(0.2, 0.7, count)
    for name, value in settings.items():
        found[:, SYSTEM.constants.index(name)] = value
    return found


def distance(one, other):
    """Return the largest difference, relative to the value or to the resolution of the state."""
    scales = np.array(SYSTEM.scales)[:, None]
    return np.max(np.abs(one - other) / np.maximum(np.abs(other), scales))


def test_one_at_a_time_it_takes_the_steps_of_scipy():
    """Scalar mode equals `solve_ivp` to 1e-12, and asks for as many evaluations."""
    constants = members(5)

    found = ensemble.integrate(SYSTEM, constants, tracks(), TIMES, lanes=False)

    for states, evaluations, row in zip(found.states, found.evaluations, constants, strict=True):
        expected = reference.integrate(SYSTEM, row, tracks(), TIMES)
        assert distance(states, expected.states) < 1e-12
        assert evaluations == expected.evaluations


def test_lanes_agree_with_one_at_a_time():
    """Rearranged formulas and words of our own change rounding alone, a thousandth of the tolerance."""
    constants = members(100)

    side_by_side = ensemble.integrate(SYSTEM, constants, tracks(), TIMES)
    alone = ensemble.integrate(SYSTEM, constants, tracks(), TIMES, lanes=False)

    assert distance(side_by_side.states, alone.states) < 1e-9
    assert not side_by_side.failed.any()


@MODES
def test_a_member_does_not_notice_the_others(lanes):
    """Order, number, blocks and workers leave every bit of a member's numbers alone."""
    constants = members(2 * ensemble.BLOCK + 7)
    order = np.random.default_rng(2).permutation(len(constants))

    whole = ensemble.integrate(SYSTEM, constants, tracks(), TIMES, lanes=lanes, parallel=False)
    shuffled = ensemble.integrate(SYSTEM, constants[order], tracks(), TIMES, lanes=lanes)
    few = ensemble.integrate(SYSTEM, constants[[3, 700]], tracks(), TIMES, lanes=lanes)

    assert np.array_equal(whole.states[order], shuffled.states)
    assert np.array_equal(whole.states[[3, 700]], few.states)
    assert np.array_equal(whole.evaluations[order], shuffled.evaluations)


@MODES
def test_hard_members_neither_spoil_nor_are_spoiled(lanes):
    """Among a thousand: one is stiff, one stiffer than allowed, three leave the finite numbers."""
    constants = members(1000)
    before = ensemble.integrate(SYSTEM, constants, tracks(), TIMES, lanes=lanes)
    stiff, too_stiff, unknown, divided, dry = 10, 11, 12, 500, 999
    evaporation_time, pond_at_start = (SYSTEM.constants.index(n) for n in ("evaporation_time", "pond_at_start"))
    constants[stiff, evaporation_time] = 1e-3
    constants[too_stiff, evaporation_time] = 1e-7
    constants[unknown, pond_at_start] = np.nan
    constants[divided, evaporation_time] = 0.0
    constants[dry, pond_at_start] = -1.0

    after = ensemble.integrate(SYSTEM, constants, tracks(), TIMES, lanes=lanes)

    assert np.flatnonzero(after.failed).tolist() == [too_stiff, unknown, divided, dry]
    assert np.isnan(after.states[after.failed]).all()
    others = np.setdiff1d(np.arange(1000), [stiff, too_stiff, unknown, divided, dry])
    assert np.array_equal(before.states[others], after.states[others])
    alone = reference.integrate(SYSTEM, constants[stiff], tracks(), TIMES)
    assert distance(after.states[stiff], alone.states) < 1e-5
    assert after.evaluations[stiff] > 3 * np.median(after.evaluations)


def test_a_member_that_fails_on_the_way_is_named():
    """A drought dries up the small ponds, whose moisture is then no number; the large ones last."""
    drought = tracks()
    drought.levels[1:, SYSTEM.inputs.index("rainfall")] = -400.0
    drought.slopes[:, SYSTEM.inputs.index("rainfall")] = 0.0
    constants = members(40, evaporation_time=1e3, thirst=0.7, pond_at_start=200.0)
    large = np.arange(0, 40, 3)
    constants[large, SYSTEM.constants.index("pond_at_start")] = 5000.0

    found = ensemble.integrate(SYSTEM, constants, drought, TIMES)

    assert np.flatnonzero(~found.failed).tolist() == large.tolist()
    assert np.isfinite(found.states[large]).all()


@MODES
def test_jumps_and_ramps_are_met_exactly(lanes):
    """A teacup in a room that jumps and warms: the closed form, at and between the edges."""
    constants = members(3)
    start, cooling = (constants[:, SYSTEM.constants.index(name)] for name in ("tea_at_start", "cooling_time"))
    moved, room = tracks(), SYSTEM.inputs.index("room")

    found = ensemble.integrate(SYSTEM, constants, moved, TIMES, lanes=lanes, relative_tolerance=1e-10)

    tea = start
    for segment, (begin, end) in enumerate(zip(moved.edges[:-1], moved.edges[1:], strict=True)):
        level, slope = moved.levels[segment, room], moved.slopes[segment, room]
        inside = (begin <= TIMES) & (end >= TIMES)
        passed = TIMES[inside] - begin
        lag = slope * cooling[:, None]
        expected = level + slope * passed - lag
        expected = expected + (tea[:, None] - level + lag) * np.exp(-passed / cooling[:, None])
        assert np.allclose(found.states[:, SYSTEM.states.index("tea"), inside], expected, rtol=1e-9, atol=0)
        tea = expected[:, -1]


def test_only_what_is_kept_is_stored():
    """Kept states come in the order asked for."""
    constants = members(4)
    whole = ensemble.integrate(SYSTEM, constants, tracks(), TIMES)

    found = ensemble.integrate(SYSTEM, constants, tracks(), TIMES, keep=[5, 0])

    assert found.states.shape == (4, 2, len(TIMES))
    assert np.array_equal(whole.states[:, [5, 0]], found.states)


def test_no_members_are_no_trouble():
    """An empty ensemble is an ensemble."""
    assert ensemble.integrate(SYSTEM, members(0), tracks(), TIMES).states.shape == (0, len(SYSTEM.states), len(TIMES))


@pytest.mark.parametrize(
    ("what", "fault"),
    [
        ({"constants": np.zeros((3, 2))}, "constants are"),
        ({"times": np.array([2000.0, 2005.0])}, "times"),
        ({"times": np.array([2001.0, 2000.0])}, "times"),
        ({"keep": [99]}, "keep"),
        ({"tracks": Tracks(np.array([0.0, 1.0]), np.zeros((1, 1)), np.zeros((1, 1)))}, "levels"),
        ({"tracks": Tracks(np.array([1.0, 0.0]), np.zeros((1, 2)), np.zeros((1, 2)))}, "edges"),
    ],
)
def test_what_does_not_fit_is_refused(what, fault):
    """Compiled code would read beyond an array without a word."""
    given = {"constants": members(3), "tracks": tracks(), "times": TIMES} | what

    with pytest.raises(ValueError, match=fault):
        ensemble.integrate(SYSTEM, **given)


def test_the_error_of_an_ensemble_is_measured():
    """A looser tolerance shows, and so does a number that is wrong by one in a hundred."""
    constants = members(60)
    fine, coarse = (
        ensemble.integrate(SYSTEM, constants, tracks(), TIMES, relative_tolerance=tolerance)
        for tolerance in (1e-6, 1e-3)
    )
    wrong = replace(fine, states=1.01 * fine.states)

    errors = [
        ensemble.measured_error(
            SYSTEM, constants, tracks(), TIMES, found, generator=np.random.default_rng(3), members=20
        )
        for found in (fine, coarse, wrong)
    ]

    assert 0 < errors[0] < 5e-4 < errors[1] < 1
    assert errors[2] == pytest.approx(0.01, rel=0.1)


SECOND_PROCESS = """
import sys, time
import numpy as np
from simulator.integrate import ensemble
from simulator.integrate.tracks import constant
from simulator.model import Model
from tests.toy import teacup

system = Model.of(teacup, check_units=False).system()
seconds = ensemble.warm(system)
found = ensemble.integrate(system, np.array([[353.0, 0.5]]), constant(np.array([293.0]), 0.0, 1.0), np.array([1.0]))
print(seconds, found.states[0, 0, 0])
"""


@pytest.mark.slow
def test_a_second_process_starts_at_once(tmp_path):
    """The first process compiles and says so; the second loads, silently, and gives the same bits."""
    surroundings = os.environ | {"FENTSIM_CACHE": str(tmp_path / "cache")}

    first, second = (
        subprocess.run(
            [sys.executable, "-c", SECOND_PROCESS], env=surroundings, capture_output=True, text=True, check=True
        )
        for _ in range(2)
    )

    assert first.stderr.startswith("Compiling the equations once; about ")
    assert second.stderr == ""
    assert first.stdout.split()[1] == second.stdout.split()[1]


def test_warming_twice_costs_nothing():
    """An engine stays in memory."""
    ensemble.warm(SYSTEM)

    begun = time.perf_counter()
    ensemble.warm(SYSTEM)

    assert time.perf_counter() - begun < 0.1


def test_a_folder_that_cannot_be_written_is_replaced(tmp_path, monkeypatch):
    """Where the cache cannot be, a passing folder serves."""
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("FENTSIM_CACHE", str(tmp_path / "file" / "cache"))

    assert compilation.folder().is_dir()


def test_a_home_that_is_not_there_is_replaced(monkeypatch):
    """A user whom the system does not know, as in containers, has no home; a passing folder serves."""

    def homeless():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("FENTSIM_CACHE", raising=False)
    monkeypatch.setattr(compilation.Path, "home", homeless)

    assert compilation.folder().is_dir()
