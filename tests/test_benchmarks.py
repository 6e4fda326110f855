"""The benchmark measures what it says it does. Nothing here asserts how long anything takes."""

import ast
import json
import shutil
from dataclasses import asdict

import numpy as np
import pytest

from benchmarks import growth, native, peers, timing, writing
from benchmarks.problem import pose
from simulator.emission import SCALAR_WORDS, compiled
from simulator.export.c import c_source, formula
from simulator.fentanyl import fentanyl_model
from simulator.integrate.tracks import Tracks
from simulator.model import Model
from tests.toy import epidemic, teacup

TIMES = np.linspace(0.0, 2.0, 25)
ROOM = Tracks(np.array([0.0, 1.0, 2.0]), np.array([[293.0], [280.0]]), np.array([[10.0], [0.0]]))


def cooling(tea, room, warming, elapsed, delay):
    """Return the tea's warmth in a room that warms steadily: Newton's law, in closed form."""
    lagging = room - warming * delay
    return lagging + warming * elapsed + (tea - lagging) * np.exp(-elapsed / delay)


@pytest.fixture(scope="module")
def tea():
    """Three cups in a room that warms for a year and then is aired, with the truth from DOP853."""
    model = Model.of(teacup)
    constants = np.array([[353.0, 0.25], [353.0, 0.5], [353.0, 1.0]])
    assert model.constants == ("tea_at_start", "cooling_time")
    return pose(model, ROOM, TIMES, constants, judged=3)


@pytest.fixture(scope="module")
def closed_form(tea):
    """The same by hand; shape (member, state, time)."""
    found = []
    for start, delay in tea.constants:
        aired = cooling(cooling(start, 293.0, 10.0, 1.0, delay), 280.0, 0.0, TIMES - 1, delay)
        found.append([np.where(TIMES <= 1, cooling(start, 293.0, 10.0, TIMES, delay), aired)])
    return np.array(found)


def test_the_truth_is_true(tea, closed_form):
    """DOP853 at rtol 1e-10 meets Newton's law of cooling, jump and all."""
    assert tea.truth == pytest.approx(closed_form, rel=1e-9)


def test_errors_are_those_that_were_made(tea):
    """One number wrong by a thousandth is an error of a thousandth; a missing number is an infinite one."""
    wrong, missing = tea.truth.copy(), tea.truth.copy()
    wrong[1, 0, 7] *= 1.001
    missing[2, 0, 3] = np.nan

    assert tea.error(tea.truth) == 0
    assert tea.error(wrong) == pytest.approx(1e-3)
    assert tea.error(wrong[:1]) == 0
    assert tea.error(missing) == np.inf


@pytest.mark.parametrize(
    ("prepare", "tolerance"),
    [
        (lambda tea, _: peers.in_python(tea, "LSODA"), 1e-4),
        (lambda tea, _: peers.with_numba(tea, "RK45"), 1e-4),
        (lambda tea, _: peers.batched(tea, batch=3), 1e-4),
        (peers.pysd, 0.05),  # Euler
    ],
    ids=["scipy in Python", "scipy with numba", "scipy on a batch", "PySD"],
)
def test_peers_solve_the_same_problem(tea, prepare, tolerance, tmp_path):
    """Each comes as near the truth as its method allows."""
    assert tea.error(prepare(tea, tmp_path).run(tea.constants)) < tolerance


@pytest.mark.slow
def test_the_table_is_made(tea, tmp_path):
    """Two engines on the toy, one round; every figure of the page is there."""
    names = [peers.in_python(tea, "LSODA"), peers.ours(tea, lanes=True)]
    found = timing.compare(names, tea, rounds=1, seconds=0.01, judging=1.0, tell=lambda _: None)
    rows = [{**asdict(each), "rate": each.rate} for each in found]
    results = {
        "date": "a day", "quick": True, "machine": "a machine", "load": "", "versions": {"Python": "3"}, "model": "toy",
        "engines": rows, "absent": {"diffrax": "not installed"}, "single": 0.01, "members": [], "stocks": [],
    }  # fmt: skip
    results["targets"] = writing.targets(results)

    assert [each.judged for each in found] == [3, 3]
    assert all(each.error < 1e-4 and each.rate > 0 for each in found)
    assert json.loads(json.dumps(results))["targets"][0]["measure"] == f"{writing.OURS} / {writing.LSODA}"
    assert f"| {writing.OURS} |" in writing.page(results)


def test_the_grid_meets_every_kink_and_every_wanted_time():
    """Steps add up to the run, none is longer than 1/48 year, and inputs jump where the room is aired."""
    lengths, inputs, places = native.grid(ROOM, TIMES)
    ends = np.cumsum(lengths)
    jump = int(np.argmin(np.abs(ends - 1.0)))

    assert lengths.max() <= 1 / native.STEPS_A_YEAR + 1e-12
    assert ends[places >= 0] == pytest.approx(TIMES[1:])
    assert places[places >= 0].tolist() == [*range(1, len(TIMES))]
    assert inputs[jump].ravel() == pytest.approx([303.0 - 10.0 / 48, 303.0])
    assert inputs[jump + 1].ravel() == pytest.approx([280.0, 280.0])


def test_a_chain_empties_from_link_to_link():
    """What leaves one stock enters the next, so that the sum changes by what crosses the ends."""
    system, tracks = growth.chain(3)
    derivatives = compiled("derivatives", system.derivatives_text(), SCALAR_WORDS)
    rates = derivatives(0.0, [100.0] * 3, [1.0, 1.0, 2.0, 100.0, 100.0, 100.0], tracks.levels[0].tolist())
    each = 100 * (2 - np.exp(-1))

    assert rates == pytest.approx([100 - each, 0, each / 2])


def statements(text, name):
    """Read a function of a C text as Python: assignments in order, from `taken` names to `stored` places."""
    body = text[text.index(f"static void {name}(") :]
    lines = [line.strip() for line in body[: body.index("\n}\n")].splitlines()]
    return [line.removeprefix("const double ").rstrip(";").split(" = ", 1) for line in lines if line.endswith(";")]


@pytest.mark.parametrize("lifted", [True, False], ids=["lifted", "as written"])
@pytest.mark.parametrize("model", [Model.of(epidemic), fentanyl_model()], ids=["epidemic", "shipped model"])
def test_the_text_in_c_says_what_the_equations_say(model, lifted):
    """Its formulas, read by Python (which spells arithmetic alike), give our rates and starts: no compiler needed."""
    system = model.system()
    constants = [model.parameters[name].value for name in system.constants]
    inputs = [model.parameters[name].value for name in system.inputs]
    starts = compiled("starts", system.starts_text(), SCALAR_WORDS)(constants, inputs)
    expected = compiled("derivatives", system.derivatives_text(), SCALAR_WORDS)(0.0, starts, constants, inputs)
    text = c_source(system, lanes=1, lifted=lifted)
    words = {
        **SCALAR_WORDS, "pow": pow, "power_": pow, "raised_": lambda log_base, exponent: np.exp(exponent * log_base),
        "LANES": 1, "lane": 0,
    }  # fmt: skip
    fixed, states, rates = ({} for _ in range(3))
    for name, arrays in {
        "prelude": {"constants": constants, "fixed": fixed},
        "starts": {"constants": constants, "inputs": inputs, "states": states},
        "derivatives": {"states": states, "fixed": fixed, "inputs": inputs, "rates": rates},
    }.items():
        space = {**words, **arrays}
        for place, value in statements(text, name):
            exec(f"{place} = {value}", space)  # noqa: S102 - our own text

    assert [states[row] for row in range(len(states))] == pytest.approx(starts, rel=1e-12)
    assert [rates[row] for row in range(len(rates))] == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert "**" not in text
    assert all(isinstance(node.value, float) for node in constants_in(text))


def constants_in(text):
    """Return every number in the formulas of a C text: whole ones would be divided without remainder."""
    values = [value for _, value in statements(text, "derivatives") if "[" not in value]
    return [node for value in values for node in ast.walk(ast.parse(value)) if isinstance(node, ast.Constant)]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("1 / 2 * a", "1.0 / 2.0 * a"),
        ("a ** 2", "a * a"),
        ("(a - b) ** 2", "(a - b) * (a - b)"),
        ("-a ** b", "-pow(a, b)"),
        ("maximum(long, 0)", "maximum(long_, 0.0)"),
    ],
)
def test_formulas_in_c(ours, theirs):
    """Doubles throughout, powers as products or calls, and no word of C as a name."""
    assert formula(ours) == theirs


def test_c_is_absent_without_a_compiler(monkeypatch, tmp_path):
    """A machine without gcc is told so; all else is measured."""
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(native.AbsentError, match="no C compiler"):
        native.built(growth.chain(2)[0], tmp_path, lanes=1, lifted=True, flags=native.PLAIN)
