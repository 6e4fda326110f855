"""What is compiled: words of our own, lifted formulas, and a stepping that is plain Python."""

import math

import numpy as np
import pytest

from simulator.emission import SCALAR_WORDS, System
from simulator.integrate import board, composition, marching, words
from simulator.integrate.lifting import as_written, lift, names_in
from simulator.model import Model
from tests.toy import epidemic, garden


@pytest.mark.parametrize("name", ["exp", "log"])
def test_words_are_good_to_one_unit_in_the_last_place(name):
    """Our own `exp` and `log`, against numpy in extended precision."""
    points = np.random.default_rng(4).uniform(-700, 700, 2000)
    if name == "log":
        points = np.concatenate([np.exp(points), 1 + np.linspace(-0.3, 0.4, 999)])

    found = np.array([getattr(words, name)(point) for point in points])

    expected = getattr(np, name)(points.astype(np.longdouble))
    assert np.max(np.abs(found - expected) / np.spacing(np.abs(expected.astype(float)))) < 1.01


@pytest.mark.parametrize("value", [0.0, -0.0, -1.0, math.inf, -math.inf, math.nan, 5e-324, 1e-310, 710.0, -750.0])
def test_words_know_what_is_no_number(value):
    """Where `exp` and `log` are infinite, zero or no number, ours are too."""
    with np.errstate(all="ignore"):
        assert np.array_equal(words.exp(value), np.exp(value), equal_nan=True)
        assert np.isclose(words.log(value), np.log(value), rtol=1e-15, equal_nan=True)


@pytest.mark.parametrize("base", [0.0, 1.0, 2.5, 1e-300, -2.0, math.inf, math.nan])
@pytest.mark.parametrize("exponent", [0.0, 0.7, 1.0, 2.0, 3.0, -1.0, -0.5])
def test_powers_are_those_of_numpy(base, exponent):
    """0 to a positive power is 0, anything to the power 0 is 1, a negative base wants a whole exponent."""
    with np.errstate(all="ignore"):
        assert np.isclose(words.power_(base, exponent), np.power(base, exponent), rtol=1e-12, equal_nan=True)
        if base >= 0:
            raised = words.raised_(words.log(base), exponent)
            assert np.isclose(raised, np.power(base, exponent), rtol=1e-12, equal_nan=True)


FORMULAS = (
    "a * x * b / c",
    "x / (a * y / b) / c",
    "-(x - a) / 2 * b",
    "(a + b) * (x + a * b) ** 2 / c",
    "(x / y) ** (a * b)",
    "(a / b) ** y + x ** (y / c)",
    "minimum(a * b, x / c) - maximum(a, b) * y",
    "exp(-x / (a + b)) * log(a * b + 1) * sqrt(y / c) + 2 * x",
    "2 * 2 / x + a",
)


def test_lifting_changes_no_formula():
    """Each formula, lifted and not, gives the same number; only what moves is left for every instant."""
    held = tuple((f"held_{place}", "a * b + 1") for place in range(2))
    formulas = (*held, *((f"formula_{place}", text) for place, text in enumerate(FORMULAS)))
    rates = (" + ".join(name for name, _ in formulas), "x / a")
    system = System(("x", "y"), ("a", "b", "c"), (), formulas, rates, (1.0, 1.0), ())
    space = {"a": 0.3, "b": 1.7, "c": 2.9, "x": 11.0, "y": 5.0, "power_": words.power_, "raised_": words.raised_}

    totals = []
    for work in (as_written(system), lift(system)):
        known = dict(space) | SCALAR_WORDS
        for name, text in (*work.prelude, *work.rest):
            known[name] = eval(text, known)  # noqa: S307 - our own formulas
        totals.append([known[name] for name, _ in formulas] + [eval(rate, known) for rate in work.rates])  # noqa: S307

    assert np.allclose(*totals, rtol=1e-14, atol=0)
    moving = {name for name, text in lift(system).rest if names_in([text]) & {"x", "y"}}
    assert moving == {name for name, _ in lift(system).rest}
    assert not any("/ c" in text for _, text in lift(system).rest)


def test_the_stepping_is_plain_python():
    """Uncompiled, it fills the bathtub of its own module as the closed form does."""
    numbers, counts = np.zeros(board.BOARD_ROWS * 2), np.zeros((board.COUNT_ROWS, 2), np.int64)
    emptying_time, leak, tap = np.array([0.5, 2.0, 1.0]), 3.0, 5.0
    constants = np.column_stack([emptying_time, np.full(3, leak)])
    times = np.array([0.0, 0.4, 1.0, 2.0])
    found, evaluations, failed = np.empty((3, 4, 1)), np.zeros(3, np.int64), np.zeros(3, bool)

    marching.march(
        numbers, counts, np.empty(2), 0, 3, constants, np.array([0.0, 1.0, 2.0]), np.full((2, 1), tap),
        np.zeros((2, 1)), np.array([True, False]), times, np.array([0]), np.array([1e-9]), 1e-9, 1000,
        found, evaluations, failed,
    )  # fmt: skip

    settled, start = (tap - leak) * emptying_time, tap * emptying_time
    expected = settled[:, None] + (start - settled)[:, None] * np.exp(-times / emptying_time[:, None])
    assert np.allclose(found[:, :, 0], expected, rtol=1e-7)
    assert not failed.any()


def test_the_text_of_an_engine_can_be_read():
    """What is compiled shows the model's own names."""
    text = composition.engine_text(Model.of(epidemic, garden, check_units=False).system(), lanes=True)

    assert "infections = contact_rate * susceptible * share_infected" in text
    assert "cover = 1 - exp(" in text
