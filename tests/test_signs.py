"""Signs: which way every lever moves deaths, under every worldview.

`EXPECTED` was written before any run, from the names and meanings of the levers alone, but for
`informal_enforcement`, which became a lever later, and `europe_opening`, whose upward sign (capacity
built for a new market also feeds the old one) the first runs taught. `BOUND_ELSEWHERE` came after them
too: it says under which accounts precursors are not what is scarce. Where the model disagrees
otherwise, either the model is mended or the surprise is explained; the table is not bent to fit.
"""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from simulator import draws, scenario
from simulator.cases import START, solve
from simulator.dates import month_starts
from simulator.fentanyl import fentanyl_model
from simulator.files import shipped
from simulator.integrate import reference, tracks

MODEL = fentanyl_model()
FROM, TO = 2027.0, 2037.0
#: Less than this part of ten years' deaths is no change at all.
NOTHING = 1e-4
WORLDVIEWS = (
    "cartel-driven", "demand-driven", "depletion", "evidence-weighted", "good-faith", "harm-reduction", "iron-law",
    "leverage", "retaliation", "supply-driven",
)  # fmt: skip

DOWN, UP, NONE = {"down"}, {"up"}, {"none"}
DEPENDS = DOWN | UP | NONE
#: Lever, where to from 2027, and which way deaths should go.
EXPECTED = {
    "diplomatic_engagement": (1.0, DOWN, "better relations bring cooperation"),
    "tariff_on_china": (0.5, DEPENDS, "pressure extracts cooperation or provokes its withdrawal"),
    "tariff_relief_linkage": (
        1.0,
        DOWN | NONE,
        "an offer for verified action; nothing where no tariff is left to lift",
    ),
    "tariff_response": (0.5, DEPENDS, "a tariff that action would lift: an offer, a pressure and an offence at once"),
    "cooperation_asked": (1.0, NONE, "no tariff responds to it in the status quo"),
    "sanctions_pressure": (1.0, DEPENDS, "pressure extracts cooperation or provokes its withdrawal"),
    "verification_effort": (1.0, DOWN, "pledges become enforcement"),
    "china_control_scope": (1.0, DOWN, "fewer precursors"),
    "china_oversight": (1.0, DOWN, "fewer precursors"),
    "india_control_target": (0.9, DOWN, "fewer precursors"),
    "elsewhere_control_target": (0.9, DOWN, "fewer precursors"),
    "informal_enforcement": (0.0, UP, "the quiet crackdown, complete in the status quo, is withdrawn"),
    "industry_relocation": (0.5, DEPENDS, "what leaves China may leak more or less where it goes"),
    "mexico_enforcement": (5.0, DOWN, "fewer precursors"),
    "designation_pressure": (1.0, DEPENDS, "finance is squeezed, groups split and fight"),
    "strike_intensity": (1.0, DOWN, "capacity is destroyed"),
    "arrest_pressure": (1.0, DEPENDS, "capacity is destroyed, groups split and fight"),
    "china_finished_control": (1.0, NONE, "complete since 2019"),
    "mail_inspection": (1.0, NONE | DOWN, "little comes by mail since 2019"),
    "port_inspection": (5.0, DOWN, "more is seized"),
    "between_ports_patrol": (5.0, DOWN, "more is seized"),
    "northern_border_patrol": (5.0, DOWN | NONE, "little crosses there"),
    "europe_opening": (1.0, DEPENDS, "product goes elsewhere; capacity grows with the new market and may serve both"),
    "domestic_enforcement": (2.0, DEPENDS, "less supply and fewer at large; more released without tolerance"),
    "prevention_programmes": (1.0, DOWN, "fewer begin"),
    "root_cause_investment": (1.0, DOWN, "fewer are vulnerable"),
    "treatment_outreach": (1.0, DOWN, "more are treated"),
    "recovery_support": (1.0, DOWN, "fewer relapse"),
    "decriminalisation": (1.0, DEPENDS, "fewer released without tolerance; more at large"),
    "coercive_campaign": (1.0, DEPENDS, "fewer begin and more stop; more released without tolerance"),
    "places_funded": (3e6, DOWN | NONE, "nothing where seeking or retention binds (trap 7)"),
    "naloxone_distribution": (1.5e7, DOWN, "more are saved"),
    "retention_support": (1.0, DOWN, "treatment lasts"),
    "custody_treatment": (1.0, DOWN, "release meets treatment"),
    "emergency_response": (1.3, DOWN, "more are saved"),
    "drug_checking": (1.0, DOWN, "fewer take what they do not know"),
    "supervised_use": (1.0, DOWN, "fewer are alone"),
    "tariff_on_neighbours": (0.25, NONE, "a cost, not a cause"),
}
#: Worldviews under which laboratories or demand, not precursors, set supply after 2024. There a
#: control that leaves more than is ordered changes nothing, which is what these accounts say of it.
BOUND_ELSEWHERE = (
    "cartel-driven", "demand-driven", "depletion", "evidence-weighted", "harm-reduction", "iron-law",
)  # fmt: skip
PRECURSOR_LEVERS = (
    "diplomatic_engagement", "verification_effort", "china_control_scope", "china_oversight", "india_control_target",
    "elsewhere_control_target", "mexico_enforcement",
)  # fmt: skip
#: Worldviews under which the lever is believed to do something else, and what.
BELIEVED = {
    **{(lever, worldview): DOWN | NONE for lever in PRECURSOR_LEVERS for worldview in BOUND_ELSEWHERE},
    **{("informal_enforcement", worldview): UP | NONE for worldview in BOUND_ELSEWHERE},
    **{
        (lever, "iron-law"): DEPENDS  # shortage breeds stronger substitutes
        for lever in (
            "china_control_scope", "china_oversight", "india_control_target", "elsewhere_control_target",
            "mexico_enforcement", "strike_intensity", "port_inspection", "between_ports_patrol",
            "northern_border_patrol", "informal_enforcement",
        )
    },
    ("tariff_on_china", "retaliation"): UP,  # it sours relations, and pressure provokes
    ("sanctions_pressure", "retaliation"): UP,
    ("tariff_on_china", "good-faith"): UP | NONE,  # it sours relations and gains nothing
    ("sanctions_pressure", "good-faith"): UP | NONE,
}  # fmt: skip


#: Levers that act on deaths through how much fentanyl there is.
SUPPLY = {
    *PRECURSOR_LEVERS, "informal_enforcement", "strike_intensity", "port_inspection", "between_ports_patrol",
    "northern_border_patrol", "mail_inspection", "tariff_on_china", "sanctions_pressure",
}  # fmt: skip


def expected(lever, worldview):
    """Return the directions in which deaths may go.

    Where the record has pulled the risk of other synthetics beyond its own range, shortage breeds something
    stronger, as the iron law has it: supply then acts either way. This was added after such a fit was seen; the
    test without substitutes holds every worldview to the original expectation.
    """
    if lever in SUPPLY and worldview in breeding_something_stronger():
        return DEPENDS
    return BELIEVED.get((lever, worldview), EXPECTED[lever][1])


@cache
def breeding_something_stronger():
    """Return the worldviews whose calibration puts the risk of other synthetics beyond its 90 % range."""
    number = "other_synthetics_potency"
    at = MODEL.constants.index(number)
    highest = MODEL.parameters[number].range[1]
    return {each for each in WORLDVIEWS if draws.constants(MODEL, each)[0, at] > highest}


@pytest.fixture(scope="module")
def changes():
    """The relative change of opioid deaths 2027-2036, by lever and worldview."""
    return changed(EXPECTED, WORLDVIEWS, {})


def changed(levers, worldviews, overrides):
    """Return the relative change of opioid deaths 2027-2036, by lever and worldview.

    History is run once a worldview to 2027, after which no input of the status quo moves; each lever
    is set there and the run carried on.
    """
    history = scenario.resolve(scenario.find("history"), MODEL.parameters, START, TO)
    assert history.edges[-2] < FROM
    found = {}
    for worldview in worldviews:
        settings = scenario.settings(scenario.find(worldview), MODEL.parameters)
        constants = draws.constants(MODEL, worldview, settings, overrides=overrides)
        past = solve(MODEL, (), constants, history, month_starts(START, FROM), engine="reference")
        carried = carry_on(past.states[0, :, -1])
        quo = dict(zip(MODEL.inputs, history.at(FROM).tolist(), strict=True))
        before = deaths(carried, constants[0], quo)
        for lever in levers:
            found[lever, worldview] = deaths(carried, constants[0], quo | {lever: EXPECTED[lever][0]}) / before - 1
    return found


def carry_on(state):
    """Return the system, begun where history left it."""
    system = MODEL.system(("opioid_deaths",))
    return replace(
        system, starts=tuple((name, repr(float(value))) for name, value in zip(MODEL.stocks, state, strict=True))
    )


def deaths(system, constants, inputs):
    """Return the deaths of ten years under inputs that hold still."""
    values = np.array([inputs[name] for name in MODEL.inputs])
    run = reference.integrate(system, constants, tracks.constant(values, FROM, TO), np.array([FROM, TO]))
    return float(run.states[-1, -1])


def direction(change):
    """Name the direction of a relative change."""
    return "none" if abs(change) < NOTHING else "up" if change > 0 else "down"


def test_every_lever_has_an_expectation():
    """Nobody adds a lever without saying what it should do."""
    assert set(EXPECTED) == {name for name in MODEL.inputs if MODEL.parameters[name].role == "lever"}


def test_every_worldview_is_asked():
    """Nobody adds a worldview without having it answer."""
    assert set(WORLDVIEWS) == {path.stem for path in (shipped("scenarios") / "worldviews").glob("*.yaml")}


def test_no_lever_moves_deaths_the_wrong_way(changes):
    """Whatever moves at all moves as expected; what does nothing is the next test's affair."""
    wrong = [pair for pair in changes if direction(changes[pair]) not in expected(*pair) | NONE]

    assert wrong == [], table(changes, sorted({lever for lever, _ in wrong}))


def test_every_lever_moves_deaths_the_way_it_should(changes):
    """All worldviews at once; what surprises is printed as a table."""
    surprises = [pair for pair in changes if direction(changes[pair]) not in expected(*pair)]

    assert surprises == [], table(changes, sorted({lever for lever, _ in surprises}))


def test_without_substitutes_supply_moves_deaths_the_way_it_should():
    """Where shortage breeds something stronger, nothing else turns the levers of supply round."""
    found = changed(SUPPLY, breeding_something_stronger(), {"substitutes_switch": 0.0})

    wrong = [
        pair for pair in found
        if direction(found[pair]) not in BELIEVED.get(pair, EXPECTED[pair[0]][1]) | NONE
    ]  # fmt: skip
    assert wrong == []


def test_a_lever_that_may_go_either_way_says_so_somewhere(changes):
    """Tariffs, the one quarrel the record cannot settle, go up under one worldview and down under another."""
    assert {direction(changes["tariff_on_china", worldview]) for worldview in WORLDVIEWS} >= {"up", "down"}


def table(changes, levers):
    """Return the percentage changes of some levers, one a line."""
    lines = [f"\n{'percent of opioid deaths 2027-2036':36}" + " ".join(f"{name[:9]:>9}" for name in WORLDVIEWS)]
    for lever in levers:
        cells = []
        for worldview in WORLDVIEWS:
            change = changes[lever, worldview]
            mark = "" if direction(change) in expected(lever, worldview) else "!"
            cells.append(f"{100 * change:+.2f}{mark}".rjust(9))
        lines.append(f"{lever + ' -> ' + format(EXPECTED[lever][0], 'g'):36}" + " ".join(cells))
    return "\n".join(lines)
