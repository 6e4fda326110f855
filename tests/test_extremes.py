"""Extremes, in the tradition of system dynamics: what must follow when something is nothing, or all."""

import numpy as np
import pytest

from tests.bending import MODEL, mean, run

#: Every control complete, so that nothing is open: scope, oversight, all countries, law without goodwill, no evasion.
NO_PRECURSORS = {
    "china_control_scope": 1.0, "china_oversight": 1.0, "india_control_target": 1.0, "elsewhere_control_target": 1.0,
    "china_finished_control": 1.0, "mail_inspection": 1.0,
}  # fmt: skip
NO_EVASION = {"evasion_ceiling": 0.0, "enforcement_without_cooperation": 1.0, "finished_control_effect": 1.0}
#: Effort without measure on every route, far beyond what a scenario may ask for: seizure of all but everything.
ALL_EFFORT = {"port_inspection": 1e5, "between_ports_patrol": 1e5, "northern_border_patrol": 1e5}
PHARMACEUTICAL = MODEL.parameters["pharmaceutical_deaths"].value


@pytest.fixture(scope="module")
def quo():
    """History and the status quo."""
    return run()


def everywhere_finite(solution):
    """Whether every quantity is a number in every month."""
    return all(np.all(np.isfinite(values)) for values in solution.at_instants(tuple(MODEL.equations)).values())


def test_the_status_quo_is_finite(quo):
    """What the extremes are compared with."""
    assert everywhere_finite(quo)


def test_no_precursors_no_fentanyl(quo):
    """Two years after the last gram left a supplier nobody takes fentanyl, and what it killed is gone.

    Other synthetics and substitutes are switched off: they are another test's subject. Deaths left are
    the pharmaceutical base, within one in a hundred of the deaths of the status quo.
    """
    found = run(2018.0, {**NO_EVASION, "substitutes_switch": 0.0}, **NO_PRECURSORS)

    assert everywhere_finite(found)
    assert mean(found, "precursor_deliveries", 2020, 2037) < 1e-3 * mean(quo, "precursor_deliveries", 2020, 2037)
    assert mean(found, "fentanyl_consumed", 2020, 2037) < 1e-3 * mean(quo, "fentanyl_consumed", 2020, 2037)
    left = mean(found, "synthetic_opioid_deaths", 2021, 2037) - PHARMACEUTICAL
    assert left < 0.01 * mean(quo, "synthetic_opioid_deaths", 2021, 2037)


def test_no_precursors_and_substitutes(quo):
    """Where other synthetics may come instead, they do; deaths by all synthetics fall all the same.

    How far is no law: by a quarter in the likeliest run, which believes in a steep response to strength and in
    strong substitutes, and by more than half in the reading of the record that was thought the likeliest before.
    """
    found = run(2018.0, NO_EVASION, **NO_PRECURSORS)

    assert everywhere_finite(found)
    assert mean(found, "other_synthetics_share", 2021, 2037) > mean(quo, "other_synthetics_share", 2021, 2037)
    assert mean(found, "synthetic_opioid_deaths", 2021, 2037) < mean(quo, "synthetic_opioid_deaths", 2021, 2037)


def test_total_seizure_ends_supply(quo):
    """Where more than 99 of 100 shipments are lost, less than a twentieth arrives, however well adapted (trap 4)."""
    found = run(2018.0, {"substitutes_switch": 0.0}, **ALL_EFFORT, mail_inspection=1.0, china_finished_control=1.0)

    assert everywhere_finite(found)
    assert mean(found, "seizure_share", 2020, 2037) > 0.99
    assert mean(found, "arrivals", 2020, 2037) < 0.05 * mean(quo, "arrivals", 2020, 2037)
    assert mean(found, "synthetic_opioid_deaths", 2020, 2037) < 0.5 * mean(quo, "synthetic_opioid_deaths", 2020, 2037)


@pytest.fixture(scope="module")
def few():
    """A country in which a millionth of the people use, and nobody begins."""
    people = [
        "casual_use_at_start", "use_disorder_at_start", "waiting_at_start", "in_treatment_at_start",
        "early_remission_at_start", "stable_remission_at_start", "incarcerated_at_start",
    ]  # fmt: skip
    numbers = {name: 1e-6 * MODEL.parameters[name].value for name in people}
    return run(2013.0, {**numbers, "base_initiation": 0.0, "switching_rate": 0.0})


def test_nobody_uses_nobody_dies(few):
    """Product without buyers: nothing of note is consumed, and nobody dies of using it, however pure (trap 3)."""
    assert everywhere_finite(few)
    assert mean(few, "fentanyl_consumed", 2016, 2037) < 0.1
    assert mean(few, "illicit_fentanyl_deaths", 2016, 2037) < 1.0


def test_where_nobody_sells_nobody_is_adulterated(few):
    """Grams in the whole country cannot kill thousands unaware: what is left is the pharmaceutical base (trap 3)."""
    assert mean(few, "synthetic_opioid_deaths", 2016, 2037) == pytest.approx(PHARMACEUTICAL, rel=0.01)


def test_no_naloxone_kills(quo):
    """Without kits nobody is covered, and more die: each year more than with them, never twice as many."""
    found = run(2018.0, naloxone_distribution=0.0)
    ratio = mean(found, "opioid_deaths", 2022, 2037) / mean(quo, "opioid_deaths", 2022, 2037)

    assert everywhere_finite(found)
    assert mean(found, "naloxone_coverage", 2030, 2031) < 0.01
    assert 1.0 < ratio < 2.0


def test_without_initiation_users_fall(quo):
    """Nobody begins from 2018: in 2037 there are fewer than half of the casual users and fewer with a disorder."""
    found = run(2018.0, {"prevention_effect": 1.0, "switching_rate": 0.0}, prevention_programmes=1.0)
    seen = found.at_instants(["casual_use", "people_with_use_disorder"])
    base = quo.at_instants(["casual_use", "people_with_use_disorder"])

    assert everywhere_finite(found)
    assert mean(found, "initiation", 2019, 2037) < 1e-6 * mean(quo, "initiation", 2019, 2037)
    assert np.all(np.diff(seen["casual_use"][0, 72:]) <= 0)
    assert seen["casual_use"][0, -1] < 0.5 * base["casual_use"][0, -1]
    assert seen["people_with_use_disorder"][0, -1] < base["people_with_use_disorder"][0, -1]


def test_a_hundredfold_price_lowers_use(quo):
    """A hundredfold cost at the border, passed on in full: people use less, and nothing runs away."""
    dear = 100 * MODEL.parameters["landed_cost_at_start"].value
    found = run(2018.0, {"landed_cost_at_start": dear, "price_transmission": 1.0, "risk_premium": 10.0})

    assert everywhere_finite(found)
    assert mean(found, "price", 2025, 2037) > mean(quo, "price", 2025, 2037)
    assert mean(found, "fentanyl_consumed", 2025, 2037) < mean(quo, "fentanyl_consumed", 2025, 2037)


def test_what_is_normal_does_not_depend_on_the_currency(quo):
    """A hundredfold level of all prices changes no death: only prices relative to normal act; 1 percent."""
    numbers = {name: 100 * MODEL.parameters[name].value for name in ("mature_price", "landed_cost_at_start")}
    found = run(2018.0, numbers)

    assert mean(found, "price", 2013, 2037) > 50 * mean(quo, "price", 2013, 2037)
    assert mean(found, "opioid_deaths", 2013, 2037) == pytest.approx(mean(quo, "opioid_deaths", 2013, 2037), rel=0.01)


def test_no_places_no_treatment():
    """Money for places ends in 2018: two years later hardly anybody is admitted, and in the end nobody."""
    found = run(2018.0, places_funded=0.0)
    before = mean(found, "admissions", 2017, 2018)

    assert everywhere_finite(found)
    assert mean(found, "admissions", 2019.5, 2020) < 0.2 * before
    assert mean(found, "admissions", 2036, 2037) < 1e-3 * before


def test_infinite_retention_empties_the_exits(quo):
    """Nobody leaves treatment: places fill, and more are in treatment than under the status quo."""
    found = run(2018.0, {"treatment_stay": 1e6})

    assert everywhere_finite(found)
    assert mean(found, "departure_rate", 2025, 2037) < 1e-5
    assert mean(found, "people_in_treatment", 2025, 2037) > mean(quo, "people_in_treatment", 2025, 2037)
