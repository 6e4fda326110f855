"""What we export is the model: PySD, which knows nothing of us, re-runs our XMILE and finds our numbers."""

import warnings
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from simulator import draws, scenario
from simulator.emission import SCALAR_WORDS, compiled
from simulator.errors import SimulatorError
from simulator.export.xmile import NAMESPACE, formula, xmile
from simulator.fentanyl import fentanyl_model
from simulator.integrate.tracks import Tracks, constant
from simulator.language import auxiliary, flow, stock
from simulator.model import Model
from tests.toy import epidemic, teacup

#: A power of two, so that both sides meet every date exactly, and no longer than the shortest delays can bear.
STEP = 1 / 64


def defaults(model):
    """Return the stated value of every constant."""
    return np.array([model.parameters[name].value for name in model.constants])


def euler(model, constants, tracks, step):
    """Integrate in the plainest way there is; shape (time, state)."""
    system = model.system()
    rates = compiled("derivatives", system.derivatives_text(), SCALAR_WORDS)
    starts = compiled("starts", system.starts_text(), SCALAR_WORDS)
    dates = np.arange(tracks.edges[0], tracks.edges[-1] + step / 2, step)
    found = [np.array(starts(constants.tolist(), tracks.at(dates[0]).tolist()))]
    for date in dates[:-1]:
        inputs = tracks.at(date).tolist()
        found.append(found[-1] + step * np.array(rates(date, found[-1].tolist(), constants.tolist(), inputs)))
    return np.array(found)


def through_pysd(model, constants, tracks, step, folder):
    """Integrate our exported file with PySD, which steps in the same way; shape (time, state)."""
    path = folder / "model.xmile"
    path.write_text(xmile(model, tracks, constants), encoding="utf-8")
    # PySD copies graphical functions with as many digits as numpy prints: eight, unless asked for all.
    with warnings.catch_warnings(), np.printoptions(precision=17):
        warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"pysd\b")
        import pysd

        table = pysd.read_xmile(str(path)).run(time_step=step, saveper=step, return_columns=list(model.stocks))
    return table[list(model.stocks)].to_numpy()


@pytest.mark.parametrize(
    ("sector", "edges", "levels", "slopes"),
    [
        pytest.param(epidemic, [0.0, 2.0], [[]], [[]], id="epidemic"),
        pytest.param(teacup, [0.0, 2.0], [[293.0]], [[0.0]], id="teacup in a still room"),
        pytest.param(teacup, [0.0, 1.0, 2.0], [[293.0], [280.0]], [[10.0], [0.0]], id="teacup in a room that is aired"),
    ],
)
def test_toys_return_unchanged(sector, edges, levels, slopes, tmp_path):
    """1e-9 on every stock at every step; a ramp and a jump of an input included."""
    model = Model.of(sector)
    tracks = Tracks(np.array(edges), np.array(levels), np.array(slopes))
    expected = euler(model, defaults(model), tracks, STEP)

    assert through_pysd(model, defaults(model), tracks, STEP, tmp_path) == pytest.approx(expected, rel=1e-9)


@pytest.mark.slow
def test_the_model_returns_unchanged(tmp_path):
    """All of history and the future; a member drawn from the calibration."""
    model = fentanyl_model()
    tracks = scenario.resolve(scenario.find("history"), model.parameters, 2013.0, 2036.0)
    constants = draws.constants(model, members=2)[1]
    expected = euler(model, constants, tracks, STEP)

    assert np.all(np.isfinite(expected))
    assert through_pysd(model, constants, tracks, STEP, tmp_path) == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_every_quantity_is_an_element_with_its_sentence_and_unit():
    """Nothing of the model is left behind, and nothing is added."""
    model = fentanyl_model()
    still = constant(np.array([model.parameters[name].value for name in model.inputs]), 2013.0, 2014.0)
    root = ET.fromstring(xmile(model, still, defaults(model)).encode())  # noqa: S314 - our own text
    elements = root.findall(f".//{{{NAMESPACE}}}variables/*")
    tag = {"stock": "stock", "flow": "flow", "auxiliary": "aux"}
    things = {**model.equations, **model.parameters}
    expected = {name: tag[getattr(thing, "kind", "auxiliary")] for name, thing in things.items()}

    assert {element.attrib["name"]: element.tag.partition("}")[2] for element in elements} == expected
    assert len(elements) == len(expected)
    for element in elements:
        thing = things[element.attrib["name"]]
        assert element.findtext(f"{{{NAMESPACE}}}doc").startswith(thing.meaning)
        assert element.findtext(f"{{{NAMESPACE}}}units") == thing.unit


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("a - (b - c)", "a - (b - c)"),
        ("a - b - c", "a - b - c"),
        ("a / (b * c) * d", "a / (b * c) * d"),
        ("a * (b / c)", "a * (b / c)"),
        ("a ** b ** c", "a ^ (b ^ c)"),
        ("(a ** b) ** c", "(a ^ b) ^ c"),
        ("-a ** 2", "-(a ^ 2)"),
        ("(-a) ** (-b)", "(-a) ^ (-b)"),
        ("a * -b", "a * (-b)"),
        ("maximum(a, minimum(b, 1)) * exp(-sqrt(log(c)))", "MAX(a, MIN(b, 1)) * EXP(-SQRT(LN(c)))"),
    ],
)
def test_formulas_keep_their_meaning(ours, theirs):
    """Parentheses stand wherever tools differ on what binds first."""
    assert formula(ours) == theirs


def test_names_that_mean_something_else_are_refused():
    """A stock called `delay` would be read as the function."""

    @stock("person")
    def delay(rate):
        """How many wait."""
        return rate

    @flow("person/year", "delay -> outside")
    def leaving(delay, rate):
        """They leave."""
        return delay * rate

    @auxiliary("person")
    def rate():
        """How fast they leave."""
        return 1

    things = {thing.name: thing for thing in (delay, leaving, rate)}
    with pytest.raises(SimulatorError, match="means something else in XMILE"):
        xmile(Model(things, {}), constant(np.array([]), 0.0, 1.0), np.array([]))
