"""The seven traps met in trials, each shown to be shut, and the control of 2019 replayed."""

import numpy as np
import pytest

from tests.bending import MODEL, history, mean, run


@pytest.fixture(scope="module")
def quo():
    """History and the status quo."""
    return run()


def total(solution, name, start, end):
    """Return how much passed between two dates."""
    return mean(solution, name, start, end) * (end - start)


def evaluate(name, **causes):
    """Return one quantity from its causes by name."""
    return MODEL.equations[name](*(causes[cause] for cause in MODEL.equations[name].causes))


def causes_in_2022(name, solution):
    """Return the causes of a quantity as they were at the start of 2022."""
    causes = MODEL.equations[name].causes
    place = int(np.searchsorted(solution.times, 2022.0))
    found = dict(zip(MODEL.constants, solution.constants[0], strict=True))
    found |= dict(zip(MODEL.inputs, solution.tracks.at(2022.0), strict=True))
    found |= {
        n: values[0, place] for n, values in solution.at_instants([c for c in causes if c in MODEL.equations]).items()
    }
    return {cause: float(found[cause]) for cause in causes}


def test_trap_1_a_full_pipeline_lowers_output(quo):
    """Wanted output falls below demand when stocks are double, and to nothing when they are enormous."""
    causes = causes_in_2022("wanted_output", quo)
    base = evaluate("wanted_output", **causes)
    double = evaluate("wanted_output", **causes | {"us_inventory": 2 * causes["us_inventory"]})
    glut = evaluate("wanted_output", **causes | {"us_inventory": 100 * causes["us_inventory"]})

    assert double < base
    assert glut == 0


def test_trap_1_no_glut_builds_up(quo):
    """All stocks of product are never more than half a year of what people want.

    About a month at home, and six to eight weeks in each store before it, by the trial calibration
    (`model.md`, lesson 5).
    """
    seen = quo.at_instants(["product_in_mexico", "us_inventory", "precursors_in_mexico", "us_demand"])
    stored = seen["product_in_mexico"] + seen["us_inventory"] + seen["precursors_in_mexico"]

    assert (stored / seen["us_demand"]).max() < 0.5


@pytest.mark.parametrize("effort", [1.0, 3.0, 10.0, 50.0])
def test_trap_2_interdiction_never_raises_deaths(quo, effort):
    """Producers make up for what they lose, not for what is announced: deaths do not rise by 0.01 percent."""
    found = run(2018.0, port_inspection=effort)

    assert total(found, "opioid_deaths", 2018, 2037) <= 1.0001 * total(quo, "opioid_deaths", 2018, 2037)


def test_trap_2_the_loss_that_producers_see_is_the_real_one(quo):
    """Once nothing changes any more, the perceived share is the share seized, to 1 percent."""
    assert mean(quo, "perceived_risk", 2036, 2037) == pytest.approx(mean(quo, "seizure_share", 2036, 2037), rel=0.01)


def test_trap_3_strength_alone_kills_nobody(quo):
    """However pure what is on sale, a dose that is not taken has no strength."""
    causes = causes_in_2022("fentanyl_potency", quo) | {"fentanyl_consumed": 0.0, "us_demand": 0.0}
    none = {"fentanyl_potency": 0.0, "other_synthetics_share": 0.0}

    assert evaluate("fentanyl_potency", **causes) == 0
    assert evaluate("potency", **causes_in_2022("potency", quo) | none) == 0
    assert evaluate("naive_dose_effect", **causes_in_2022("naive_dose_effect", quo) | none) == 0
    assert evaluate("dose_effect", **causes_in_2022("dose_effect", quo) | {"naive_dose_effect": 0.0}) == 0


def test_trap_4_adaptation_is_bounded():
    """Ninety-nine times the effort for twenty years: adaptation stays below its ceiling, and nearly all is lost."""
    found = run(2018.0, port_inspection=200.0, between_ports_patrol=200.0, northern_border_patrol=200.0)
    seen = found.at_instants(["adaptation", "seizure_share"])

    assert seen["adaptation"].max() <= MODEL.parameters["adaptation_ceiling"].value * (1 + 1e-6)
    assert seen["seizure_share"][0, -1] > 0.5


def test_trap_5_expectations_rest_on_what_people_want():
    """Neither consumption nor arrivals has a part in what producers expect at an instant."""
    causes = MODEL.ancestors(["change_in_expected_demand"])

    assert not causes & {"fentanyl_consumed", "arrivals", "shipments", "cover", "fentanyl_produced"}


def test_trap_5_starved_buyers_still_ask(quo):
    """Where nine tenths are stopped, producers still expect most of the demand, and not what is consumed."""
    controls = {"china_control_scope": 1.0, "china_oversight": 1.0, "informal_enforcement": 1.0}
    found = run(2018.0, {"evasion_ceiling": 0.0}, **controls, india_control_target=0.9, elsewhere_control_target=0.9)
    consumed = mean(found, "fentanyl_consumed", 2021, 2024) / mean(found, "us_demand", 2021, 2024)
    expected = mean(found, "expected_demand", 2021, 2024) / mean(found, "us_demand", 2021, 2024)

    assert consumed < 0.7
    assert expected > 0.8


def test_trap_6_the_price_is_bounded():
    """Nothing arrives for years: the price rises to what the lowest cover allows, and no further.

    Cover counts down to `lowest_cover`; the price is then its normal level times that to the price
    exponent, plus the risk premium: far below the 100,000 dollars of the trial.
    """
    found = run(2018.0, {"evasion_ceiling": 0.0, "enforcement_without_cooperation": 1.0}, china_control_scope=1.0,
                india_control_target=1.0, elsewhere_control_target=1.0, port_inspection=200.0)  # fmt: skip
    seen = found.at_instants(["price", "normal_price", "landed_cost", "indicated_price"])
    exponent = dict(zip(MODEL.constants, found.constants[0], strict=True))["price_exponent"]
    scarcest = MODEL.parameters["lowest_cover"].value ** -exponent
    dearer = np.maximum(1.0, seen["landed_cost"] / MODEL.parameters["landed_cost_at_start"].value)

    assert np.all(seen["indicated_price"] <= scarcest * dearer * seen["normal_price"] * (1 + 1e-9))
    assert seen["price"].max() < 1e5


def test_trap_7_places_alone_change_nothing_when_seeking_binds():
    """From ample to twice as many places: nobody more is treated. Asking for treatment is what binds.

    Outreach on the same places moves people at once, so the loop is alive: 0.01 percent against 1.
    """
    ample, more = run(2027.0, places_funded=3e6), run(2027.0, places_funded=6e6)
    outreach = run(2027.0, places_funded=3e6, treatment_outreach=1.0)

    treated = mean(ample, "people_in_treatment", 2030, 2037)

    assert mean(more, "people_in_treatment", 2030, 2037) == pytest.approx(treated, rel=1e-4)
    assert mean(outreach, "people_in_treatment", 2030, 2037) > 1.01 * treated


@pytest.fixture(scope="module")
def uncontrolled():
    """History without the class control of May 2019: finished product as controlled as just before it."""
    before = dict(zip(MODEL.inputs, history().at(2019.3), strict=True))
    return run(2019.0 + 4 / 12, china_finished_control=float(before["china_finished_control"]))


def test_the_control_of_2019_closes_the_mail(quo, uncontrolled):
    """Within 18 months mail falls by more than 85 percent (`dea_ndta_2019`); without the control it does not."""
    before, after = (
        quo.at_instants(["mail_channel"])["mail_channel"][0, int(12 * (year - 2013))] for year in (2019.25, 2020.75)
    )
    without = mean(uncontrolled, "mail_channel", 2020.75, 2021)

    assert after < 0.15 * before
    assert without > 0.15 * before


def test_the_control_of_2019_moves_production_to_mexico(quo, uncontrolled):
    """More is made in Mexico than before, and more than without the control."""
    assert mean(quo, "fentanyl_produced", 2020, 2021) > mean(quo, "fentanyl_produced", 2018, 2019)
    assert mean(quo, "fentanyl_produced", 2020, 2022) > mean(uncontrolled, "fentanyl_produced", 2020, 2022)


def test_the_control_of_2019_does_not_lower_deaths(quo, uncontrolled):
    """Deaths of 2020 are not below those of 2018, and not a tenth below what they had been without the control."""
    assert mean(quo, "synthetic_opioid_deaths", 2020, 2021) >= mean(quo, "synthetic_opioid_deaths", 2018, 2019)
    ratio = mean(quo, "synthetic_opioid_deaths", 2020, 2023) / mean(uncontrolled, "synthetic_opioid_deaths", 2020, 2023)
    assert ratio > 0.9
