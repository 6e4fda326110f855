"""Conservation: whatever the numbers, people and kilograms change by what crosses the border, and by nothing else."""

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from simulator import draws, scenario
from simulator.cases import START, solve
from simulator.dates import month_starts
from simulator.fentanyl import fentanyl_model
from simulator.integrate.tracks import Tracks
from simulator.language import OUTSIDE
from simulator.parameters import Z95
from simulator.units import registry, resolution

MODEL = fentanyl_model()
UNCERTAIN = [name for name in MODEL.constants if MODEL.parameters[name].is_uncertain]
#: How far a lever that has no natural end is pulled: several times what it has ever been.
FAR = {
    "mexico_enforcement": 5.0, "strike_intensity": 2.0, "port_inspection": 20.0, "between_ports_patrol": 20.0,
    "northern_border_patrol": 20.0, "domestic_enforcement": 3.0, "places_funded": 3e6, "naloxone_distribution": 2e7,
}  # fmt: skip
END = 2025.0
#: Solver tolerance of the runs: nothing here may depend on it but the size of what is below zero.
TOLERANCE = 1e-6

#: Where people and kilograms come from and go to, written by hand and not read off the pipes.
PEOPLE_ARRIVE = {"becoming_vulnerable"}
PEOPLE_LEAVE = {
    "outgrowing_vulnerability", "quitting_prescription", "prescription_deaths", "quitting_casual_use",
    "deaths_in_casual_use", "deaths_in_use_disorder", "deaths_while_waiting", "deaths_in_treatment",
    "prescription_departures", "deaths_in_early_remission", "deaths_in_stable_remission", "deaths_in_custody",
    "deaths_after_release",
}  # fmt: skip
PRODUCT_ARRIVES = {"precursor_deliveries", "mail_arrivals"}
PRODUCT_LEAVES = {"precursor_seizures", "exports_abroad", "fentanyl_seized", "domestic_seizures", "fentanyl_consumed"}
PEOPLE = {
    "vulnerable", "prescription_misuse", "casual_use", "use_disorder", "waiting", "in_treatment",
    "prescription_in_treatment", "early_remission", "stable_remission", "incarcerated", "recently_released",
}  # fmt: skip
PRODUCT = {"precursors_in_mexico", "product_in_mexico", "us_inventory"}
#: People who are not in the population that uses: members of groups, and staff.
OTHER_PEOPLE = {"cartel_workforce", "care_workforce"}


def pulled(name, share):
    """Return an input pulled `share` of the way between its ends."""
    low, high = MODEL.parameters[name].limits
    return low + share * (FAR.get(name, high) - low)


def run(constants, inputs, integrals):
    """Integrate one member under inputs that never move."""
    edges = np.array([START, END])
    tracks = Tracks(edges, np.array([inputs]), np.zeros((1, len(inputs))))
    return solve(
        MODEL, integrals, constants, tracks, month_starts(START, END), engine="reference", relative_tolerance=TOLERANCE
    )


@pytest.fixture(scope="module")
def middle():
    """The numbers of the most probable member, and inputs halfway between their ends."""
    return draws.constants(MODEL), [pulled(name, 0.5) for name in MODEL.inputs]


@st.composite
def worlds(draw):
    """Numbers anywhere within their 90 % ranges, levers and drivers anywhere between their ends."""
    ends = st.floats(-Z95, Z95, allow_subnormal=False)
    z = draw(arrays(float, len(UNCERTAIN), elements=ends, fill=st.just(0.0)))
    shares = draw(arrays(float, len(MODEL.inputs), elements=st.floats(0, 1, allow_subnormal=False), fill=st.just(0.0)))
    values = {name: MODEL.parameters[name].value for name in MODEL.constants}
    values |= {name: float(MODEL.parameters[name].at(at)) for name, at in zip(UNCERTAIN, z, strict=True)}
    inputs = [pulled(name, share) for name, share in zip(MODEL.inputs, shares, strict=True)]
    return np.array([list(values.values())]), inputs


given_worlds = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],  # shrinking two hundred numbers takes minutes and explains little
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


def crossing(unit, end):
    """Return the flows between the cloud and a stock of this unit; `end` is the side on which the cloud is."""
    return {
        flow.name
        for flow in (MODEL.equations[name] for name in MODEL.flows)
        if flow.unit == unit and getattr(flow, end) == OUTSIDE and not OTHER_PEOPLE & {flow.leaves, flow.enters}
    }


def test_the_border_is_where_we_say_it_is():
    """The flows that cross it, as listed by hand above, are those whose pipe is drawn to the cloud."""
    assert crossing("person/year", "leaves") == PEOPLE_ARRIVE
    assert crossing("person/year", "enters") == PEOPLE_LEAVE
    assert crossing("kg/year", "leaves") == PRODUCT_ARRIVES
    assert crossing("kg/year", "enters") == PRODUCT_LEAVES
    assert {n for n in MODEL.stocks if MODEL.equations[n].unit == "person"} == PEOPLE | OTHER_PEOPLE
    assert {n for n in MODEL.stocks if MODEL.equations[n].unit == "kg"} == PRODUCT


@given_worlds
@given(worlds())
def test_people_and_kilograms_are_conserved(world):
    """Eleven stocks of people, three of product: change equals inflow less outflow, to 1e-9 of what there is."""
    solution = run(*world, tuple(sorted(PEOPLE_ARRIVE | PEOPLE_LEAVE | PRODUCT_ARRIVES | PRODUCT_LEAVES)))

    for stocks, arrive, leave in ((PEOPLE, PEOPLE_ARRIVE, PEOPLE_LEAVE), (PRODUCT, PRODUCT_ARRIVES, PRODUCT_LEAVES)):
        held = sum(solution.states[0, MODEL.stocks.index(name)] for name in stocks)
        came = sum(solution.running_total(name)[0] for name in arrive)
        went = sum(solution.running_total(name)[0] for name in leave)
        size = np.maximum(held, came + went).max()

        assert np.abs(held - held[0] - (came - went)).max() <= 1e-9 * size


@given_worlds
@given(worlds())
def test_each_stock_changes_by_its_own_pipes(world):
    """Every stock that is counted or weighed, by itself: nothing leaks between neighbours; 1e-9 of what passed."""
    solution = run(*world, MODEL.flows)
    flows = [MODEL.equations[name] for name in MODEL.flows]
    worst = {}
    for name in MODEL.stocks:
        held = solution.states[0, MODEL.stocks.index(name)]
        came = sum(solution.running_total(flow.name)[0] for flow in flows if flow.enters == name)
        went = sum(solution.running_total(flow.name)[0] for flow in flows if flow.leaves == name)
        size = np.abs(held).max() + np.abs(came).max() + np.abs(went).max()
        worst[name] = float(np.abs(held - held[0] - (came - went)).max() / max(size, 1e-9))

    assert {name: gap for name, gap in worst.items() if gap > 1e-9} == {}


@given_worlds
@given(worlds())
def test_nothing_falls_below_zero(world):
    """People, kilograms, kits, places and capacities stay above zero, but for ten times what the solver may err."""
    solution = run(*world, ())
    below = {}
    for name in MODEL.stocks:
        equation, held = MODEL.equations[name], solution.states[0, MODEL.stocks.index(name)]
        if equation.unit in ("person", "kg", "kit", "place", "kg/year", "USD/g"):
            below[name] = float(held.min() / max(held.max(), resolution(equation.unit)))

    assert {name: share for name, share in below.items() if share < -10 * TOLERANCE} == {}


@given_worlds
@given(worlds())
def test_shares_stay_shares(world):
    """What is a fraction of a whole by its meaning is never below 0 or above 1, but for the solver's error."""
    fractions = (
        "relations", "cooperation", "verification_regime", "china_control", "india_control", "elsewhere_control",
        "china_share", "india_share", "elsewhere_share", "evasion", "replaced_laboratories", "perceived_risk",
        "seizure_share", "purity", "early_share", "late_share", "fentanyl_share", "other_synthetics_share",
        "market_maturity", "solitary_use", "survival_by_help", "naloxone_coverage", "open_sourcing",
    )  # fmt: skip
    seen = run(*world, ()).at_instants(fractions)
    beyond = {
        name: (float(values.min()), float(values.max()))
        for name, values in seen.items()
        if values.min() < -10 * TOLERANCE or values.max() > 1 + 10 * TOLERANCE
    }

    assert beyond == {}


def test_each_counted_death_leaves_a_stock(middle):
    """Overdose deaths as counted equal those taken out of the stocks, in every month, to rounding.

    Deaths of other causes are what the flows hold beside overdoses. People killed unaware, and the
    pharmaceutical base, are counted and belong to no stock.
    """
    flows = [name for name in PEOPLE_LEAVE if name.startswith("deaths_")]
    stocks = [MODEL.equations[name].leaves for name in flows]
    solution = run(*middle, ())
    seen = solution.at_instants([*flows, *stocks, "illicit_fentanyl_deaths", "heroin_only_deaths"])
    other = middle[0][0, MODEL.constants.index("other_death_rate")]
    taken = sum(seen[name] for name in flows) - other * sum(seen[name] for name in stocks)

    assert taken == pytest.approx(seen["illicit_fentanyl_deaths"] + seen["heroin_only_deaths"], rel=1e-9)


def is_extensive(unit):
    """Whether a number in this unit doubles when the country does: people, kits, places, kilograms, dollars."""
    parts = registry().Unit(unit).dimensionality
    return sum(parts.get(f"[{counted}]", 0) for counted in ("person", "kit", "place", "mass", "USD")) == 1


def test_a_country_twice_the_size_has_twice_the_deaths(middle):
    """Along all of history: the model has no scale of its own.

    Every number that counts people, kits, places, kilograms or dollars is doubled (rates, shares and
    prices are not); deaths, product consumed and money double, prices and purity stay. The solver errs
    by 1e-6 a step, and errors add up: 1e-4.
    """
    tracks = scenario.resolve(scenario.find("history"), MODEL.parameters, START, END)
    bigger = np.array([2.0 if is_extensive(MODEL.parameters[name].unit) else 1.0 for name in MODEL.constants])
    wider = np.array([2.0 if is_extensive(MODEL.parameters[name].unit) else 1.0 for name in MODEL.inputs])
    doubled = Tracks(tracks.edges, tracks.levels * wider, tracks.slopes * wider)
    names, same = ("opioid_deaths", "fentanyl_consumed", "public_cost"), ("price", "purity", "seizure_share")
    times = month_starts(START, END)

    one = solve(MODEL, names, middle[0], tracks, times, engine="reference")
    two = solve(MODEL, names, middle[0] * bigger, doubled, times, engine="reference")

    for name in names:
        assert two.running_total(name)[0, -1] == pytest.approx(2 * one.running_total(name)[0, -1], rel=1e-4)
    for name in same:
        assert two.at_instants([name])[name] == pytest.approx(one.at_instants([name])[name], rel=1e-3)
