"""Broken files are refused gently: every fault at once, with line, place and remedy; nothing else is raised."""

import codecs
import os
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator import files
from simulator.errors import SimulatorError
from simulator.language import auxiliary, stock
from simulator.parameters import Parameter
from simulator.scenario import Change, Scenario, Vocabulary, check, find, load
from simulator.scenario.reading import LARGEST


def number(name, value, unit, role, **more):
    """Return a parameter of the toy town."""
    about = {"meaning": "A property of the town.", "source": "assumption", "note": "Orcs say so.", "shape": "fixed"}
    return Parameter(name=name, sector="town", value=value, unit=unit, role=role, **about, **more)


@stock("person")
def waiting(patience):
    """Orcs wait."""
    return 0 * patience


@auxiliary("place")
def free_places(places, waiting):
    """Places nobody holds."""
    return places - waiting


PARAMETERS = (
    number("places", 1000, "place", "lever", limits=(0, 10_000)),
    number("wait", 0.1, "year", "lever"),
    number("toll", 0.1, "1", "lever"),
    number("rain", 1.0, "1", "driver"),
    number("patience", 0.5, "year", "uncertainty"),
    number("memory", 1, "1", "switch"),
)
WORDS = Vocabulary({p.name: p for p in PARAMETERS}, {"waiting": waiting, "free_places": free_places}, {"smaug1937"})

HISTORY = """\
name: history
title: What happened
question: What did the orcs live through?
changes:
  - {set: rain, to: 2, starting: 2020, because: A wet spring came., source: smaug1937}
"""
TOP = """\
name: mine
title: Mine
question: What if the orcs had their way?
builds_on: history
"""  # lines 1 to 4; a change follows "changes:" in line 5, its first field in line 6
BECAUSE = "    because: The council of orcs wants it.\n"
STEP = "  - set: places\n    to: 1500\n    starting: 2027\n" + BECAUSE


def changed(text):
    """Return a policy with this text below `changes:`, the reason added."""
    return f"{TOP}changes:\n{text}{BECAUSE}"


def on(*changes):
    """Return a policy whose changes are flow mappings, from line 6 on, the reason added."""
    lines = "".join(f"  - {{{change}, because: The council of orcs wants it.}}\n" for change in changes)
    return f"{TOP}changes:\n{lines}"


WORLDVIEW = "name: mine\ntitle: Mine\nquestion: What if orcs are impatient?\nbeliefs:\n"
HELD = "because: They were always like that., source: assumption"
LAUGHS = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nchanges: [*c, *c]\n"

# title, text, and what the message says: line and place, fault, remedy
BROKEN = [
    # The text itself
    ("empty", "", ["mine.yaml:1: The file is empty.", "Begin with name"]),
    ("only a comment", "# later\n", ["mine.yaml:1: The file is empty.", "Begin with name"]),
    ("a list", "- name: mine\n", ["mine.yaml:1: The file is not a list of fields.", 'Write "field: value"']),
    ("a word", "\nmine\n", ["mine.yaml:2: The file is not a list of fields.", 'Write "field: value"']),
    ("latin", b"name: mine\ntitle: \xe9t\xe9\n", ["mine.yaml:2: The file is not UTF-8", "Save it as UTF-8"]),
    ("utf-16", codecs.BOM_UTF16_LE + "name: mine".encode("utf-16-le"), ["mine.yaml:1: The file is not UTF-8", "Save"]),
    ("binary", "name: mine\ntitle: a\x00b\n", ["mine.yaml:2: yaml: A character here cannot be printed.", "Remove it."]),
    ("too large", "# " + "x" * LARGEST, ["mine.yaml:1: The file is larger than 256 KiB", "Name a scenario"]),
    ("two documents", TOP + "---\nname: other\n", ["mine.yaml:5: yaml.document: A second", 'remove "---"']),
    ("a tag", TOP + "watch: !!python/name:os.system x\n", ["mine.yaml:5: yaml.tag: Tags", "put the text in quotes"]),
    ("an innocent tag", "name: !!str mine\n", ["mine.yaml:1: yaml.tag: Tags (!) are not read.", "Remove it"]),
    ("billion laughs", LAUGHS, ["mine.yaml:1: yaml.anchor: Anchors (&) and aliases (*)", "Write the value out"]),
    ("an alias", TOP + "side: *reader\n", ["mine.yaml:5: yaml.anchor: Anchors (&) and aliases (*)", "in quotes"]),
    ("deep", "a: " + "[" * 90_000, ["mine.yaml:1: yaml.nesting: It is nested more than 16", "Check the brackets"]),
    ("a tab", "name: mine\n\ttitle: x\n", ["mine.yaml:2: yaml: A tab", "Indent with spaces"]),
    ("a colon", "name: mine\ntitle: Mine: all mine\n", ["mine.yaml:2: yaml: A colon stands where", "in quotes"]),
    ("an open quote", 'name: "mine\ntitle: x\n', ["mine.yaml:3: yaml: A quotation mark is not closed", "Close it."]),
    ("an open bracket", "name: mine\nwatch: [a, b\ntitle: x\n", ["mine.yaml:3: yaml:", "Close it"]),
    (
        "a line without colon",
        "name: mine\ntitle\nside: x\n",
        ["mine.yaml:3: yaml: A line has no colon", '"field: value"'],
    ),
    ("ragged", "name: mine\n  title: x\n side: y\n", ["yaml: ", "."]),
    # Fields
    ("unknown field", TOP + "watches: [waiting]\nchanges:\n" + STEP, ["mine.yaml:5: watches: There is no", '"watch"']),
    (
        "unknown field in a change",
        changed("  - sett: places\n"),
        ["mine.yaml:6: changes[0].sett: There is no", '"set"'],
    ),
    ("no nearest field", TOP + "zzz: 1\n", ["mine.yaml:5: zzz: There is no field", "The fields are name, title"]),
    ("a field nobody may set", TOP + "kind: policy\n", ["mine.yaml:5: kind: There is no field", "the folder tells"]),
    ("missing title", TOP.replace("title: Mine\n", ""), ['mine.yaml:1: title: The field "title" is missing.', "Add"]),
    ("duplicate field", TOP + "title: Ours\n", ["mine.yaml:5: title: It was given already, in line 2.", "Keep one"]),
    (
        "duplicate in a change",
        changed(STEP[: -len(BECAUSE)] + "    to: 3\n"),
        ["mine.yaml:9: changes[0].to: It was", "line 7"],
    ),
    (
        "a record as a field's name",
        TOP + "? {a: b}\n: c\n",
        ["mine.yaml:5", "A field's name is not text", "field: value"],
    ),
    ("other name", TOP.replace("name: mine", "name: ours"), ['mine.yaml:1: name: The name "ours"', '"name: mine"']),
    (
        "shouted name",
        TOP.replace("name: mine", "name: My Own"),
        ["mine.yaml:1: name: This is not a name", "small letters"],
    ),
    ("number for a name", TOP.replace("name: mine", "name: 7"), ['mine.yaml:1: name: "7" is not text.', "in quotes"]),
    ("title left empty", TOP.replace("Mine", ""), ["mine.yaml:2: title: There is nothing here.", "Fill it in"]),
    ("no question", TOP.replace("way?", "way."), ["mine.yaml:3: question: This is not a question", 'ending with "?"']),
    ("watch is a word", TOP + "watch: waiting\n", ['mine.yaml:5: watch: "waiting" is not a list.', "Begin each entry"]),
    (
        "changes is a record",
        TOP + "changes: {set: places}\n",
        ["mine.yaml:5: changes: This is not a list", "Begin each"],
    ),
    (
        "a change is a word",
        TOP + "changes:\n  - places\n",
        ['changes[0]: "places" is not a record of fields', "field: value"],
    ),
    ("unknown claim", TOP + "claims: [A6, C1]\n", ['mine.yaml:5: claims[1]: "C1" is not a claim', "such as A6"]),
    (
        "no reason",
        TOP + "changes:\n" + STEP[: -len(BECAUSE)],
        ['mine.yaml:6: changes[0].because: The field "because"', "Add one sentence"],
    ),
    (
        "short reason",
        TOP + "changes:\n" + STEP.replace("The council of orcs wants it.", "Why not?"),
        ["mine.yaml:9: changes[0].because: This is too short", "one full sentence"],
    ),
    (
        "no as a reason",
        TOP + "changes:\n" + STEP.replace("The council of orcs wants it.", "no"),
        ['mine.yaml:9: changes[0].because: YAML reads "no" as false', "in quotes"],
    ),
    # Amounts
    (
        "no",
        on("set: toll, to: no, starting: 2027"),
        ['mine.yaml:6: changes[0].to: YAML reads "no" as false.', "Write a number"],
    ),
    (
        "off",
        on("set: toll, to: off, starting: 2027"),
        ['mine.yaml:6: changes[0].to: YAML reads "off" as false.', "Write a number"],
    ),
    (
        "yes",
        on("set: toll, from: Yes, to: 1, starting: 2027"),
        ['changes[0].from: YAML reads "Yes" as true.', "Write a number"],
    ),
    (
        "nothing",
        changed("  - set: toll\n    to:\n    starting: 2027\n"),
        ["mine.yaml:7: changes[0].to: There is nothing here", "Fill it in"],
    ),
    (
        "nan",
        on("set: toll, to: .nan, starting: 2027"),
        ["mine.yaml:6: changes[0].to: It is not a finite number.", "Write a number."],
    ),
    (
        "infinity",
        on("set: toll, to: -.inf, starting: 2027"),
        ["changes[0].to: It is not a finite number.", "Write a number."],
    ),
    (
        "infinity in words",
        on("set: toll, to: inf, starting: 2027"),
        ["changes[0].to: It is not a finite number.", "Write a number."],
    ),
    (
        "beyond floats",
        on("set: toll, to: 1e999, starting: 2027"),
        ["changes[0].to: It is not a finite number.", "Write a number."],
    ),
    (
        "ten thousand digits",
        on(f"set: toll, to: {'9' * 10_000}, starting: 2027"),
        ["changes[0].to: ", "Write a number"],
    ),
    (
        "wrong dimension",
        on("set: places, to: 3 weeks, starting: 2027"),
        ['changes[0].to: "3 weeks" does not fit what is counted in place.', "mend the unit"],
    ),
    (
        "unknown unit",
        on("set: wait, to: 3 fortnightlies, starting: 2027"),
        ["changes[0].to: ", "does not fit what is counted in year", "mend the unit"],
    ),
    (
        "unit where none is",
        on("set: toll, to: 3 kg, starting: 2027"),
        ["changes[0].to: ", "is a pure number", "mend the unit"],
    ),
    (
        "tower of powers",
        on("set: toll, to: 9**9**9**9, starting: 2027"),
        ['changes[0].to: "9**9**9**9" is not an amount.', "3 weeks"],
    ),
    ("octal", on("set: toll, to: 010, starting: 2027"), ['changes[0].to: "010" is not an amount.', "Write a number"]),
    (
        "thousands with commas",
        on("set: places, to: '1,500', starting: 2027"),
        ['"1,500" is not an amount.', "Write a number"],
    ),
    (
        "a list of amounts",
        on("set: toll, to: [1, 2], starting: 2027"),
        ["mine.yaml:6: changes[0].to: ", "is not an amount", "Write a number"],
    ),
    (
        "over the limits",
        on("set: places, to: 20000, starting: 2027"),
        ['changes[0].to: 20000 is outside the limits of "places".', "Stay within 0 to 10000 place"],
    ),
    (
        "under the limits",
        on("set: places, points: {2027: 5, 2028: -5}"),
        ["changes[0].points.2028: -5 is outside the limits", "Stay within"],
    ),
    (
        "false from",
        on("set: places, from: 900, to: 1500, starting: 2027"),
        ["changes[0].from: What it builds on has 1000 place there, not 900.", '"from: 1000"'],
    ),
    (
        "from after an own change",
        on("set: toll, to: 1, starting: 2026", "set: toll, from: 0.1, to: 2, starting: 2028"),
        ["mine.yaml:7: changes[1].from: What it builds on has 1 there", '"from: 1"'],
    ),
    # Dates and shapes
    (
        "decimal date",
        on("set: toll, to: 1, starting: 2027.5"),
        ['changes[0].starting: "2027.5" is not a date.', "a month (2027-03)"],
    ),
    (
        "words for a date",
        on("set: toll, to: 1, starting: next year"),
        ['changes[0].starting: "next year" is not a date.', "Write a year"],
    ),
    (
        "month thirteen",
        on("set: toll, to: 1, starting: 2027-13"),
        ['changes[0].starting: There is no date "2027-13".', "Write a year"],
    ),
    ("no leap year", on("set: toll, to: 1, starting: 2027-02-29"), ['There is no date "2027-02-29".', "Write a year"]),
    (
        "year nought",
        on("set: toll, to: 1, starting: '0000'"),
        ["changes[0].starting: 0000 lies outside 2013 to 2040.", "within"],
    ),
    (
        "too early",
        on("set: toll, to: 1, starting: 2012-12"),
        ["changes[0].starting: 2012-12 lies outside 2013 to 2040.", "Choose a date within."],
    ),
    (
        "too late",
        on("set: toll, to: 1, starting: 2030, until: 2041"),
        ["changes[0].until: 2041 lies outside", "Choose a date within."],
    ),
    (
        "clock time",
        on("set: toll, to: 1, starting: 2027-03-01T10:00:00"),
        ["mine.yaml:6: changes[0].starting: ", "is not a date.", "Write a year"],
    ),
    (
        "until before starting",
        on("set: toll, to: 1, starting: 2030, until: 2028"),
        ["changes[0].until: 2028 does not come after 2030.", "Exchange"],
    ),
    (
        "empty pulse",
        on("set: toll, to: 1, starting: 2030, until: 2030-01-01"),
        ["changes[0].until: 2030-01-01 does not come after", "Exchange"],
    ),
    (
        "over with step",
        on("set: toll, to: 1, starting: 2030, over: 2 years, shape: step"),
        ['changes[0].over: A step has no "over".', '"shape: ramp"'],
    ),
    (
        "until with ramp",
        on("set: toll, to: 1, starting: 2030, over: 2 years, until: 2033"),
        ['changes[0].until: A ramp has no "until".', '"shape: pulse"'],
    ),
    ("missing to", on("set: toll, starting: 2030"), ['changes[0].to: A step needs "to".', "Say what it becomes."]),
    ("missing starting", on("set: toll, to: 1"), ['changes[0].starting: A step needs "starting".', "Say from when"]),
    (
        "ramp without over",
        on("set: toll, to: 1, starting: 2030, shape: ramp"),
        ['changes[0].over: A ramp needs "over".', "2 years"],
    ),
    (
        "pulse without until",
        on("set: toll, to: 1, starting: 2030, shape: pulse"),
        ['changes[0].until: A pulse needs "until".', "Say until when"],
    ),
    (
        "table without points",
        on("set: toll, shape: table"),
        ['changes[0].points: A table needs "points".', "Give dates and amounts."],
    ),
    (
        "table with to",
        on("set: toll, to: 1, points: {2027: 1, 2028: 2}"),
        ['changes[0].to: A table has no "to".', "Remove it."],
    ),
    (
        "table with one point",
        on("set: toll, points: {2027: 1}"),
        ["changes[0].points: A table has at least two points.", "use a step"],
    ),
    (
        "points out of order",
        on("set: toll, points: {2028: 1, 2027: 2}"),
        ["changes[0].points.2027: 2027 does not come after", "in order"],
    ),
    (
        "points at one date",
        on("set: toll, points: {2028: 1, 2028-01: 2}"),
        ["changes[0].points.2028-01: 2028-01 does not come after", "in order"],
    ),
    (
        "point without date",
        on("set: toll, points: {soon: 1, 2027: 2}"),
        ['changes[0].points.soon: "soon" is not a date.', "Write a year"],
    ),
    (
        "points are a list",
        on("set: toll, points: [1, 2]"),
        ["changes[0].points: This is not a record of dates.", '"2027: 100"'],
    ),
    (
        "unknown shape",
        on("set: toll, to: 1, starting: 2030, shape: wave"),
        ['changes[0].shape: "wave" is not a shape.', "step, ramp, pulse, table"],
    ),
    (
        "bare duration",
        on("set: toll, to: 1, starting: 2030, over: 2"),
        ['changes[0].over: "2" is not a duration.', "2 years"],
    ),
    (
        "no duration",
        on("set: toll, to: 1, starting: 2030, over: 0 years"),
        ["changes[0].over: ", "between nothing and 50 years", "within"],
    ),
    (
        "two at once",
        on("set: toll, to: 1, starting: 2030", "set: toll, to: 2, starting: 2030-01"),
        ['mine.yaml:7: changes[1].starting: changes[0] moves "toll" at the same time.', "Let one end"],
    ),
    (
        "step in a ramp",
        on("set: toll, to: 1, starting: 2030", "set: toll, to: 2, starting: 2029, over: 2 years"),
        ['mine.yaml:6: changes[0].starting: changes[1] moves "toll"', "Let one end"],
    ),
    (
        "table over a pulse",
        on("set: toll, to: 1, starting: 2027, until: 2032", "set: toll, points: {2028: 1, 2029: 2}"),
        ["mine.yaml:7: changes[1].points: changes[0] moves", "Let one end"],
    ),
    # Names
    (
        "unknown parameter",
        on("set: place, to: 1, starting: 2030"),
        ['changes[0].set: There is no parameter "place".', 'Did you mean "places"?'],
    ),
    (
        "nothing like it",
        on("set: qqqq, to: 1, starting: 2030"),
        ['changes[0].set: There is no parameter "qqqq".', "fentsim quantities"],
    ),
    (
        "a stock",
        on("set: waiting, to: 1, starting: 2030"),
        ['changes[0].set: "waiting" is a stock: the model works it out.', "Set one of its causes"],
    ),
    (
        "an auxiliary",
        on("set: free_places, to: 1, starting: 2030"),
        ['"free_places" is an auxiliary', "Set what causes it: places."],
    ),
    (
        "a driver",
        on("set: rain, to: 3, starting: 2030"),
        ['changes[0].set: "rain" is a driver; a policy does not set it.', "choose a lever"],
    ),
    (
        "an uncertainty",
        on("set: patience, to: 3, starting: 2030"),
        ['"patience" is an uncertainty; a policy', "in a worldview"],
    ),
    (
        "a switch",
        on("set: memory, to: 0, starting: 2030"),
        ['"memory" is a switch; a policy does not set it.', "in a worldview"],
    ),
    (
        "unknown outcome",
        on("set: toll, to: 1, starting: 2030") + "watch: [waitingg]\n",
        ['mine.yaml:7: watch[0]: There is no quantity "waitingg".', '"waiting"'],
    ),
    (
        "watching a parameter",
        on("set: toll, to: 1, starting: 2030") + "watch: [places]\n",
        ['mine.yaml:7: watch[0]: "places" is a parameter; no run shows it.', "Watch what it causes: free_places."],
    ),
    (
        "watching a parameter that causes nothing",
        on("set: toll, to: 1, starting: 2030") + "watch: [toll]\n",
        ['mine.yaml:7: watch[0]: "toll" is a parameter; no run shows it.', "Watch what the model works out."],
    ),
    (
        "unknown source",
        on("set: toll, to: 1, starting: 2030, source: 'smaug1938, p. 3'"),
        ['changes[0].source: The source "smaug1938" is not in', '"smaug1937"'],
    ),
    # Kinds
    (
        "no base",
        on("set: toll, to: 1, starting: 2030").replace("builds_on: history\n", ""),
        ['mine.yaml:1: builds_on: A policy needs "builds_on".', '"builds_on: history"'],
    ),
    ("no change", TOP, ['mine.yaml:1: changes: A policy needs "changes".', "Set at least one lever."]),
    (
        "unknown base",
        on("set: toll, to: 1, starting: 2030").replace("on: history", "on: histery"),
        ['mine.yaml:4: builds_on: There is no scenario "histery".', '"history"'],
    ),
    (
        "itself as base",
        on("set: toll, to: 1, starting: 2030").replace("on: history", "on: mine"),
        ["mine.yaml:4: builds_on: ", "mine -> mine", "build on history"],
    ),
    (
        "a base that is a belief",
        on("set: toll, to: 1, starting: 2030").replace("on: history", "on: gloomy"),
        ['"gloomy" is a worldview; a policy builds on history', '"builds_on: history"'],
    ),
    (
        "lever in a worldview",
        WORLDVIEW + f"  - {{set: places, to: 3, {HELD}}}\n",
        ['mine.yaml:5: beliefs[0].set: "places" is a lever; a worldview does not set it.', "in a policy"],
    ),
    (
        "date in a worldview",
        WORLDVIEW + f"  - {{set: memory, to: 0, starting: 2027, {HELD}}}\n",
        ["beliefs[0].starting: There is no field", "The fields are set, to, because, source."],
    ),
    (
        "belief without source",
        WORLDVIEW + "  - {set: memory, to: 0, because: They were always like that.}\n",
        ["mine.yaml:5: beliefs[0].source: The field", '"assumption"'],
    ),
    (
        "switch beyond one",
        WORLDVIEW + f"  - {{set: memory, to: 2, {HELD}}}\n",
        ['beliefs[0].to: 2 is outside the limits of "memory".', "Stay within 0 to 1: 0 is off"],
    ),
    (
        "time that runs backwards",
        WORLDVIEW + f"  - {{set: patience, to: -7 weeks, {HELD}}}\n",
        ['beliefs[0].to: -7 weeks is outside the limits of "patience".', "Stay above 0 year: it is a time"],
    ),
    (
        "two beliefs about one thing",
        WORLDVIEW + f"  - {{set: memory, to: 0, {HELD}}}\n  - {{set: memory, to: 1, {HELD}}}\n",
        ['mine.yaml:6: beliefs[1].set: beliefs[0] says already what "memory" is.', "Keep one"],
    ),
    (
        "worldview that builds on",
        WORLDVIEW.replace("beliefs:", "builds_on: history\nbeliefs: []"),
        ['mine.yaml:4: builds_on: A worldview has no "builds_on".', "belongs in a policy"],
    ),
    (
        "beliefs in a policy",
        on("set: toll, to: 1, starting: 2030") + f"beliefs:\n  - {{set: memory, to: 0, {HELD}}}\n",
        ['mine.yaml:7: beliefs: A policy has no "beliefs".', "belongs in a worldview"],
    ),
    (
        "debate without beliefs",
        "name: mine\ntitle: Mine\nquestion: Which of these is better?\npolicies: [history]\n",
        ['worldviews: A debate needs "worldviews".', "List the beliefs"],
    ),
    (
        "debate about nothing known",
        "name: mine\ntitle: Mine\nquestion: Which of these is better?\npolicies: [histery]\nworldviews: [history]\n",
        [
            'mine.yaml:4: policies[0]: There is no policy "histery".',
            '"history"',
            'mine.yaml:5: worldviews[0]: There is no worldview "history"',
        ],
    ),
]


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Ship a history and a worldview, and return an empty folder for the user's own files."""
    top = tmp_path / "shipped"
    (top / "worldviews").mkdir(parents=True)
    (top / "history.yaml").write_text(HISTORY)
    (top / "worldviews" / "gloomy.yaml").write_text(
        WORLDVIEW.replace("mine", "gloomy").replace("beliefs:", "beliefs: []")
    )
    monkeypatch.setattr(files, "shipped", lambda _: top)
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def refused(path):
    """Return the message with which a file is refused."""
    with pytest.raises(SimulatorError) as caught:
        load(path, WORDS)
    return str(caught.value)


@pytest.mark.parametrize(("text", "fragments"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_broken_file_is_told_where_what_and_what_to_do(home, text, fragments):
    """The message holds the file and line, the place, the fault and the remedy, and is short."""
    path = home / "mine.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())

    message = refused(path)

    assert str(path) in message
    assert [fragment for fragment in fragments if fragment not in message] == [], message
    assert [word for word in ("pydantic", "Input should be", "Traceback", "<class", "None") if word in message] == []
    assert max(len(line) for line in message.splitlines()) < 400 + len(str(path))


def test_the_sound_file_is_sound(home):
    """What the table breaks is whole before."""
    (home / "mine.yaml").write_text(TOP + "changes:\n" + STEP)

    assert load(home / "mine.yaml", WORDS).name == "mine"


def test_byte_order_mark_and_windows_lines_are_read(home):
    """A file saved by an editor on Windows is sound, and its lines count the same."""
    (home / "mine.yaml").write_bytes(codecs.BOM_UTF8 + (TOP + "changes:\n" + STEP).replace("\n", "\r\n").encode())

    assert load(home / "mine.yaml", WORDS).lines["changes[0].to"] == 7


ALL_AT_ONCE = """\
name: ours
title: 7
question: Because?
sid: reader
builds_on: histery
changes:
  - set: place
    from: no
    too: 1500
    starting: 2027-13
  - set: toll
    to: .inf
    starting: 2030
    until: 2029
    because: The council of orcs wants it.
  - set: places
    from: 900
    to: 99999
    starting: 2030
    over: 2 years
    shape: step
    because: So.
  - set: wait
    to: 3 kg
    starting: 2030
    because: The council of orcs wants it.
watch: [waitingg]
"""


def test_all_faults_of_a_file_are_told_at_once_in_order(home):
    """From the name in the first line to the outcome in the last, nothing waits for a second try."""
    path = home / "mine.yaml"
    path.write_text(ALL_AT_ONCE)

    with pytest.raises(SimulatorError) as caught:
        load(path, WORDS)

    told = [problem.place.removeprefix(f"{path}:") for problem in caught.value.problems]
    expected = [
        "1: name",
        "2: title",
        "3: question",
        "4: sid",
        "5: builds_on",
        "7: changes[0].because",
        "7: changes[0].set",
        "7: changes[0].to",
        "8: changes[0].from",
        "9: changes[0].too",
        "10: changes[0].starting",
        "12: changes[1].to",
        "14: changes[1].until",
        "18: changes[2].to",
        "20: changes[2].over",
        "22: changes[2].because",
        "24: changes[3].to",
        "27: watch[0]",
    ]
    assert expected == sorted(told, key=lambda place: (int(place.partition(":")[0]), place))
    assert told == sorted(told, key=lambda place: int(place.partition(":")[0]))
    assert str(caught.value).startswith(f"18 things keep {path} from running.")
    assert all(problem.remedy for problem in caught.value.problems)


def test_false_from_and_other_faults_come_together(home):
    """A sound change has its `from` checked although another is broken."""
    (home / "mine.yaml").write_text(
        on("set: places, from: 900, to: 1500, starting: 2027", "set: toll, to: no, starting: 2027")
    )

    message = refused(home / "mine.yaml")

    assert "mine.yaml:6: changes[0].from: What it builds on has 1000 place" in message
    assert "mine.yaml:7: changes[1].to: YAML reads" in message


def test_circle_is_told_with_its_path(home):
    """Three policies that build on each other are refused with the whole way round."""
    for name, base in (("a", "b"), ("b", "c"), ("c", "a")):
        text = on("set: toll, to: 1, starting: 2030").replace("mine", name).replace("on: history", f"on: {base}")
        (home / f"{name}.yaml").write_text(text)

    assert "The scenarios build on each other: a -> b -> c -> a." in refused(home / "a.yaml")


def test_endless_chain_is_refused(home):
    """A long chain is a fault of its own, not an exhausted stack."""
    for n in range(40):
        text = on("set: toll, to: 1, starting: 2030").replace("mine", f"p{n}").replace("history", f"p{n + 1}")
        (home / f"p{n}.yaml").write_text(text)

    assert "More than 8 scenarios build on each other. Shorten the chain." in refused(home / "p0.yaml")


def test_faults_of_the_base_are_told_with_its_own_lines(home):
    """When what it builds on is broken, both files' faults come at once."""
    (home / "base.yaml").write_text(on("set: toll, to: no, starting: 2027").replace("mine", "base"))
    (home / "mine.yaml").write_text(on("set: toll, to: .nan, starting: 2030").replace("on: history", "on: base"))

    message = refused(home / "mine.yaml")

    assert "mine.yaml:6: changes[0].to: It is not a finite number." in message
    assert "base.yaml:6: changes[0].to: YAML reads" in message


def test_history_gives_sources_and_builds_on_nothing(home):
    """What happened is cited; and it is the beginning."""
    (home / "history.yaml").write_text(HISTORY.replace(", source: smaug1937", "") + "builds_on: history\n")

    message = refused(home / "history.yaml")

    assert "history.yaml:5: changes[0].source: History gives its sources. Cite a key" in message
    assert 'history.yaml:6: builds_on: A history has no "builds_on".' in message


def test_drivers_and_levers_are_all_that_history_sets(home):
    """A belief does not become history by being dated."""
    (home / "history.yaml").write_text(HISTORY.replace("set: rain", "set: patience"))

    assert '"patience" is an uncertainty; a history does not set it. It is a belief' in refused(home / "history.yaml")


# Files that cannot be read. As root nothing is forbidden, so that permission is refused by hand.


def test_missing_file_names_its_nearest_sibling(home):
    """A misspelt path is answered with the file beside it."""
    (home / "mine.yaml").write_text(TOP)

    assert f'{home / "mien.yaml"}: There is no such file. Did you mean "mine.yaml"?' in refused(home / "mien.yaml")


def test_missing_folder(home):
    """There is nothing beside it to suggest."""
    assert "There is no such file. List the shipped ones with" in refused(home / "nowhere" / "mine.yaml")


def test_folder(home):
    """A folder is not a scenario."""
    assert f"{home}: It is a folder. Name a YAML file." in refused(home)


def test_forbidden_file(home, monkeypatch):
    """A file that may not be read says so."""
    (home / "mine.yaml").write_text(TOP)

    def forbidden(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", forbidden)

    assert "mine.yaml: The file may not be read. Change its permissions." in refused(home / "mine.yaml")


def test_links_that_lead_back(home):
    """A circle of links is told as one."""
    (home / "mine.yaml").symlink_to(home / "ours.yaml")
    (home / "ours.yaml").symlink_to(home / "mine.yaml")

    assert "It is a link that leads back to itself. Name the file itself." in refused(home / "mine.yaml")


def test_pipe_is_not_waited_for(home):
    """A named pipe would hold the reader for ever."""
    os.mkfifo(home / "mine.yaml")

    assert "It is not a file. Name a YAML file." in refused(home / "mine.yaml")


@pytest.mark.parametrize("path", ["a\0b.yaml", "x" * 5000 + ".yaml", "mine.yaml/deeper.yaml"])
def test_impossible_paths(home, path):
    """What no file can be called is refused like what does not exist."""
    (home / "mine.yaml").write_text(TOP)

    assert "e" in refused(home / path)


@pytest.mark.parametrize("name", ["", "history.", "a\0b", "../history", "x" * 5000])
def test_impossible_names(home, name):
    """A name that no scenario has is refused, whatever is in it."""
    with pytest.raises(SimulatorError):
        find(name)


# Anything at all

KEYS = [*Scenario.model_fields, *Change.model_fields, "from", "<<"]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.dates(),
    st.sampled_from(
        ["places", "toll", "history", "2027", "2027-03", "3 weeks", "20 %", "ramp", "2 years", "mine", "A6"]
    ),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | SCALARS, inner, max_size=6),
    max_leaves=25,
)
SOUND = (
    TOP
    + "changes:\n"
    + STEP
    + "  - {set: toll, points: {2027: 1, 2028-07: 20 %}, because: The council of orcs wants it.}\n"
)
CALMLY = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def survives(home, content):
    """Read these bytes: a scenario or a refusal, and in a refusal every place names the file."""
    path = home / "mine.yaml"
    path.write_bytes(content)
    for problem in check([path], WORDS):
        assert problem.place.startswith((str(path), str(home.parent / "shipped")))
        assert "\n" not in str(problem)


@CALMLY
@given(content=st.binary(max_size=300))
def test_any_bytes(home, content):
    """No bytes raise anything but a refusal."""
    survives(home, content)


@CALMLY
@given(text=st.text(max_size=300))
def test_any_text(home, text):
    """No text raises anything but a refusal."""
    survives(home, text.encode("utf-8", "surrogatepass"))


@CALMLY
@given(data=st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=10))
def test_any_data(home, data):
    """No fields, however filled, raise anything but a refusal."""
    sound = {"name": "mine", "title": "Mine", "question": "What if it were so?", "builds_on": "history"}
    survives(home, yaml.safe_dump({**sound, **data}).encode("utf-8", "surrogatepass"))


@CALMLY
@given(change=st.dictionaries(st.sampled_from(KEYS), SCALARS | VALUES, max_size=8))
def test_any_change(home, change):
    """No change, however filled, raises anything but a refusal."""
    sound = {"name": "mine", "title": "Mine", "question": "What if it were so?", "builds_on": "history"}
    change = {"set": "toll", "because": "The council of orcs wants it.", **change}
    survives(home, yaml.safe_dump({**sound, "changes": [change]}).encode("utf-8", "surrogatepass"))


@CALMLY
@given(
    at=st.integers(0, len(SOUND)),
    cut=st.integers(0, 12),
    put=st.text(alphabet="\n\t :-#{}[],&*!|>'\"%@`0129.eany~?", max_size=6),
)
def test_any_slip_of_the_pen(home, at, cut, put):
    """A sound file with a piece cut out and some signs put in is read or refused."""
    survives(home, (SOUND[:at] + put + SOUND[at + cut :]).encode())
