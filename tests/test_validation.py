"""Validation: what it measures is what it says, on small cases whose answer is known."""

import ast
import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from docs.pages import checklists, validation
from simulator import draws, fits, scenario
from simulator.calibration import campaign as calibrating
from simulator.calibration import recovery
from simulator.cases import START, solve
from simulator.cli import app
from simulator.dates import month_starts
from simulator.errors import SimulatorError
from simulator.fentanyl import fentanyl_model
from simulator.files import package
from simulator.record.reading import table
from simulator.validation import campaign, knockout, moving, other_market, replays, shipping, statistics, steps

MODEL = fentanyl_model()
TESTS = Path(__file__).parent


def test_statistics_of_a_known_pair():
    """Twice a straight line: all of the error is level and amplitude, none is course (Theil, by hand).

    Record 1 to 4, model 2 to 8: squared error 7.5, bias 6.25, difference of spreads 1.25, variance 1.25.
    """
    expected = statistics.Statistics(4, 1.0, 1.0, 1 - 7.5 / 1.25, 6.25 / 7.5, 1.25 / 7.5, 0.0)

    found = statistics.statistics([1, 2, 3, 4], [2, 4, 6, 8])

    fields = statistics.Statistics.__slots__
    assert [getattr(expected, name) for name in fields] == pytest.approx(
        [getattr(found, name) for name in fields], abs=1e-12
    )


def test_a_short_series_has_no_variance_to_explain():
    """Three rows have errors, and no more."""
    expected = (3, None, None)

    found = statistics.statistics([1, 2, 3], [1, 2, 4])

    assert expected == (found.rows, found.r2, found.covariation)


def test_every_worldview_is_compared_series_by_series():
    """Each shipped calibration has its rows, the mean last; SOURCE's own are beside them (`lim2022`)."""
    expected = {"opioid_deaths": 0.0935, statistics.MEAN: 0.16}

    found = {name: statistics.compared(name) for name in statistics.worldviews()}

    assert all(rows[-1]["series"] == statistics.MEAN for rows in found.values())
    assert expected == {row["series"]: row["error"] for row in statistics.published()}


@pytest.fixture(scope="module")
def moved():
    """The model with two numbers that may move, its history, and the likeliest numbers."""
    model = moving.movable(MODEL, ["relapse_rate", "naloxone_distribution"])
    history = scenario.resolve(scenario.find("history"), model.parameters, START, 2024)
    return model, history, draws.constants(model)


def run(model, tracks, numbers):
    """Return opioid deaths of every month."""
    times = month_starts(START, 2024)
    return solve(model, ("opioid_deaths",), numbers, tracks, times, engine="reference").monthly_means("opioid_deaths")


def test_a_movable_model_is_the_shipped_one_until_it_moves(moved):
    """With all levers at 1, and before a ramp begins, deaths are those of the model as it is; to 1e-6."""
    model, history, numbers = moved
    own = scenario.resolve(scenario.find("history"), MODEL.parameters, START, 2024)
    expected = run(MODEL, own, draws.constants(MODEL))

    still = run(model, history, numbers)
    later = run(model, moving.ramped(model, history, {"relapse_rate": 0.5}, 2020, 2), numbers)

    assert expected == pytest.approx(still, rel=1e-6)
    assert expected[:, :84] == pytest.approx(later[:, :84], rel=1e-5)
    assert (later[:, 90:] < expected[:, 90:]).all()


def test_a_constant_that_moves_from_the_start_is_another_constant(moved):
    """Half the rate by its lever, or by the number itself: the same deaths, to 1e-5."""
    model, history, numbers = moved
    there = numbers.copy()
    there[:, model.constants.index("relapse_rate")] /= 2
    expected = run(model, history, there)

    found = run(model, moving.ramped(model, history, {"relapse_rate": 0.5}, START, 0), numbers)

    assert expected == pytest.approx(found, rel=1e-5)


def test_a_ramp_is_straight_and_stays(moved):
    """From 1 to the factor over its years; nothing before, nothing after."""
    model, history, _ = moved
    tracks = moving.ramped(model, history, {"relapse_rate": 0.8}, 2018, 2)
    column = model.inputs.index("multiplier_of_relapse_rate")

    expected = pytest.approx([1, 1, 0.9, 0.8, 0.8])

    assert expected == [tracks.at(year)[column] for year in (2014, 2018, 2019, 2020, 2023)]


def test_only_numbers_of_the_model_can_be_moved():
    """A misspelt number is answered with the nearest."""
    with pytest.raises(SimulatorError, match="relapse_rate"):
        moving.movable(MODEL, ["relapse_rat"])


def test_every_experiment_has_a_published_answer_and_numbers_to_move():
    """Each names rows that exist, parameters that exist, and a window after it begins."""
    found = {each.name: replays.answer(each) for each in replays.experiments()}

    assert not [name for name, each in found.items() if each["median"] is None and each["low"] is None]
    assert not {name for each in replays.experiments() for name in each.multiply} - set(MODEL.parameters)
    assert all(each.starting <= each.window[0] < each.window[1] for each in replays.experiments())


def test_every_published_model_is_replayed_or_says_why_not():
    """Whoever answers a question of policy, or is one of ours to reproduce; forecasts and fits belong elsewhere."""
    _, rows = table(package("record", "published_models.csv"))
    no_experiment = {"SOURCE 2022", "SOURCE 2023", "SOURCE 2025", "Kilmer 2022", "Vangelov 2026", "Payne 2020"}
    asked = {row["model"] for _, row in rows} - no_experiment

    told = {each.model for each in replays.experiments()} | {each["model"] for each in replays.not_replayed()}

    assert asked == told | {"Dobkin and Nicosia"}  # the market of the same family


def test_a_published_answer_is_a_change_of_its_base():
    """Naloxone +20 %: 527,296 of 541,753 deaths, -2.67 per cent (`stringfellow2022`); Rao's 0.25 averted is a fall."""
    known = {each.name: each for each in replays.experiments()}

    assert replays.answer(known["naloxone-20"])["median"] == pytest.approx(-0.0267, abs=5e-5)
    assert replays.answer(known["stanford-naloxone-30"])["median"] == -0.25


@pytest.mark.parametrize("name", ["overdose-risk-20", "relapse-20", "providers-20", "chen-misuse"])
def test_an_experiment_moves_deaths_as_published(name):
    """The likeliest run does what the experiment expects of a sound structure."""
    (row,) = replays.replays([name], members=1, engine="reference")

    assert row["met"], row


def test_an_unknown_experiment_proposes_the_nearest():
    """A misspelt name is answered with the right one."""
    with pytest.raises(SimulatorError, match="naloxone-20"):
        replays.replays(["naloxone20"])


def test_features_of_the_other_market_are_read_off():
    """A source closed for good, with the likeliest numbers: price up, purity down, times that are not negative."""
    drawn = other_market.draws(2, seed=1)

    found = other_market.features(drawn, "reference")

    assert (found["highest_price"] >= 1 - 1e-6).all()
    assert (found["lowest_purity"] <= 1 + 1e-6).all()
    assert all((found[name] >= 0).all() for name in ("price_months", "purity_months"))


def test_the_other_market_is_that_of_the_record():
    """Thrice the price, purity from 0.90 to 0.20, back in 4 and 18 months (`dobkin2009`)."""
    _, rows = table(package("record", "published_models.csv"))
    seen = {row["outcome"]: float(row["value"]) for _, row in rows if row["model"] == "Dobkin and Nicosia"}
    before = other_market.market()["settings"]["purity_high"]["to"]
    expected = {
        "highest_price": seen["Price, multiple of before"],
        "lowest_purity": pytest.approx(seen["Purity after"] / before, abs=0.001),
        "price_months": seen["Recovery time of price"],
        "purity_months": seen["Recovery time of purity and admissions"],
    }

    assert expected == {name: each["value"] for name, each in other_market.market()["features"].items()}


def test_the_tolerance_of_a_feature_is_a_factor():
    """Thrice the price within a factor of 1.5 is 2 to 4.5; a value that never comes back shows nothing."""
    found = {
        "highest_price": np.array([1.99, 2.01, 4.49, 4.51]),
        "lowest_purity": np.full(4, 0.222),
        "price_months": np.array([4, 4, np.inf, 0]),
        "purity_months": np.full(4, 18.0),
    }

    expected = {"highest_price": [False, True, True, False], "price_months": [True, True, False, False]}

    shown = other_market.reproduced(found)

    assert expected == {name: shown[name].tolist() for name in expected}


def test_unknowns_stay_in_their_stated_ranges():
    """The ends of what may be drawn are the ends of the 90 % ranges."""
    count = len(other_market.market()["drawn"]) + 1

    low, high = other_market.unknowns(np.zeros((1, count))), other_market.unknowns(np.ones((1, count)))

    for name in other_market.market()["drawn"]:
        ends = sorted([float(low[name][0]), float(high[name][0])])
        assert MODEL.parameters[name].range == pytest.approx(ends, rel=1e-6), name


@pytest.fixture
def _slowly(monkeypatch):
    """The reference engine does what is asked: a handful of runs is not worth compiling."""
    monkeypatch.setattr(calibrating, "solve", partial(solve, engine="reference"))


@pytest.mark.usefixtures("_slowly")
def test_a_loop_knocked_out_is_missed():
    """Without the spread of what is known the misfit is many times larger; no loop of the row `none` is touched.

    Many, not hundreds: the likelihood widens the spread of a series that is told badly.
    """
    none, spread = knockout.knockout(["lock_in_switch"], steps=0)

    assert not none["change"]
    assert not none["change_refitted"]
    assert spread["turned"] == "off"
    assert spread["change"] > 5 * none["misfit"]


def test_only_switches_are_knocked_out():
    """A number that is no switch is refused."""
    with pytest.raises(SimulatorError, match="no switch"):
        knockout.knockout(["precursor_slack"])


@pytest.mark.usefixtures("_slowly")
@pytest.mark.parametrize("beside", [False, True])
def test_a_synthetic_record_is_met_at_its_truth(beside):
    """At the truth only the noise is left: standard normal, as many as there are rows; the real record beside it."""
    problem, (z, *_) = knockout.shipped_problem()

    posed = recovery.synthetic(problem, z, np.random.default_rng(1), beside=beside)
    found = posed.residuals(z[None])[0]

    real = problem.residuals(z[None])[0]
    noise = found[len(real) :] if beside else found
    assert len(real) == len(noise)
    assert np.std(noise) == pytest.approx(1, abs=0.2)
    assert not beside or found[: len(real)] == pytest.approx(real)


def test_what_the_record_informs_is_a_part_of_what_is_free():
    """Some numbers are narrowed by a tenth, most are not."""
    problem, _ = knockout.shipped_problem()

    found = recovery.informed(fits.shipped("evidence-weighted"), problem)

    assert 10 < len(found) < len(problem.free) / 2
    assert set(found) <= set(problem.free)


def test_ninety_in_a_hundred_intervals_hold_a_truth_drawn_like_the_members():
    """However few members there are: 63 and one truth, all drawn alike."""
    drawn = np.random.default_rng(8).standard_normal((4000, 1 + recovery.MEMBERS))

    rows = [recovery.placed("some", "number", each[0], each[1:]) for each in drawn]

    error = np.sqrt(0.9 * 0.1 / len(rows))
    assert np.mean([row["inside"] for row in rows]) == pytest.approx(0.9, abs=3 * error)


def test_coverage_counts_intervals_and_ranks():
    """Two records, one interval each: half held, one truth in the lowest quarter, one in the middle."""
    rows = [
        {"record": 0, "kind": "number", "inside": False, "rank": 0, "members": 9},
        {"record": 1, "kind": "number", "inside": True, "rank": 4, "members": 9},
    ]

    expected = {"kind": "number", "records": 2, "intervals": 2, "coverage": 0.5, "error": 0.5, "low": 0.5,
                "middle": 0.5, "high": 0.0}  # fmt: skip

    (found,) = recovery.coverage(rows)

    assert expected == found


def test_finer_steps_change_nothing():
    """No calendar year of any outcome changes by one per cent, whatever the tolerance in use."""
    assert all(row["met"] for row in steps.convergence(2027.0))


def test_a_result_is_written_whole_and_read_again(tmp_path):
    """Header, rows, empty cells and truth values survive; nothing temporary is left."""
    expected = ("fentsim validate", [{"a": "1.2346", "b": "", "c": "True"}])

    path = shipping.save("some", {"again": "fentsim validate"}, [{"a": 1.23456789, "b": None, "c": True}], tmp_path)
    header, rows = shipping.read("some", tmp_path)

    assert expected == (header["again"], rows)
    assert [path] == list(tmp_path.iterdir())
    assert not any(shipping.read("other", tmp_path))


@pytest.mark.parametrize(("good", "code"), [(True, 0), (False, 3)])
def test_the_command_leaves_with_three_when_an_expectation_fails(monkeypatch, tmp_path, good, code):
    """What is known to fail does not count; what fails otherwise is named, and JSON is told all the same."""
    answers = {
        "replays": {"experiment": "a", "expect": "fall", "met": True},
        "family": {"feature": "b", "expect": "known to fail", "met": False},
        "steps": {"tolerance": 1e-6, "met": good},
    }
    given = [campaign.Result(name, name, {}, [row]) for name, row in answers.items()]
    monkeypatch.setattr(campaign, "results", lambda **_: iter(given))

    asked = CliRunner().invoke(app, ["validate", "--json", "-o", str(tmp_path)])

    assert code == asked.exit_code
    assert set(answers) == set(json.loads(asked.stdout))
    assert {f"{name}.csv" for name in answers} == {path.name for path in tmp_path.iterdir()}
    assert good != ("Not as expected" in asked.stderr)


def test_every_check_names_tests_that_exist():
    """The index of the page is of real tests, and its figures are functions of the page."""
    known = {
        f"{path.name}::{node.name}"
        for path in TESTS.glob("test_*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
    }

    assert not [name for each in validation.checks() for name in each["tests"] if name not in known]
    assert set(validation.FIGURES) == {each["figure"] for each in validation.checks() if "figure" in each}


def test_every_item_of_the_checklists_is_answered():
    """Yes, partly or no; every word in braces is worked out, and every number in an answer is one of them."""
    page = checklists.checklists(MODEL)

    assert "{" not in page
    for answer in checklists.ANSWERS:
        assert f"| {answer} |" in page


def test_a_synthetic_record_is_recovered():
    """One record, three open numbers: a row for each that is informed, ordered intervals, ranks in range.

    One step and three members: whether intervals mean what they say takes more, and is measured by the command.
    """
    shipped, few = fits.shipped("evidence-weighted"), ("dose_response", "seeking_rate", "verification_hold")
    problem, _ = knockout.shipped_problem()
    held = {name: MODEL.parameters[name].value for name in problem.free if name not in few}
    small = replace(problem, settings={**problem.settings, **held})

    rows = recovery.recovery(small, shipped, records=1, steps=1, count=3, policies=())

    assert {row["quantity"] for row in rows} == set(recovery.informed(shipped, small)) <= set(few)
    assert all(row["lower90"] <= row["upper90"] for row in rows)
    assert all(0 <= row["rank"] <= row["members"] == 3 for row in rows)
