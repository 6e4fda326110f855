"""Designs of sweeps: every kind of sample, reproducible member by member; every fault told at once."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml

from simulator import draws, files
from simulator.analysis.beliefs import Beliefs
from simulator.cases import cases
from simulator.debate import cells as cell_module
from simulator.debate.cells import cells
from simulator.debate.debates import MEASURES
from simulator.errors import SimulatorError
from simulator.experiments import schemas
from simulator.experiments.faults import load
from simulator.experiments.plan import BLOCK, prepared
from simulator.experiments.working import tasks
from simulator.fentanyl import fentanyl_model
from simulator.scenario.schemas import folder

MODEL = fentanyl_model()
SOUND = {
    "question": "Does this design say what it wants?",
    "scenarios": ["history", "treat-demand-first"],
    "until": 2015,
    "vary": {"precursor_slack": "prior", "patience": "posterior", "treatment_stay": [0.5, 1.0]},
    "sample": {"kind": "monte-carlo", "members": 32},
    "keep": {"quantities": ["synthetic_opioid_deaths"]},
}


def planned(tmp_path, **changes):
    """Return the plan of the sound design with some fields changed; None leaves a field out."""
    fields = {key: value for key, value in {**SOUND, **changes}.items() if value is not None}
    path = tmp_path / "design.yaml"
    path.write_text(yaml.safe_dump(fields, sort_keys=False))
    return prepared(path)


def column(plan, name, **where):
    """Return the numbers of one parameter over all members."""
    return plan.constants(where.get("worldview", 0), 0, plan.sampler.members)[:, MODEL.constants.index(name)]


@pytest.mark.parametrize(
    ("sample", "members"),
    [
        ({"kind": "grid"}, 5 * 5 * 5),  # five levels of three parameters
        ({"kind": "grid", "levels": 3}, 27),
        ({"kind": "latin-hypercube", "members": 24}, 24),
        ({"kind": "sobol", "members": 16}, 16),
        ({"kind": "monte-carlo", "members": 7}, 7),
        ({"kind": "one-at-a-time"}, 1 + 3 * 2),  # the likeliest member, then both ends of each
    ],
)
def test_every_kind_gives_its_members_whatever_the_blocks(tmp_path, sample, members):
    """The number of members is as stated, and a member is the same in a block of one as among all."""
    plan = planned(tmp_path, sample=sample)
    whole = plan.constants(0, 0, members)

    assert members == plan.sampler.members
    assert whole.shape == (members, len(MODEL.constants))
    assert np.isfinite(whole).all()
    for member in range(0, members, 5):
        np.testing.assert_array_equal(whole[member : member + 1], plan.constants(0, member, member + 1))


@pytest.mark.parametrize("kind", ["latin-hypercube", "sobol", "monte-carlo"])
def test_random_samples_depend_on_the_seed_alone(tmp_path, kind):
    """The same seed gives the same members, another seed others."""
    sample = {"kind": kind, "members": 16, "seed": 3}
    first = planned(tmp_path, sample=sample).constants(0, 0, 16)
    again = planned(tmp_path, sample=sample).constants(0, 0, 16)
    other = planned(tmp_path, sample={**sample, "seed": 4}).constants(0, 0, 16)

    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_monte_carlo_members_do_not_depend_on_how_many_there_are(tmp_path):
    """Member 5 of 7 is member 5 of 700, whatever else varies."""
    few = column(planned(tmp_path, sample={"kind": "monte-carlo", "members": 7}), "precursor_slack")
    vary = {"precursor_slack": "prior"}
    many = column(planned(tmp_path, vary=vary, sample={"kind": "monte-carlo", "members": 700}), "precursor_slack")

    np.testing.assert_array_equal(few, many[:7])


@pytest.mark.parametrize("prior", [True, False])
def test_varying_everything_gives_the_members_of_a_run(tmp_path, prior):
    """`vary: prior` and `vary: posterior` are the ensembles of `fentsim run`, with and without --prior."""
    plan = planned(tmp_path, vary="prior" if prior else "posterior", sample={"kind": "monte-carlo", "members": 9})
    expected = draws.constants(MODEL, "evidence-weighted", plan.settings[0], members=9, prior=prior)

    np.testing.assert_allclose(plan.constants(0, 0, 9), expected, rtol=1e-9)


def test_a_posterior_sample_is_that_of_a_run(tmp_path):
    """Kind posterior hands out the members of `fentsim run`, bit for bit."""
    plan = planned(tmp_path, vary=None, sample={"kind": "posterior", "members": 9, "seed": 5})
    expected = draws.constants(MODEL, "evidence-weighted", plan.settings[0], members=9, seed=5)

    np.testing.assert_array_equal(plan.constants(0, 0, 9), expected)


def test_posterior_of_some_is_that_of_a_run(tmp_path):
    """A parameter named alone is drawn as among all others; what is not named stays likeliest."""
    plan = planned(tmp_path, vary={"patience": "posterior"})
    run = draws.constants(MODEL, "evidence-weighted", plan.settings[0], members=32)

    np.testing.assert_array_equal(column(plan, "patience"), run[:, MODEL.constants.index("patience")])
    assert len(set(column(plan, "treatment_stay"))) == 1


def test_posterior_of_some_has_the_spread_of_the_posterior_of_all(tmp_path):
    """Two parameters of a hypercube have alone the covariance they have among all others (4000 draws, 8 %)."""
    names = ["patience", "treatment_stay"]
    sample = {"kind": "latin-hypercube", "members": 4000}
    alone = planned(tmp_path, vary=dict.fromkeys(names, "posterior"), sample=sample)
    among = planned(tmp_path, vary="posterior", sample=sample)
    ours, theirs = (np.cov([np.log(column(plan, name)) for name in names]) for plan in (alone, among))

    np.testing.assert_allclose(np.sqrt(np.diag(ours)), np.sqrt(np.diag(theirs)), rtol=0.08)
    assert abs(ours[0, 1] - theirs[0, 1]) < 0.08 * np.sqrt(theirs[0, 0] * theirs[1, 1])


def test_sobol_covers_every_eighth_once(tmp_path):
    """Eight Sobol' points put one in each eighth of a range: what powers of two are for."""
    plan = planned(tmp_path, vary={"kit_price": [0, 8]}, sample={"kind": "sobol", "members": 8})

    assert sorted(np.floor(column(plan, "kit_price"))) == list(range(8))


def test_latin_hypercube_covers_every_share_once(tmp_path):
    """Ten members put one in each tenth of a range."""
    plan = planned(tmp_path, vary={"kit_price": [0, 10]}, sample={"kind": "latin-hypercube", "members": 10})

    assert sorted(np.floor(column(plan, "kit_price"))) == list(range(10))


def test_grid_is_every_combination(tmp_path):
    """Ranges are walked end to end, lists as written."""
    plan = planned(tmp_path, vary={"treatment_stay": [0.5, 1.5], "relapse_switch": {"values": [0, 1]}},
                   sample={"kind": "grid", "levels": 3})  # fmt: skip
    found = list(zip(column(plan, "treatment_stay").round(9), column(plan, "relapse_switch"), strict=True))

    assert found == [(0.5, 0), (0.5, 1), (1.0, 0), (1.0, 1), (1.5, 0), (1.5, 1)]


def test_one_at_a_time_moves_one_at_a_time(tmp_path):
    """Member 0 is the likeliest one of a single run; each other differs from it in one number."""
    plan = planned(tmp_path, sample={"kind": "one-at-a-time"})
    found = plan.constants(0, 0, 7)

    np.testing.assert_array_equal(found[0], draws.constants(MODEL, "evidence-weighted", plan.settings[0])[0])
    assert [np.count_nonzero(row != found[0]) for row in found[1:]] == [1] * 6


def test_one_at_a_time_reaches_the_ends_of_the_prior_range(tmp_path):
    """Two levels of a prior are its 5th and 95th percentile, as the parameter states them."""
    found = column(
        planned(tmp_path, vary={"precursor_slack": "prior"}, sample={"kind": "one-at-a-time"}), "precursor_slack"
    )

    np.testing.assert_allclose(found[1:], MODEL.parameters["precursor_slack"].range, rtol=1e-9)


def test_the_same_members_meet_every_worldview(tmp_path):
    """A parameter drawn from its prior is the same under rival beliefs: common random numbers."""
    plan = planned(tmp_path, worldviews=["evidence-weighted", "demand-driven"])

    np.testing.assert_array_equal(column(plan, "precursor_slack"), column(plan, "precursor_slack", worldview=1))


def test_what_a_design_names_varies_even_where_a_worldview_fixes_it(tmp_path):
    """A named range wins over a worldview; `vary: prior` leaves the worldview its beliefs."""
    settings = planned(tmp_path, worldviews=["supply-driven"]).settings[0]
    name = next(name for name in settings if MODEL.parameters[name].is_uncertain)
    named = planned(tmp_path, worldviews=["supply-driven"], vary={name: "prior"})
    everything = planned(tmp_path, worldviews=["supply-driven"], vary="prior")

    assert len(set(column(named, name))) == 32
    assert set(column(everything, name)) == {settings[name]}


def test_draws_from_files(tmp_path):
    """A CSV and a NetCDF file of the same draws give the same members."""
    import xarray as xr

    (tmp_path / "draws.csv").write_text("member,patience,precursor_slack\n0,0.1,0.5\n1,0.2,0.6\n2,0.3,0.7\n")
    columns = {"patience": ("member", [0.1, 0.2, 0.3]), "precursor_slack": ("member", [0.5, 0.6, 0.7])}
    xr.Dataset(columns).to_netcdf(tmp_path / "draws.nc")
    plans = [planned(tmp_path, vary=None, sample={"kind": "file", "file": name}) for name in ("draws.csv", "draws.nc")]

    assert [plan.sampler.members for plan in plans] == [3, 3]
    np.testing.assert_array_equal(column(plans[0], "patience"), [0.1, 0.2, 0.3])
    np.testing.assert_array_equal(plans[0].constants(0, 0, 3), plans[1].constants(0, 0, 3))


FAULTS = [
    ({"question": None}, 'The field "question" is missing.'),
    ({"question": "Too short"}, ":1: question: This is not a question."),
    ({"scenarios": ["historyy"]}, 'scenarios[0]: There is no scenario "historyy". Did you mean "history"?'),
    ({"scenarios": ["history", "history"]}, 'scenarios[1]: "history" comes twice.'),
    ({"scenarios": ["depletion"]}, 'There is no scenario "depletion".'),
    ({"scenarios": []}, "scenarios: This is not a list with something in it."),
    ({"worldviews": ["treat-demand-first"]}, 'There is no worldview "treat-demand-first".'),
    ({"until": 1999}, 'until: "1999" is too small. The least is 2014.'),
    ({"until": "soon"}, 'until: "soon" is not a whole number.'),
    ({"vary": {"pateince": "prior"}}, 'There is no parameter "pateince". Did you mean "patience"?'),
    ({"vary": {"patience": "posteriori"}}, "vary.patience: This does not say how it varies."),
    ({"vary": {"patience": [2, 1]}}, "vary.patience: The range does not run from low to high."),
    ({"vary": {"patience": [1, "two", 3]}}, "vary.patience: Something in the list is not a number."),
    ({"vary": {"price_elasticity": [-9, -1]}}, '-9 is outside the limits of "price_elasticity".'),
    ({"vary": {"precursor_slack": [-3, 2]}}, '-3 is outside the limits of "precursor_slack". Stay at 0 or above'),
    ({"vary": {"naloxone_cap": [0.5, 0.8, 5]}}, '5 is outside the limits of "naloxone_cap". Stay within 0 to 1: it'),
    ({"vary": {"relapse_switch": "prior"}}, '"relapse_switch" has no distribution to draw from.'),
    ({"vary": {"tariff_on_china": [0, 1]}}, "vary.tariff_on_china"),
    ({"vary": "everything"}, "vary: This does not say what varies."),
    ({"vary": None}, "sample.kind: Nothing varies."),
    (
        {"sample": {"kind": "sobol", "members": 1000}},
        "1000 is not a power of two, as Sobol' points are. Write 512 or 1024",
    ),
    ({"sample": {"kind": "sobel", "members": 8}}, 'sample.kind: "sobel" is not known here.'),
    ({"sample": {"kind": "monte-carlo"}}, "A monte-carlo sample does not say how many."),
    ({"sample": {"kind": "monte-carlo", "members": 0}}, 'sample.members: "0" is too small. The least is 1.'),
    ({"sample": {"kind": "posterior", "members": 8}}, "vary: A posterior sample says itself what varies."),
    ({"sample": {"kind": "file"}, "vary": None}, "The file of draws is not named."),
    ({"sample": {"kind": "file", "file": "none.csv"}, "vary": None}, "none.csv: It cannot be read"),
    ({"sample": {"kind": "grid", "members": 100}}, "The levels make 125 members, not 100."),
    ({"sample": {"kind": "grid", "seeds": 1}}, 'sample.seeds: There is no field "seeds". Did you mean "seed"?'),
    ({"sample": {"kind": "latin-hypercube", "members": 10_000_000}}, "do not fit into memory"),
    ({"keep": {"quantities": ["deaths_of_all"]}}, 'There is no quantity "deaths_of_all".'),
    ({"keep": {"quantities": ["price"], "members": "none"}}, "keep.members: Nothing would be stored."),
    ({"keep": {"quantities": ["price"], "resolution": "daily"}}, 'keep.resolution: "daily" is not known here.'),
    ({"reduce": {"quantiles": [float("nan")]}}, 'reduce.quantiles[0]: "nan" is not a finite number.'),
    ({"reduce": {"quantiles": [5]}}, 'reduce.quantiles[0]: "5" is too large.'),
    ({"colour": "red"}, 'colour: There is no field "colour".'),
]


@pytest.mark.parametrize(("changes", "expected"), FAULTS, ids=[fault for _, fault in FAULTS])
def test_every_fault_has_its_line_and_remedy(tmp_path, changes, expected):
    """Each fault is told as `file:line: place: fault. remedy`."""
    with pytest.raises(SimulatorError) as caught:
        planned(tmp_path, **changes)

    assert expected in str(caught.value)
    assert all("design.yaml:" in problem.place for problem in caught.value.problems)


def test_all_faults_are_told_at_once(tmp_path):
    """A design with a fault in every field names all of them, those of the model too."""
    with pytest.raises(SimulatorError) as caught:
        planned(
            tmp_path,
            question="No",
            scenarios=["none"],
            vary={"nothing": "prior"},
            sample={"kind": "sobol", "members": 9},
            keep={"quantities": ["nobody"]},
        )

    assert len(caught.value.problems) == 5


def test_a_fault_hides_no_other_in_the_same_field(tmp_path):
    """Misspelt names are told along with what is wrong in form, in every field and with its own name."""
    path = tmp_path / "design.yaml"
    path.write_text(
        """\
question: Does this design say what it wants?
scenarios: [history, treat-demand-frist, 5]
worldviews: [iron-lore, 6]
vary: {pateince: sideways, treatment_stay: [2, 1], precursor_slck: prior, patience: prior}
sample: {kind: sobel, members: 9, seeds: 3}
keep: {quantities: [puritty, 7, price, price], resolution: daily}
reduce: {quantiles: [5, .nan]}
""",
        encoding="utf-8",
    )
    with pytest.raises(SimulatorError) as caught:
        prepared(path)

    assert [problem.place.partition(": ")[2] for problem in caught.value.problems] == [
        "scenarios[2]", "scenarios[1]", "worldviews[1]", "worldviews[0]", "vary.pateince", "vary.treatment_stay",
        "vary.pateince", "vary.precursor_slck", "sample.kind", "sample.seeds", "keep.quantities[1]", "keep.resolution",
        "keep.quantities[0]", "keep.quantities[3]", "reduce.quantiles[0]", "reduce.quantiles[1]",
    ]  # fmt: skip


def test_what_is_wrong_with_a_scenario_of_our_own_is_told_before_a_sweep(tmp_path):
    """A parameter that does not exist, in a policy beside the design."""
    text = (files.shipped("scenarios") / "policies" / "care-package.yaml").read_text(encoding="utf-8")
    text = text.replace("name: care-package", "name: ours").replace("set: retention_support", "set: retention_supprt")
    (tmp_path / "ours.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SimulatorError, match=r'scenarios\[1\]: "ours" has faults of its own'):
        planned(tmp_path, scenarios=["none", "ours"])


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("patience\nmany\n", "row 1: A number is missing, or is none."),
        ("pateince\n1\n", 'There is no number "pateince" that a member draws. Did you mean "patience"?'),
        ("patience,patience\n1,1\n", '"patience" has two columns.'),
        ("patience\n", "There are no draws in it."),
        ("patience\n0.5\n0\n", "row 2: patience: 0 is not finite, or outside the limits. Stay above 0 year"),
        ("price_elasticity\n-0.5\n-9\n", "row 2: price_elasticity: -9 is not finite, or outside the limits."),
    ],
)
def test_faults_of_a_file_of_draws(tmp_path, table, expected):
    """A table is refused by row and column."""
    (tmp_path / "draws.csv").write_text(table)
    with pytest.raises(SimulatorError) as caught:
        planned(tmp_path, vary=None, sample={"kind": "file", "file": "draws.csv"})

    assert expected in str(caught.value)


def test_words_among_the_draws_are_refused(tmp_path):
    """A NetCDF table with a variable of words is refused by its name, as a CSV is by row and column."""
    import xarray as xr

    columns = {"patience": ("member", [1.0, 2.0]), "note": ("member", ["short", "long"])}
    xr.Dataset(columns).to_netcdf(tmp_path / "draws.nc")
    with pytest.raises(SimulatorError, match=r"draws\.nc: note: It holds something else than numbers\."):
        planned(tmp_path, vary=None, sample={"kind": "file", "file": "draws.nc"})


def test_scenarios_of_one_members_share_a_task(tmp_path):
    """Blocks of the same members and beliefs are done together, so that differences are paired."""
    plan = planned(
        tmp_path, sample={"kind": "monte-carlo", "members": BLOCK + 1}, worldviews=["evidence-weighted", "iron-law"]
    )

    assert len(plan.blocks) == 2 * 2 * 2
    assert [(task.scenarios, task.worldview, task.number) for task in tasks(plan.blocks)] == [
        ((0, 1), 0, 0), ((0, 1), 1, 0), ((0, 1), 0, 1), ((0, 1), 1, 1),
    ]  # fmt: skip
    assert plan.members_of(1) == (BLOCK, BLOCK + 1)


@pytest.mark.parametrize(
    "path", sorted((files.shipped("scenarios") / "designs").glob("*.yaml")), ids=lambda path: path.stem
)
def test_shipped_designs_are_sound(path):
    """Every shipped design loads, and is valid under the generated schema."""
    from jsonschema import Draft202012Validator

    load(path, MODEL)
    content = json.loads(json.dumps(yaml.safe_load(path.read_text())))

    assert [error.message for error in Draft202012Validator(schemas.design_schema()).iter_errors(content)] == []


def test_schema_on_disk_is_up_to_date():
    """`python -m simulator.experiments.schemas` has been run since the records changed."""
    assert {name: (folder() / name).read_text(encoding="utf-8") for name in schemas.texts()} == schemas.texts()


def test_a_worldview_of_our_own_has_no_part_in_the_calibration_of_a_shipped_one(monkeypatch, tmp_path):
    """Whatever draws: a file named as a shipped worldview, with other beliefs, has the members of any other name."""
    monkeypatch.setattr(cell_module, "_cell", lambda *_: np.zeros((7, 2)))
    names, sample = ("iron-law", "ours"), {"kind": "posterior", "members": 2}
    paths = [str(tmp_path / f"{name}.yaml") for name in names]
    for name, path in zip(names, paths, strict=True):
        about = f"name: {name}\ntitle: Ours\nquestion: What if precursors are hard to replace?\n"
        belief = "{set: precursor_slack, to: 0.3, because: Half of them would do as well., source: assumption}"
        Path(path).write_text(f"{about}beliefs:\n  - {belief}\n", encoding="utf-8")

    plan = planned(tmp_path, vary=None, sample=sample, worldviews=list(names))

    for ours, other in (
        [plan.constants(place, 0, 2) for place in (0, 1)],
        [Beliefs.of(path).members(2, seed=1) for path in paths],
        [case.solution.constants for case in cases(["history"], paths, members=2, until=2014)],
        list(cells([("history", path) for path in paths], MEASURES, members=2).constants.values()),
    ):
        np.testing.assert_array_equal(ours, other)
    assert draws.calibrated("iron-law", Beliefs.of("iron-law").fixed) == "iron-law"


def test_design_finds_scenarios_beside_itself(tmp_path):
    """A user's own scenario lies beside the design and is called by its name."""
    shutil.copy(files.shipped("scenarios") / "policies" / "care-package.yaml", tmp_path / "ours.yaml")
    text = (tmp_path / "ours.yaml").read_text().replace("name: care-package", "name: ours")
    (tmp_path / "ours.yaml").write_text(text)

    assert "ours" in planned(tmp_path, scenarios=["history", "ours"]).texts
