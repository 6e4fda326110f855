"""Discovery recovers planted boxes, says them in sentences, and admits when there is nothing to find."""

import json
import sys

import numpy as np
import pytest
from typer.testing import CliRunner

from simulator.analysis import discovery, optional
from simulator.analysis.beliefs import Beliefs
from simulator.analysis.boxes import Side, inside, measured
from simulator.analysis.discovery import Target
from simulator.analysis.peeling import prim
from simulator.analysis.question import Question
from simulator.analysis.tree import tree
from simulator.cli import app
from simulator.errors import SimulatorError

NAMES = ["precursor_slack", "substitution_time", "price_elasticity", "retention_effect"]
LOW, HIGH = 0.6, 0.5  # failures lie above the one and below the other


@pytest.fixture(scope="module")
def planted():
    """Return points in a cube and failures in a box of two of its four sides."""
    points = np.random.default_rng(1).random((300, len(NAMES)))
    return points, (points[:, 0] > LOW) & (points[:, 1] < HIGH)


def test_prim_recovers_a_planted_box_and_is_stable(planted):
    """The right two numbers, limits within a slice of the truth, found again in a random half."""
    box, stability = prim(*planted, NAMES, density=0.75, seed=1, halves=1)

    assert {"precursor_slack", "substitution_time"} == set(box.sides)
    assert box.sides["precursor_slack"].low == pytest.approx(LOW, abs=0.03)
    assert box.sides["substitution_time"].high == pytest.approx(HIGH, abs=0.03)
    assert box.coverage > 0.95
    assert box.density > 0.95
    assert all(side.chance < 1e-6 for side in box.sides.values())
    assert all(side.found_again == 1 for side in box.sides.values())
    assert stability.density > 0.85


def test_a_tree_recovers_the_same_box(planted):
    """Its densest leaf is the planted box, and it tells unseen members right."""
    found = tree(*planted, NAMES, seed=1)

    best = found.leaves[0]
    assert {"precursor_slack", "substitution_time"} == set(best.sides)
    assert best.sides["precursor_slack"].low == pytest.approx(LOW, abs=0.02)
    assert best.sides["substitution_time"].high == pytest.approx(HIGH, abs=0.02)
    assert found.accuracy > 0.95
    assert sum(leaf.mass for leaf in found.leaves) == pytest.approx(1)


def test_chance_yields_no_box_that_holds(planted):
    """Failures strewn at random: whatever is found does no better on unseen members than everything does."""
    points, fails = planted
    strewn = np.random.default_rng(3).permutation(fails)

    _, stability = prim(points, strewn, NAMES, density=0.75, seed=1, halves=1)

    assert stability.density < strewn.mean() + 0.15


def test_coverage_density_and_quasi_p_are_what_they_are_called():
    """Ten members, worked out by hand."""
    points = np.arange(10.0)[:, None]
    fails = points[:, 0] >= 6

    box = measured(points, fails, ["x"], {"x": Side(5.0, None)})

    assert box.coverage == 1
    assert box.density == 4 / 5
    assert box.mass == 0.5
    assert box.base_rate == 0.4
    assert box.sides["x"].chance == pytest.approx(5 * 0.4**4 * 0.6 + 0.4**5)  # four or five of five, at 0.4
    assert inside(points, ["x"], {"x": Side(2.0, 3.0)}).sum() == 2


def test_a_box_is_a_sentence_with_whole_names_and_units():
    """What a reader gets: numbers with their units, failures counted both ways."""
    points = np.column_stack([np.linspace(0, 2, 100), np.linspace(8, 1, 100)])
    fails = points[:, 0] > 1.2

    said = measured(points, fails, NAMES[:2], {NAMES[0]: Side(1.2, None), NAMES[1]: Side(None, 3.5)}).told()

    assert said.startswith(
        "It fails mostly where precursor slack is above 1.20 and substitution time is below 3.50 years"
    )
    assert "of all failures lie there" in said
    assert "against 40 % of all members" in said


def test_targets_are_missed_as_they_are_worded():
    """A share of the base; a value of the outcome; a value of the difference."""
    own, base = np.array([80.0, 95.0]), np.array([100.0, 100.0])

    assert Target("averts", 0.1).missed(own, base).tolist() == [False, True]
    assert Target("at_most", 90).missed(own, None).tolist() == [False, True]
    assert Target("at_least", -10).missed(own, base).tolist() == [True, False]


@pytest.mark.parametrize("module", ["ema_workbench.analysis.prim", "sklearn.tree", "platypus"])
def test_a_missing_library_says_how_to_install_it(monkeypatch, module):
    """The libraries are optional; without them there is a remedy, not a traceback."""
    monkeypatch.setitem(sys.modules, module, None)

    with pytest.raises(SimulatorError, match=r"fentanyl-policy-simulator\[discovery\]"):
        optional.optional(module)


def test_a_target_that_everyone_reaches_is_no_discovery():
    """With nothing to tell apart, no box is made up."""
    question = Question("care-package", "history", first=2027, last=2027)
    beliefs = Beliefs.of("evidence-weighted")

    found = discovery.discover(question, Target("at_most", 1e9), beliefs, members=30, seed=1)

    assert found.box is None
    assert not found.fails.any()


def test_a_stranger_among_numbers_is_refused():
    """The nearest number that varies is named."""
    question = Question("care-package", "history", first=2027, last=2027)

    with pytest.raises(SimulatorError, match="precursor_slack"):
        discovery.discover(
            question,
            Target("averts", 0.1),
            Beliefs.of("evidence-weighted"),
            members=5,
            seed=1,
            among=["precursor_slak"],
        )


def test_the_command_says_sentences_and_keeps_members(tmp_path):
    """An outcome split near its middle gives a tree and sentences; targets exclude each other."""
    words = ["discover", "history", "--at-most", "30000", "--outcome", "synthetic_opioid_deaths", "--from", "2027",
             "--to", "2027", "--members", "120", "--prior", "--factors", "3", "--json"]  # fmt: skip

    result = CliRunner().invoke(app, [*words, "-o", str(tmp_path / "found.nc")])

    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["members"] == 120
    assert {"tree"} <= {row["from"] for row in told["boxes"]}
    assert all("mostly" in row["sentence"] for row in told["boxes"] if row["beliefs"])
    assert CliRunner().invoke(app, [*words, "--averting", "0.1"]).exit_code == 2
