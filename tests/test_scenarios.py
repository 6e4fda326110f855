"""Scenarios do what they say: changes become tracks, beliefs become settings. On a toy town of orcs."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

from simulator import files
from simulator.errors import SimulatorError
from simulator.language import auxiliary, stock
from simulator.parameters import Parameter
from simulator.scenario import (
    Change,
    Scenario,
    Vocabulary,
    catalogue,
    check,
    find,
    load,
    readme,
    resolve,
    resolved,
    resolved_text,
    schemas,
    settings,
)
from simulator.scenario.dates import decimal_year, later, years


def number(name, value, unit, role, **more):
    """Return a parameter of the toy town."""
    about = {"meaning": "A property of the town.", "source": "assumption", "note": "Orcs say so.", "shape": "fixed"}
    return Parameter(name=name, sector="town", value=value, unit=unit, role=role, **about, **more)


PARAMETERS = {
    each.name: each
    for each in (
        number("places", 1000, "place", "lever", limits=(0, 10_000)),
        number("patience", 0.5, "year", "uncertainty"),
        number("shortest_wait", 0.1, "year", "lever"),
        number("kits", 500, "kit/year", "lever"),
        number("toll", 0.1, "1", "lever", limits=(0, 2)),
        number("rain", 1.0, "1", "driver"),
        number("memory", 1, "1", "switch"),
    )
}
INPUTS = [name for name, parameter in PARAMETERS.items() if parameter.is_input]


@stock("person")
def waiting(patience):
    """Orcs wait."""
    return 0 * patience


@auxiliary("year")
def expected_wait(shortest_wait):
    """Orcs expect the shortest wait."""
    return shortest_wait


WORDS = Vocabulary(PARAMETERS, {"waiting": waiting, "expected_wait": expected_wait}, {"smaug1937"})

HISTORY = """
name: history
title: What happened
question: What did the orcs of the town live through?
changes:
  - {set: rain, to: 2, starting: 2020-03, because: A wet spring came to the town., source: smaug1937}
  - {set: places, to: 1200, starting: 2021, over: 2 years, because: They built two halls., source: smaug1937}
"""


def policy(name, *changes, base="history"):
    """Return the text of a policy with these changes, written as flow mappings."""
    lines = "".join(f"  - {{{change}, because: The council of orcs wants it.}}\n" for change in changes)
    top = f"name: {name}\ntitle: A policy\nquestion: What if the council had its way?\nbuilds_on: {base}\n"
    return f"{top}changes:\n{lines}"


@pytest.fixture
def town(tmp_path, monkeypatch):
    """Ship a history, and return what writes a policy beside it and loads it."""
    top = tmp_path / "scenarios"
    for folder in ("policies", "worldviews", "debates"):
        (top / folder).mkdir(parents=True)
    (top / "history.yaml").write_text(HISTORY)
    monkeypatch.setattr(files, "shipped", lambda _: top)

    def written(name, *changes, base="history"):
        path = top / "policies" / f"{name}.yaml"
        path.write_text(policy(name, *changes, base=base))
        return path

    written.top = top
    return written


def course(scenario, name):
    """Return an input's pieces as plain tuples."""
    return [tuple(piece) for piece in resolved(scenario, PARAMETERS).courses[name]]


def value(scenario, name, time):
    """Return an input's value at a time, as an integrator reads it."""
    return float(resolve(scenario, PARAMETERS).at(time)[INPUTS.index(name)])


# Shapes


def test_what_nothing_changes_holds_its_value(town):
    """An input without a change keeps the parameter's value from start to end."""
    tracks = resolve(find("history", WORDS), PARAMETERS)

    assert len(INPUTS) == tracks.levels.shape[1]
    assert {0.1} == set(tracks.levels[:, INPUTS.index("toll")])
    assert {0.0} == set(tracks.slopes[:, INPUTS.index("toll")])


def test_step_jumps_at_its_date(town):
    """A step holds the old value just before its date and the new one from it on."""
    scenario = load(town("steep", "set: toll, from: 0.1, to: 0.5, starting: 2027"), WORDS)

    assert course(scenario, "toll") == [(0.0, 0.1, 0.0), (2027.0, 0.5, 0.0)]
    assert value(scenario, "toll", 2026.999999) == 0.1
    assert value(scenario, "toll", 2027) == 0.5


def test_ramp_is_straight_and_ends_exactly(town):
    """A ramp starts where the lever is, and ends on its amount to the last digit."""
    scenario = load(town("slow", "set: toll, from: 0.1, to: 0.7, starting: 2027-03, over: 18 months"), WORDS)

    start, end = 2027 + 2 / 12, 2028 + 8 / 12
    expected = [(0.0, 0.1, 0.0), (start, 0.1, 0.6 / (end - start)), (end, 0.7, 0.0)]
    assert np.array(expected) == pytest.approx(np.array(course(scenario, "toll")))
    assert (end, 0.7, 0.0) == course(scenario, "toll")[-1]


def test_pulse_gives_back_what_it_took(town):
    """After a pulse the course it interrupted goes on, wherever it has got to meanwhile."""
    scenario = load(
        town("brief", "set: places, from: 1050, to: 0, starting: 2021-07, until: 2022-07, shape: pulse"), WORDS
    )

    # history: 1000 in 2021, 1200 in 2023, so 1050 in mid-2021 and 1150 in mid-2022, were it not for the pulse
    assert value(scenario, "places", 2022) == 0
    assert value(scenario, "places", 2022.5) == 1150
    assert value(scenario, "places", 2030) == 1200


def test_table_is_straight_between_points_and_held_after(town):
    """Before its first point a table changes nothing; after the last it holds."""
    scenario = load(town("tabled", "set: kits, points: {2025: 800, 2026-07: 1100, 2030: 600}"), WORDS)

    expected = [(0.0, 500, 0.0), (2025.0, 800, 200.0), (2026.5, 1100, -500 / 3.5), (2030.0, 600, 0.0)]
    assert np.array(expected) == pytest.approx(np.array(course(scenario, "kits")))
    assert value(scenario, "kits", 2026) == 1000


def test_changes_of_one_lever_may_follow_each_other(town):
    """A pulse after a step, and a ramp that starts as another ends, contradict nothing, in any order in the file."""
    scenario = load(
        town(
            "busy",
            "set: toll, to: 0.6, starting: 2029, over: 1 year",
            "set: toll, to: 0.3, starting: 2024",
            "set: toll, from: 30 %, to: 0.5, starting: 2028, over: 1 year",
            "set: toll, to: 0, starting: 2025, until: 2026",
        ),
        WORDS,
    )

    assert pytest.approx([value(scenario, "toll", time) for time in (2024.5, 2025.5, 2027, 2028.5, 2029, 2035)]) == [
        0.3,
        0.0,
        0.3,
        0.4,
        0.5,
        0.6,
    ]


# What builds on what


def test_policy_builds_on_history(town):
    """Drivers and levers of history are there under a policy that does not touch them."""
    scenario = load(town("steep", "set: toll, to: 0.5, starting: 2027"), WORDS)

    assert [each.name for each in scenario.lineage] == ["history", "steep"]
    assert value(scenario, "rain", 2020 + 2 / 12) == 2
    assert value(scenario, "places", 2022) == 1100


def test_child_overrides_what_the_parent_would_still_have_done(town):
    """From its start a change is alone: the rest of history's ramp never happens."""
    scenario = load(town("halt", "set: places, from: 1100, to: 1100, starting: 2022"), WORDS)

    assert value(scenario, "places", 2021.5) == 1050
    assert value(scenario, "places", 2035) == 1100


def test_ramp_starts_where_the_ramp_below_has_got_to(town):
    """A ramp over a ramp leaves from the value on the way."""
    scenario = load(town("faster", "set: places, from: 1100, to: 2100, starting: 2022, over: 1 year"), WORDS)

    assert value(scenario, "places", 2022.5) == 1600
    assert value(scenario, "places", 2035) == 2100


def test_chain_of_policies(town):
    """A policy may build on a policy; the youngest has the last word."""
    town("steep", "set: toll, to: 0.5, starting: 2027", "set: kits, to: 900, starting: 2028")
    scenario = load(town("steeper", "set: toll, from: 0.5, to: 0.9, starting: 2029", base="steep"), WORDS)

    assert [each.name for each in scenario.lineage] == ["history", "steep", "steeper"]
    assert [value(scenario, "toll", time) for time in (2026, 2028, 2030)] == [0.1, 0.5, 0.9]
    assert value(scenario, "kits", 2030) == 900


def test_child_that_starts_earlier_overrides_later_changes_of_the_parent(town):
    """What counts is the scenario, not the date: the parent's later step is gone too."""
    town("steep", "set: toll, to: 0.5, starting: 2027")
    scenario = load(town("never", "set: toll, to: 0, starting: 2026", base="steep"), WORDS)

    assert value(scenario, "toll", 2030) == 0


def test_users_own_file_builds_on_shipped_scenarios_and_siblings(town, tmp_path):
    """A file anywhere may build on history, or on a file in its own folder."""
    mine, other = tmp_path / "mine.yaml", tmp_path / "other.yaml"
    other.write_text(policy("other", "set: toll, to: 0.2, starting: 2025"))
    mine.write_text(policy("mine", "set: toll, from: 0.2, to: 0.3, starting: 2026", base="other"))

    assert [each.name for each in find(str(mine), WORDS).lineage] == ["history", "other", "mine"]


# From


@pytest.mark.parametrize("given", ["0.2", "20 %", "0.4", "0.1996"])
def test_from_is_what_a_step_leaves_or_replaces(town, given):
    """Where the base jumps at the very date, both sides of the jump are true; a reader may round."""
    town("steep", "set: toll, to: 0.2, starting: 2026", "set: toll, to: 0.4, starting: 2027")

    scenario = load(town("other", f"set: toll, from: {given}, to: 0.9, starting: 2027", base="steep"), WORDS)

    assert value(scenario, "toll", 2028) == 0.9


def test_from_of_a_ramp_is_where_it_leaves(town):
    """A ramp begins at the value just before; what the base would have jumped to is not true of it."""
    town("steep", "set: toll, to: 0.4, starting: 2027")
    path = town("other", "set: toll, from: 0.4, to: 0.9, starting: 2027, over: 1 year", base="steep")

    with pytest.raises(SimulatorError, match=r"changes\[0\].from: What it builds on has 0.1 there, not 0.4"):
        load(path, WORDS)


def test_from_becomes_false_when_history_moves(town):
    """The sentence is refused, with its line, instead of quietly becoming false."""
    path = town("halt", "set: places, from: 1200 place, to: 1300, starting: 2027")
    load(path, WORDS)
    (town.top / "history.yaml").write_text(HISTORY.replace("to: 1200", "to: 1250"))

    with pytest.raises(
        SimulatorError, match=r"halt.yaml:6: changes\[0\].from: .* has 1250 place there, not 1200 place"
    ):
        load(path, WORDS)


# Amounts and dates


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("shortest_wait", "3 weeks", 3 * 7 / 365.25),  # pint's year is Julian
        ("shortest_wait", "6 months", 0.5),
        ("toll", "20 %", 0.2),
        ("toll", "20%", 0.2),
        ("kits", "2500 kit/year", 2500),
        ("kits", "100 kit/month", 1200),
        ("kits", "100 kit per month", 1200),
        ("kits", "1e3", 1000),
        ("kits", "1_500", 1500),
        ("kits", "'1500'", 1500),
    ],
)
def test_amounts_are_converted_to_the_parameters_unit(town, name, given, expected):
    """A bare number is in the parameter's own unit; a text carries its own."""
    scenario = load(town("given", f"set: {name}, to: {given}, starting: 2027"), WORDS)

    assert expected == pytest.approx(value(scenario, name, 2028))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (2027, 2027.0),
        ("2027", 2027.0),
        ("2027-01", 2027.0),
        ("2027-03", 2027 + 2 / 12),
        ("2027-03-01", 2027 + 2 / 12),
        ("2024-02-15", 2024 + (1 + 14 / 29) / 12),
        (2040, 2040.0),
    ],
)
def test_dates_are_decimal_years(given, expected):
    """A month is exactly a twelfth of a year, a day its share of the month."""
    assert expected == decimal_year(given)


def test_durations_end_on_month_starts():
    """Sums of months come to the same number as the month written as a date."""
    assert decimal_year("2029-11") == later(decimal_year("2027-03"), years("32 months"))
    assert pytest.approx(years("8 weeks")) == 8 * 7 / 365.25


# Tracks


def test_edges_are_start_kinks_jumps_and_end(town):
    """Every date at which anything turns is an edge, once, and nothing else is."""
    scenario = load(
        town("edgy", "set: toll, to: 0.5, starting: 2023", "set: kits, to: 1, starting: 2035, over: 5 years"), WORDS
    )

    tracks = resolve(scenario, PARAMETERS, 2014.0, 2036.0)

    assert list(tracks.edges) == [2014.0, 2020 + 2 / 12, 2021.0, 2023.0, 2035.0, 2036.0]
    assert (5, len(INPUTS)) == tracks.levels.shape == tracks.slopes.shape
    assert np.isfinite(tracks.levels).all()
    assert pytest.approx(tracks.at(2036.0)[INPUTS.index("kits")] + 0.8) == 401  # 500 - 499/5 = 400.2


def test_run_that_starts_within_a_ramp(town):
    """The first level is the value there, not that at the start of the ramp."""
    tracks = resolve(find("history", WORDS), PARAMETERS, 2022.0, 2030.0)

    assert list(tracks.edges) == [2022.0, 2023.0, 2030.0]
    assert list(tracks.levels[:, INPUTS.index("places")]) == [1100, 1200]
    assert list(tracks.slopes[:, INPUTS.index("places")]) == [100, 0]


def test_dates_a_hair_apart_are_one_edge(town):
    """Two dates that rounding parts by less than a second make no segment of their own."""
    changes = (
        Change(set="toll", to=1, starting="2026-02-11", because="The council of orcs wants it."),
        Change(set="kits", to=1, starting="2025-02-11", over="12 months", because="The council of orcs wants it."),
    )
    tracks = resolve(
        Scenario(name="x", title="x", question="What if it were so?", changes=changes, kind="history").model_copy(
            update={"kind": "policy", "builds_on": "h", "base": find("history")}
        ),
        PARAMETERS,
    )

    assert np.diff(tracks.edges).min() > 1e-3
    assert tracks.at(2026.2)[INPUTS.index("toll")] == 1


def test_end_before_start_is_refused(town):
    """A run has a length."""
    with pytest.raises(SimulatorError, match="cannot end in 2013"):
        resolve(find("history"), PARAMETERS, 2013.0, 2013.0)


# Worldviews, debates, the catalogue

WORLDVIEW = """
name: gloomy
title: Gloomy
question: What if orcs are impatient and forget?
side: reader
claims: [B4]
beliefs:
  - {set: patience, to: 6 months, because: They were always like that., source: smaug1937}
  - {set: memory, to: 0, because: Nobody remembers the dragon., source: assumption}
watch: [waiting]
not_asked: Whether the orcs agree.
"""
DEBATE = """
name: quarrel
title: Quarrel
question: Which policy holds up under which belief?
policies: [history, steep]
worldviews: [gloomy]
"""


@pytest.fixture
def full(town):
    """Ship one scenario of each kind."""
    town("steep", "set: toll, to: 0.5, starting: 2027")
    (town.top / "worldviews" / "gloomy.yaml").write_text(WORLDVIEW)
    (town.top / "debates" / "quarrel.yaml").write_text(DEBATE)
    return town


def test_worldview_becomes_settings(full):
    """Beliefs are constants in the parameters' units."""
    assert pytest.approx(settings(find("gloomy", WORDS), PARAMETERS)) == {"patience": 0.5, "memory": 0.0}


def test_policies_have_no_settings_and_worldviews_no_tracks(full):
    """Each kind is refused where the other is meant."""
    with pytest.raises(SimulatorError, match=r"steep is a policy, not a worldview\. Run it with: fentsim run steep$"):
        settings(find("steep"), PARAMETERS)
    with pytest.raises(
        SimulatorError, match=r"gloomy is a worldview, not a policy\. Hold it in a run: fentsim run history -w gloomy$"
    ):
        resolve(find("gloomy"), PARAMETERS)


def test_catalogue_lists_every_kind_in_order(full):
    """History, policies, worldviews, debates; the folder tells the kind."""
    listed = [(each.name, each.kind) for each in catalogue(WORDS)]

    assert listed == [("history", "history"), ("steep", "policy"), ("gloomy", "worldview"), ("quarrel", "debate")]


def test_check_finds_nothing_in_sound_files(full):
    """Sound files have no faults, and those of a broken base are told once."""
    paths = sorted(full.top.rglob("*.yaml"))
    assert check(paths, WORDS) == []

    full("steeper", "set: toll, to: 0.6, starting: 2028", base="steep")
    (full.top / "history.yaml").write_text(HISTORY.replace("set: rain", "set: rian"))

    assert [each.fault for each in check(full.top.rglob("*.yaml"), WORDS)] == ['There is no parameter "rian".']


def test_find_names_the_nearest(full):
    """A miss names the nearest scenario."""
    with pytest.raises(SimulatorError, match=r'There is no scenario of that name\. Did you mean "gloomy"\?'):
        find("glomy")


def test_one_name_calls_one_scenario(full):
    """Two files of one name are refused by the catalogue."""
    (full.top / "worldviews" / "steep.yaml").write_text(WORLDVIEW.replace("gloomy", "steep"))

    with pytest.raises(SimulatorError, match="has the same name"):
        catalogue()


def test_readme_has_one_line_a_question(full):
    """The generated page groups the questions and links their files."""
    page = readme(catalogue())

    assert "- [`gloomy`](worldviews/gloomy.yaml): What if orcs are impatient and forget? (reader, B4)" in page
    assert [line for line in page.splitlines() if line.startswith("## ")] == [
        "## What happened",
        "## Policies",
        "## Worldviews",
        "## Debates",
    ]


# Written back


def test_resolved_text_tells_the_whole_lineage(full):
    """Every change with its reason and source, and the numbers that the run consumes."""
    told = yaml.safe_load(resolved_text(find("steep"), PARAMETERS))

    assert told["lineage"] == ["history", "steep"]
    assert [change["in"] for change in told["changes"]] == ["history", "history", "steep"]
    assert told["changes"][0]["because"] == "A wet spring came to the town."
    assert told["changes"][0]["source"] == "smaug1937"
    assert told["changes"][1]["over"] == "2 years"
    assert told["inputs"]["toll"]["course"] == [{"level": 0.1}, {"since": 2027.0, "level": 0.5, "slope": 0.0}]
    assert sorted(told["inputs"], key=["rain", "places", "toll"].index) == ["rain", "places", "toll"]


def test_resolved_text_of_worldviews_and_debates(full):
    """Beliefs are told with the number that they come to."""
    told = yaml.safe_load(resolved_text(find("gloomy"), PARAMETERS))

    assert (pytest.approx(told["beliefs"][0]["value"]), told["beliefs"][0]["unit"]) == (0.5, "year")
    assert yaml.safe_load(resolved_text(find("quarrel"), PARAMETERS))["policies"] == ["history", "steep"]


def test_table_and_quoted_texts_survive_writing(full):
    """Points come back as they were written."""
    scenario = load(full("tabled", "set: toll, points: {2025: 20 %, 2026-07: 0.5}"), WORDS)

    told = yaml.safe_load(resolved_text(scenario, PARAMETERS))

    assert told["changes"][-1]["points"] == {"2025": "20 %", "2026-07": 0.5}


# Records made in Python


def test_records_made_in_python_are_checked_too():
    """A scenario without a file is refused by the same rules, placed by its name."""
    change = Change(set="rain", to=3, starting=2027, because="The council of orcs wants it.")
    scenario = Scenario(
        name="wet", title="Wet", question="What if it rains more?", builds_on="history", changes=(change,)
    )

    with pytest.raises(
        SimulatorError, match=r'(?s)wet: changes\[0\].set: "rain" is a driver.*wet: builds_on: .*not loaded'
    ):
        resolve(scenario, PARAMETERS)


# Schemas and cost


@pytest.mark.parametrize("name", ["scenario.json", "parameters.json"])
def test_schemas_on_disk_are_up_to_date(name):
    """`python -m simulator.scenario.schemas` has been run since the records changed."""
    assert schemas.texts()[name] == (schemas.folder() / name).read_text(encoding="utf-8")


def test_schema_accepts_what_the_reader_accepts(full):
    """The sound files of these tests are valid under the generated schema."""
    from jsonschema import Draft202012Validator

    validator = Draft202012Validator(schemas.scenario_schema())
    for path in full.top.rglob("*.yaml"):
        content = json.loads(json.dumps(yaml.load(path.read_text(), Loader=yaml.BaseLoader)))  # noqa: S506 - all text

        assert [error.message for error in validator.iter_errors(content)] == []


def test_schema_writer(tmp_path, monkeypatch):
    """The generator makes its folder and writes both files."""
    monkeypatch.setattr(schemas, "folder", lambda: tmp_path / "docs" / "schema")
    schemas.write()

    assert {"scenario.json", "parameters.json"} == {path.name for path in (tmp_path / "docs" / "schema").iterdir()}


def test_loading_and_resolving_import_no_heavy_library(tmp_path):
    """Bare numbers, percentages and years cost no import of pint, xarray, pandas or scipy."""
    (tmp_path / "history.yaml").write_text(HISTORY)
    code = f"""
import sys
from pathlib import Path
from simulator import files
files.shipped = lambda _: Path({str(tmp_path)!r})
from simulator.scenario import find, resolve
from simulator.parameters import Parameter
about = dict(sector="town", unit="1", source="assumption", note="Said.", meaning="A property.")
given = [("rain", 1, "driver"), ("places", 1000, "lever")]
words = {{n: Parameter(name=n, value=v, role=r, **about) for n, v, r in given}}
resolve(find("history"), words)
print(*sorted({{"pint", "xarray", "pandas", "scipy", "numba", "matplotlib"}} & sys.modules.keys()))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1]
    )

    assert done.stdout.strip() == ""
