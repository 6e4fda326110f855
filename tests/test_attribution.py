"""Why deaths fell, and what the record identifies: parts add up, and known answers are found."""

from dataclasses import replace

import numpy as np
import pytest

from docs import attribution_picture
from docs.pages import attribution as pages
from simulator import draws, fits, scenario
from simulator.calibration import recovery
from simulator.cases import START
from simulator.errors import SimulatorError
from simulator.fentanyl import fentanyl_model
from simulator.validation import attribution, campaign, identified, knockout, resting, shipping
from simulator.validation.causes import CAUSES, Cause
from simulator.validation.holding import held
from simulator.validation.shapley import shapley

MODEL = fentanyl_model()
HISTORY = scenario.resolve(scenario.find("history"), MODEL.parameters, START, 2025)
BY_NAME = {cause.name: cause for cause in CAUSES}
#: An input that history never moves, so that its absence changes nothing.
DUMMY = Cause("dummy", "nothing", ("drug_checking",))
FEW = (BY_NAME["cartels"], DUMMY, BY_NAME["depletion"])


@pytest.fixture(scope="module")
def worth():
    """The fall in every combination of three causes, for two members."""
    return attribution.worths("evidence-weighted", members=2, causes=FEW, engine="reference")


def test_the_glove_game():
    """One owns a left glove, two a right one, and a pair is worth 1: two thirds, one sixth, one sixth (Shapley)."""
    expected = pytest.approx([2 / 3, 1 / 6, 1 / 6])
    worth = np.array([bool(place & 1 and place & 6) for place in range(8)], float)

    assert expected == shapley(worth)


def test_parts_add_up_whatever_the_game():
    """Random worths of four causes for five members: efficiency, member by member."""
    worth = np.random.default_rng(1).normal(size=(16, 5))

    assert worth[-1] - worth[0] == pytest.approx(shapley(worth).sum(axis=0))


def test_some_combinations_are_not_all():
    """Three worths are those of no number of causes."""
    with pytest.raises(ValueError, match="not all combinations"):
        shapley(np.zeros(3))


def test_the_fall_is_divided_without_rest(worth):
    """Causes and what was under way add up to the modelled fall; what does nothing gets nothing."""
    rows = {row["cause"]: row for row in attribution.divided(worth, FEW)}

    whole = rows.pop(attribution.MODELLED)

    assert whole["mean"] == pytest.approx(sum(row["mean"] for row in rows.values()))
    assert sum(row["share"] for row in rows.values()) == pytest.approx(1)
    assert sum(row["largest"] for row in rows.values()) == pytest.approx(1)
    assert rows["dummy"]["mean"] == pytest.approx(0, abs=1.0)  # deaths of a year: rounding of the solver


def test_a_loop_that_stands_still_is_missed(worth):
    """Without depletion more people die in 2024, so its part is of deaths fewer."""
    parts = shapley(worth)

    assert (np.abs(parts[2]) > np.abs(parts[1])).all()


def test_held_inputs_keep_their_level():
    """From the date on an input stands where it stood just before; before it, and all others, are as they were."""
    held_ones = ("naloxone_distribution", "cartel_war")
    found = held(MODEL, HISTORY, held_ones, attribution.FREEZE)
    columns = [MODEL.inputs.index(name) for name in held_ones]
    others = [place for place in range(len(MODEL.inputs)) if place not in columns]
    expected = HISTORY.at(attribution.FREEZE - 1e-9)[columns]

    for year in (attribution.FREEZE, 2023.1, 2024.9):
        assert expected == pytest.approx(found.at(year)[columns], rel=1e-6)
        assert HISTORY.at(year)[others] == pytest.approx(found.at(year)[others])
    for year in (2014.3, 2020.9, 2022.4):
        assert HISTORY.at(year) == pytest.approx(found.at(year))


def test_a_jump_on_the_very_date_is_held_back():
    """What happens at the instant of the freeze has not happened yet."""
    column = MODEL.inputs.index("china_finished_control")
    when = HISTORY.edges[1 + int(np.argmax(HISTORY.levels[1:, column] > HISTORY.levels[:-1, column] + 0.5))]
    expected = HISTORY.at(when - 0.01)[column]

    found = held(MODEL, HISTORY, ["china_finished_control"], when)

    assert expected == found.at(when)[column] == found.at(2024.5)[column]
    assert HISTORY.at(when)[column] > expected


def test_every_input_that_moves_after_the_freeze_has_a_cause():
    """Nothing that history does from July 2022 to the end of 2024 is counted as under way."""
    after = HISTORY.edges[(HISTORY.edges >= attribution.FREEZE) & (HISTORY.edges < 2025)]
    levels = np.array([HISTORY.at(year) for year in (attribution.FREEZE - 1e-9, *after, 2025 - 1e-9)])
    moved = {name for name, spread in zip(MODEL.inputs, np.ptp(levels, axis=0), strict=True) if spread > 1e-6}

    assert not moved - {name for cause in CAUSES for name in cause.inputs}


def test_a_cause_that_the_model_does_not_have_is_refused():
    """A misspelt input or loop is answered with the nearest."""
    wrong = replace(DUMMY, inputs=("drug_cheking",), loops=("depletion_swich",))

    with pytest.raises(SimulatorError, match=r"(?s)drug_checking.*depletion_switch"):
        attribution.worths("evidence-weighted", members=1, causes=(wrong,))


def test_spreads_are_those_of_the_covariance():
    """The short formula gives the diagonal of the inverse of the precision; narrowed are those that recovery tries."""
    found = fits.shipped("evidence-weighted")
    precision = np.eye(len(found.names)) + (found.directions.T * found.sizes**2) @ found.directions
    expected = np.sqrt(np.diag(np.linalg.inv(precision)))
    problem, _ = knockout.shipped_problem()

    assert expected == pytest.approx(identified.spreads(found), rel=1e-6)
    assert {row["number"] for row in identified.identified() if row["identified"]} <= set(
        recovery.informed(found, problem)
    )


def test_what_accounts_dispute_is_not_identified():
    """A number that a rival account fixes is open, however well one fit narrows it; each uncertain one has its row."""
    rows = {row["number"]: row for row in identified.identified(others=["evidence-weighted"])}
    disputed = {number for name, _ in fits.mixture() for number in fits.shipped(name).fixed}

    assert {name for name in MODEL.constants if MODEL.parameters[name].is_uncertain} == set(rows)
    assert not [number for number in disputed & set(rows) if rows[number]["identified"]]


def test_pairs_that_move_together_are_found():
    """Only strong correlations are told, the strongest first, each pair once."""
    rows = identified.correlated(["evidence-weighted"])
    sizes = [abs(row["correlation"]) for row in rows]

    assert sizes == sorted(sizes, reverse=True)
    assert all(identified.STRONG <= size <= 1 for size in sizes)
    assert len(rows) == len({frozenset((row["first"], row["second"])) for row in rows})


def test_a_linear_outcome_rests_on_what_makes_it():
    """Three parts in four of the variance planted on open numbers, one on identified ones: both are found."""
    generator = np.random.default_rng(1)
    beliefs, names = generator.normal(size=(400, 6)), list("abcdef")
    outcome = 0.5 * beliefs[:, 0] - np.sqrt(0.75) * beliefs[:, 4]
    inside = np.array([True, True, True, False, False, False])
    expected = {"every": 1.0, "identified": 0.25, "open": 0.75}

    found = resting.divided(beliefs, outcome, inside, seed=1)

    assert expected == pytest.approx(found, abs=0.06)
    assert [name for name, _ in resting.strongest(beliefs, outcome, names)] == ["e", "a"]


def test_noise_explains_nothing():
    """Out of sample, thirty numbers say nothing of an outcome that they do not make."""
    generator = np.random.default_rng(2)

    found = resting.divided(generator.normal(size=(120, 30)), generator.normal(size=120), np.arange(30) < 15, seed=1)

    assert max(found.values()) < 0.05


def test_conclusions_are_asked_what_they_rest_on():
    """A few members, one policy: shares within bounds, and two numbers of the model with what the record says."""
    (row,) = resting.resting(["care-package"], members=10, engine="reference")

    assert all(0 <= row[kind] <= 1 for kind in ("every", "identified", "open"))
    assert {row["first"], row["second"]} <= set(MODEL.constants)
    assert abs(row["first_rank"]) >= abs(row["second_rank"])
    with pytest.raises(SimulatorError, match="too few"):
        resting.resting(members=3)


def test_the_page_and_its_picture_are_made_of_what_was_measured(monkeypatch, tmp_path, worth):
    """Without results the page says so; with results it has a row for each worldview, and there is a picture."""
    names = ("attribution", "identified", "correlated", "ways", "resting")
    kept = {name: shipping.path_of(name, tmp_path) for name in names}
    monkeypatch.setattr(shipping, "path_of", lambda name, _=None: kept[name])
    untold = pages.page(MODEL)
    rows = [*attribution.divided(worth, FEW), attribution.recorded()]
    results = {
        "attribution": [{"worldview": "evidence-weighted", **row} for row in rows],
        "identified": identified.identified(others=["evidence-weighted"]),
        "correlated": identified.correlated(["evidence-weighted"]),
    }
    for name, found in results.items():
        campaign.save(campaign.Result(name, name, {"again": "fentsim validate"}, found))
    monkeypatch.setattr(pages.causes, "CAUSES", FEW)

    told = pages.page(MODEL)

    assert untold.count(pages._MISSING) == len(kept)
    assert told.count(pages._MISSING) == len(kept) - len(results)
    assert "| evidence-weighted |" in told
    assert attribution_picture.draw(tmp_path / "picture.png")
    assert (tmp_path / "picture.png").stat().st_size > 0


def test_with_nothing_fixed_members_are_those_of_the_default_itself():
    """Not of rival accounts: each has the numbers of one of its shipped members, and no account's fixed ones."""
    found = fits.shipped("evidence-weighted")
    column = found.names.index("cartel_ban_effect")
    own = MODEL.parameters["cartel_ban_effect"].at(found.members[:, column])

    numbers = draws.constants(MODEL, members=20, seed=2, mixed=False)[:, MODEL.constants.index("cartel_ban_effect")]
    mixed = draws.constants(MODEL, members=20, seed=2)[:, MODEL.constants.index("cartel_ban_effect")]

    assert np.isclose(numbers[:, None], own, rtol=1e-6).any(axis=1).all()
    assert not np.isclose(mixed[:, None], own, rtol=1e-6).any(axis=1).all()
    assert attribution.OPEN not in attribution.worldviews()
