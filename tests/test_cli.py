"""The command line says what it should, to whom it should, and leaves with the right code."""

import csv
import errno
import hashlib
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import netCDF4
import pytest
import yaml
from typer.testing import CliRunner

from simulator import cases, draws, files
from simulator.cli import app, doctoring, options, telling, touring
from simulator.cli.guarding import explained
from simulator.errors import NumbersFailedError, Problem

FENTSIM = [sys.executable, "-c", "from simulator.cli import main; main()"]
POLICY = """\
name: more-kits
title: More kits
question: >-
  If twice as many kits were handed out, how many more would survive?
builds_on: history
changes:
  - set: naloxone_distribution
    to: 9_000_000 kit/year
    starting: 2027
    because: A programme hands out twice as many kits as before.
    source: assumption
"""


@pytest.fixture
def cli(tmp_path, monkeypatch):
    """Return a function that runs a command, with results under the temporary folder."""
    monkeypatch.setenv("FENTSIM_OUTPUTS", str(tmp_path / "outputs"))
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def policy(tmp_path):
    """Return the path of a policy of our own."""
    path = tmp_path / "more-kits.yaml"
    path.write_text(POLICY, encoding="utf-8")
    return path


def left_behind(folder):
    """Return every file below a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


# What there is -----------------------------------------------------------------------------


def test_scenarios_are_listed_with_their_questions(cli):
    """Each on one line, history first."""
    found = cli("scenarios")

    assert found.exit_code == 0
    assert found.stdout.splitlines()[2].startswith("history")
    assert "What happened from 2013 to today, event by event" in found.stdout


def test_scenarios_as_json_have_the_keys_that_others_rely_on(cli):
    """`conventions.md` names them."""
    rows = json.loads(cli("scenarios", "--json").stdout)

    assert {tuple(row) for row in rows} == {("name", "kind", "title", "question", "side", "claims")}
    assert rows[0]["name"] == rows[0]["kind"] == "history"


def test_quantities_as_json_have_the_keys_that_others_rely_on(cli):
    """`conventions.md` names them."""
    rows = json.loads(cli("quantities", "--json").stdout)

    assert {tuple(row) for row in rows} == {("name", "kind", "unit", "meaning", "source")}
    assert {"stock", "flow", "auxiliary", "uncertainty", "lever", "driver", "switch"} == {row["kind"] for row in rows}


@pytest.mark.parametrize(
    ("pattern", "found", "absent"),
    [("purity", "purity_reference", "naloxone_kits"), ("naloxone_*", "naloxone_kits", "purity ")],
)
def test_quantities_are_found_by_a_part_of_the_name_or_a_pattern(cli, pattern, found, absent):
    """A part looks into names and meanings, a pattern into names."""
    said = cli("quantities", pattern).stdout

    assert found in said
    assert absent not in said


def test_a_pattern_that_finds_nothing_names_the_nearest(cli):
    """And is invalid input."""
    found = cli("quantities", "naloxone_kitz")

    assert found.exit_code == 2
    assert 'Did you mean "naloxone_kits"?' in found.stderr


def test_show_tells_a_scenario_as_it_runs(cli):
    """With every change along the lineage; the text is YAML."""
    found = yaml.safe_load(cli("show", "treat-demand-first").stdout)

    assert json.loads(cli("show", "treat-demand-first", "--json").stdout) == found
    assert found["lineage"] == ["history", "treat-demand-first"]
    assert {change["in"] for change in found["changes"]} == {"history", "treat-demand-first"}


def test_show_tells_a_scenarios_own_changes(cli):
    """Where they are asked for, on one page; what it builds on is one line, with the command that shows it."""
    shown = cli("show", "treat-demand-first", "--own")
    found = yaml.safe_load(shown.stdout)

    assert len(shown.stdout.splitlines()) < 60
    assert len(found["changes"]) == 4
    assert re.search(r"^builds_on: history  # \d+ changes, see: fentsim show history$", shown.stdout, re.MULTILINE)
    assert "fentsim show treat-demand-first --own" in cli("show", "treat-demand-first").stderr
    assert json.loads(cli("show", "treat-demand-first", "--own", "--json").stdout) == found
    assert {"inputs", "lineage"}.isdisjoint(found)
    assert found["not_asked"]


def test_show_names_the_file_that_a_file_builds_on(cli, tmp_path, policy):
    """A name would not be found from anywhere else."""
    own = tmp_path / "still-more-kits.yaml"
    text = POLICY.replace("builds_on: history", "builds_on: more-kits").replace("2027", "2029")
    own.write_text(text.replace("name: more-kits", "name: still-more-kits"), encoding="utf-8")

    said = cli("show", own, "--own").stdout

    assert f"changes, see: fentsim show {policy}\n" in said


def test_show_tells_what_causes_a_quantity_and_what_it_causes(cli):
    """A stock, whose causes are those of its start, and what it acts on."""
    found = json.loads(cli("show", "purity", "--json").stdout)

    assert found["kind"] == "stock"
    assert "fentanyl_potency" in found["causes"]
    assert found["citation"].startswith("US Drug Enforcement Administration (2024)")


def test_show_tells_the_range_of_a_number(cli):
    """With the word for how it may be drawn."""
    said = cli("show", "precursor_slack").stdout

    assert re.search(r"^range +[\d.]+ to [\d.]+$", said, re.MULTILINE)


def test_show_derivatives_prints_a_function_that_python_reads(cli):
    """The straight-line function that is integrated."""
    said = cli("show", "derivatives").stdout

    compile(said, "derivatives", "exec")
    assert said.startswith("def derivatives(time, states, constants, inputs):")


def test_shipped_scenarios_have_no_fault(cli):
    """`check` without files looks at all of them."""
    found = cli("check")

    assert found.exit_code == 0
    assert found.stdout == ""
    assert "no faults" in found.stderr


def test_check_knows_the_design_of_a_sweep(cli, tmp_path):
    """By its folder or its fields; it is checked as a design, beside scenarios, and no scenario is made of it."""
    shipped = files.shipped("scenarios") / "designs" / "small-look.yaml"
    ours = tmp_path / "ours.yaml"
    ours.write_text(shipped.read_text(encoding="utf-8").replace("[history,", "[histroy,"), encoding="utf-8")

    assert cli("check", shipped, shipped.parents[1] / "history.yaml").exit_code == 0
    told = cli("check", ours)
    assert told.exit_code == 2
    assert len(told.stdout.splitlines()) == 1
    assert 'scenarios[0]: There is no scenario "histroy". Did you mean "history"?' in told.stdout
    ran = cli("run", ours).stderr
    assert "It is the design of a sweep, not a scenario. Try it with: fentsim sweep" in ran
    assert len(ran.splitlines()) == 2
    swept = cli("sweep", shipped.parents[1] / "debates" / "supply-or-demand.yaml", "--dry-run").stderr
    assert "It is a debate, not the design of a sweep. Run it with: fentsim debate supply-or-demand" in swept


def test_check_tells_every_fault_with_its_line(cli, tmp_path):
    """Place, fault, remedy; exit 2."""
    path = tmp_path / "wrong.yaml"
    path.write_text(POLICY.replace("more-kits", "wrong").replace("naloxone_distribution", "naloxone_distributoin")
                    .replace("source: assumption", "sauce: assumption"), encoding="utf-8")  # fmt: skip

    found = cli("check", path)

    assert found.exit_code == 2
    assert f"{path}:7: changes[0].set: There is no parameter" in found.stdout
    assert 'Did you mean "naloxone_distribution"?' in found.stdout
    assert "sauce" in found.stdout
    assert json.loads(cli("check", path, "--json").stdout)[0].keys() == {"place", "fault", "remedy"}


# Runs --------------------------------------------------------------------------------------


#: Commands that read somebody's file; `ours` stands for it.
READERS = {
    "run": ["run", "ours"], "compare": ["compare", "history", "ours"], "show": ["show", "ours"],
    "tour": ["tour", "ours"], "discover": ["discover", "ours"], "sensitivity": ["sensitivity", "ours"],
    "robust": ["robust", "history", "ours"],
}  # fmt: skip


@pytest.mark.parametrize("words", READERS.values(), ids=READERS.keys())
def test_every_command_tells_the_faults_that_check_tells(cli, tmp_path, policy, words):
    """Of the form, of names, of the bibliography and of what is watched: in one round."""
    text = POLICY.replace("naloxone_distribution", "naloxone_distributoin").replace("starting: 2027", "starting: soon")
    policy.write_text(f"{text.replace('assumption', 'nobody2020')}watch: [patience, puritty]\n", encoding="utf-8")

    told = cli("check", policy)
    found = cli(*(policy if word == "ours" else word for word in words))

    assert len(told.stdout.splitlines()) == 5
    assert found.exit_code == 2
    assert set(told.stdout.splitlines()) <= set(found.stderr.splitlines())
    assert left_behind(tmp_path) == [policy.name]


@pytest.mark.parametrize("command", ["run", "compare", "discover", "sensitivity", "robust"])
def test_faults_of_several_files_are_told_together(cli, tmp_path, policy, command):
    """A policy, a name and a worldview, in one round; nothing is left behind."""
    policy.write_text(POLICY.replace("naloxone_distribution", "naloxone_distributoin"), encoding="utf-8")
    against = ["--against"] if command in {"discover", "sensitivity"} else []

    said = cli(command, policy, *against, "histroy", "-w", "iron-lore").stderr

    assert said.startswith("3 things keep these files from running.")
    assert {'Did you mean "naloxone_distribution"', 'Did you mean "history"', 'Did you mean "iron-law"'} <= set(
        re.findall(r'Did you mean "[^"]*"', said)
    )
    assert left_behind(tmp_path) == [policy.name]


def test_run_writes_the_folder_that_conventions_describe(cli, tmp_path):
    """Everything is there, its hashes are right, and `latest` points to it."""
    found = cli("run", "history", "--set", "precursor_slack=0.3", "--until", 2020, "--keep", "potency", "--figures")

    latest = tmp_path / "outputs" / "history" / "latest"
    manifest = json.loads((latest / "manifest.json").read_text(encoding="utf-8"))
    assert found.exit_code == 0, found.stderr
    assert re.fullmatch(r"\d{8}T\d{6}Z_[0-9a-f]{7}", str(latest.readlink()))
    assert left_behind(latest) == [
        "design.csv", "figures/history-against-record.png", "log.txt", "manifest.json", "results.nc", "scenario.yaml",
    ]  # fmt: skip
    assert manifest["seed"] == 1
    assert manifest["command"].startswith("fentsim run history --set precursor_slack=0.3")
    for name, about in manifest["files"].items():
        assert about["sha256"] == hashlib.sha256((latest / name).read_bytes()).hexdigest()
    assert [text["name"] for text in yaml.safe_load_all((latest / "scenario.yaml").read_text(encoding="utf-8"))] == [
        "history", "evidence-weighted",
    ]  # fmt: skip
    assert "no interval" in found.stderr
    with netCDF4.Dataset(latest / "results.nc") as file:
        assert file["synthetic_opioid_deaths"].dimensions == ("scenario", "worldview", "member", "time")
        assert file["precursor_slack"][:] == pytest.approx(0.3)
        assert "potency" in file.variables
        assert file["annual/synthetic_opioid_deaths"].shape == (1, 1, 1, 7)
        assert file.command == manifest["command"]


def test_run_with_members_gives_intervals_and_one_row_of_numbers_each(cli, tmp_path):
    """Three members, three rows of the design; the reference engine does."""
    found = cli("run", "history", "-n", 3, "--until", 2016, "--engine", "reference", "--no-figures", "--json")

    said = json.loads(found.stdout)
    design = list(csv.DictReader(io.StringIO((Path(said["output"]) / "design.csv").read_text(encoding="utf-8"))))
    deaths = [row for row in said["outcomes"] if row["outcome"] == "synthetic_opioid_deaths"]
    assert [row["member"] for row in design] == ["0", "1", "2"]
    assert len({row["annual_dose"] for row in design}) == 3
    assert tuple(deaths[0]) == (
        "scenario", "worldview", "outcome", "unit", "year", "median", "lower90", "upper90", "interval",
    )  # fmt: skip
    assert [row["year"] for row in deaths] == [2013, 2014, 2015]
    assert all(row["lower90"] < row["median"] < row["upper90"] for row in deaths)


def test_run_says_how_history_compares_with_the_record(cli):
    """One row a promise, with its verdict."""
    rows = json.loads(cli("run", "history", "--until", 2025, "--json").stdout)["record"]

    assert {"series", "measure", "rows", "start", "end", "error", "r2", "target", "verdict"} <= rows[0].keys()
    assert {row["verdict"] for row in rows} <= {"met", "missed", "no promise"}


def test_run_into_a_file_writes_nothing_else(cli, tmp_path, policy):
    """`-o` is the whole output; a policy of one's own runs by its path."""
    found = cli("run", policy, "--until", 2014, "-o", tmp_path / "a" / "b.nc")

    assert found.exit_code == 0, found.stderr
    assert left_behind(tmp_path) == ["a/b.nc", "more-kits.yaml"]


def test_the_same_seed_gives_the_same_bytes_of_numbers(cli, tmp_path):
    """Two runs, one design."""
    texts = []
    for folder in ("one", "two"):
        cli("run", "history", "-n", 2, "--until", 2014, "--no-figures", "--outputs", tmp_path / folder)
        texts.append((tmp_path / folder / "history" / "latest" / "design.csv").read_bytes())

    assert texts[0] == texts[1]


WORLDVIEW = """
name: tight-suppliers
title: Tight suppliers
question: What if suppliers had hardly any slack?
side: reader
beliefs:
  - set: precursor_slack
    to: 0.2
    because: Chinese plants run near capacity and turn customers away.
    source: assumption
"""


@pytest.fixture
def belief(tmp_path):
    """Return the path of a worldview of our own."""
    path = tmp_path / "tight-suppliers.yaml"
    path.write_text(WORLDVIEW, encoding="utf-8")
    return path


def test_a_worldview_of_ones_own_is_said_to_be_uncalibrated(cli, belief, policy):
    """By run and compare alike, with how far history then is from the record; a shipped one is not."""
    ran = cli("run", "history", "-w", belief, "--no-figures")
    compared = cli("compare", "history", policy, "-n", 1, "-w", belief, "-w", "supply-driven", "--no-figures")

    for found in (ran, compared):
        assert found.exit_code == 0, found.stderr
        assert found.stderr.count("Not calibrated: under tight-suppliers") == 1
        assert re.search(r"misses yearly synthetic-opioid deaths of 2020 to 2024 by \d+ %", found.stderr)
        assert "fentsim calibrate NAME --ship" in found.stderr
        assert "under supply-driven" not in found.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--set", "tolerance_switch=0"], "numbers that the record feels (tolerance_switch)"),
        (["--set", "prevention_effect=0.2", "--set", "kit_price=40"], None),
        (["--set", "tolerance_switch=1"], None),
        (["--prior"], "never held against the record"),
    ],
)
def test_a_number_set_by_hand_is_told_where_the_record_feels_it(cli, words, said):
    """A switch that history hangs on; no effect of what history never tried, no price, no value that it has anyway."""
    found = cli("run", "history", "--until", 2026, *words)

    assert found.exit_code == 0, found.stderr
    if said:
        assert said in found.stderr
    else:
        assert "Not calibrated" not in found.stderr


def test_a_debate_says_under_which_worldviews_nothing_was_fitted(cli, monkeypatch):
    """As of a worldview that was put among the shipped ones and not calibrated yet."""
    uncalibrated = {"retaliation": ["precursor_slack"]}
    monkeypatch.setattr(draws, "overwritten", lambda _model, name, *_given: uncalibrated.get(name, []))

    found = cli("debate", "pressure-or-dialogue", "-n", 2, "--no-figures")

    assert found.exit_code == 0, found.stderr
    told = re.findall(r"Not calibrated: under ([a-z-]+)", found.stderr)
    assert [*uncalibrated] == told


# Comparisons -------------------------------------------------------------------------------


def test_compare_subtracts_the_same_members(cli, policy):
    """More naloxone: fewer die in every member, and the window is ten years from 2027."""
    found = cli("compare", "history", policy, "-n", 2, "--engine", "reference", "--json")

    said = json.loads(found.stdout)
    rows = {row["outcome"]: row for row in said["differences"]}
    deaths = rows["opioid_deaths"]
    assert found.exit_code == 0, found.stderr
    assert tuple(deaths) == (
        "worldview", "scenario", "against", "outcome", "over", "unit", "start", "end", "median", "lower90", "upper90",
        "share_of_sign", "members",
    )  # fmt: skip
    assert (deaths["start"], deaths["end"]) == (2027, 2037)
    assert deaths["upper90"] < 0
    assert deaths["share_of_sign"] == 1
    assert {"cash_cost", "public_cost", "value_of_life_cost", "violent_deaths"} <= rows.keys()
    assert {"people_incarcerated", "people_with_use_disorder", "quality_adjusted_life_years_lost"} <= rows.keys()
    assert rows["tariff_cost_to_households"]["share_of_sign"] is None
    assert "figures/comparison.png" in left_behind(Path(said["output"]))


def test_compare_under_two_worldviews_says_which(cli, policy):
    """A column for the worldview; and a note that a single run has no interval."""
    found = cli("compare", "history", policy, "-n", 1, "-w", "evidence-weighted", "-w", "supply-driven", "--no-figures")

    assert found.exit_code == 0, found.stderr
    assert "supply-driven" in found.stdout
    assert "no interval" in found.stderr


@pytest.mark.slow
def test_the_tour_shows_the_main_job(cli, monkeypatch):
    """Record, paired difference, rivals, figures, and what to try next: what `make run` promises, and no more."""
    found = cli("tour", "-n", 4)

    assert found.exit_code == 0, found.stderr
    assert "promises are kept" in found.stdout
    assert "care-package less supply-package, 2027 to 2036" in found.stdout
    assert "Try next:" in found.stdout
    assert all(rival in found.stdout for rival in touring.RIVALS)
    latest = Path(os.environ["FENTSIM_OUTPUTS"]) / "tour" / "latest"
    assert {"figures/comparison.png", "figures/history-against-record.png", "results.nc"} <= set(left_behind(latest))
    makefile = (files.package().parent / "Makefile").read_text(encoding="utf-8")
    promised = re.search("^run:.*## (.*)", makefile, re.MULTILINE)[1]
    assert "figures" in promised
    assert ("report" in promised) == (latest / "report.html").exists()


@pytest.mark.slow
def test_the_doctor_finds_this_installation_well(cli):
    """A closed form, units, both engines, scenarios, the record, a place to write."""
    found = cli("doctor", "--json")

    said = json.loads(found.stdout)
    assert found.exit_code == 0, said["checks"]
    assert {row["verdict"] for row in said["checks"]} == {"well"}
    assert {"versions", "cache", "checks"} == said.keys()


def test_the_doctor_says_where_results_go(cli, tmp_path, monkeypatch):
    """Where the other commands write, and nowhere else."""
    monkeypatch.setattr("simulator.cli.doctoring.CHECKS", {"a place for results": doctoring.results})

    assert f"results go to {tmp_path / 'outputs'}" in cli("doctor").stdout


def test_the_doctor_leaves_with_three_when_a_check_fails(cli, monkeypatch):
    """A check that breaks has failed, and says how."""
    monkeypatch.setattr("simulator.cli.doctoring.CHECKS", {"a broken one": lambda: 1 / 0})

    found = cli("doctor")

    assert found.exit_code == 3
    assert "ZeroDivisionError" in found.stdout


# What goes wrong ---------------------------------------------------------------------------

WRONG = {
    "no command": (["nonsense"], "nonsense"),
    "no scenario of that name": (["run", "histroy"], 'Did you mean "history"?'),
    "no quantity of that name": (["show", "puritty"], 'Did you mean "purity"?'),
    "no file": (["run", "nowhere/at-all.yaml"], "at-all.yaml"),
    "a worldview is no policy": (
        ["run", "supply-driven"],
        "is a worldview, not a policy. Hold it in a run: fentsim run history -w supply-driven",
    ),
    "a debate is no policy": (
        ["run", "supply-or-demand"],
        "is a debate, not a policy. Run it with: fentsim debate supply-or-demand",
    ),
    "a policy is no worldview": (
        ["run", "history", "-w", "strikes"],
        "is a policy, not a worldview. Run it with: fentsim run strikes",
    ),
    "years that are swapped": (
        ["discover", "strikes", "--from", "2035", "--to", "2030"],
        "comes after 2030. Swap them: --from 2030 --to 2035.",
    ),
    "years of no run": (
        ["discover", "strikes", "--from", "2030", "--to", "2050"],
        "Choose years between 2013 and 2040",
    ),
    "twice the same": (["run", "history", "history"], '"history" comes twice'),
    "no equals sign": (["run", "history", "--set", "purity"], "has no equals sign"),
    "no number": (["run", "history", "--set", "precursor_slack=much"], "does not set a number"),
    "set twice": (["run", "history", "--set", "precursor_slack=1", "--set", "precursor_slack=2"], "is set twice"),
    "no such number": (["run", "history", "--set", "precursor_slak=1"], 'Did you mean "precursor_slack"?'),
    "a lever": (["run", "history", "--set", "tariff_on_china=1"], "belongs to scenarios"),
    "not finite": (["run", "history", "--set", "precursor_slack=nan"], "not a finite number"),
    "less than nothing": (["run", "history", "--set", "kit_price=-4"], "Stay at 0 USD/kit or above"),
    "no time at all": (["run", "history", "--set", "treatment_stay=-1"], "Stay above 0 year: it is a time"),
    "more than the whole": (["run", "history", "--set", "naloxone_cap=5"], "Stay within 0 to 1: it is a share"),
    "no members": (["run", "history", "--members", "0"], "0 is not a number of members"),
    "too many members": (["run", "history", "--members", "999999999"], "do not fit into the memory"),
    "not a count": (["run", "history", "--members", "many"], "--members"),
    "too late": (["run", "history", "--until", "3000"], "outside the years"),
    "so late that nothing fits": (["run", "history", "--until", "1e12"], "1e+12 is outside the years that can be run"),
    **{
        f"{command} {option} {number}": ([command, *named, option, number], f"{option}': ")
        for command, named, option in (
            ("run", ["history"], "--until"),
            ("compare", ["history", "strikes"], "--until"),
            ("compare", ["history", "strikes"], "--discount"),
            ("discover", ["strikes"], "--averting"),
            ("discover", ["strikes"], "--at-most"),
            ("discover", ["strikes"], "--at-least"),
            ("discover", ["strikes"], "--density"),
            ("robust", ["history", "strikes"], "--averting"),
            ("robust", ["history", "strikes"], "--price"),
            ("robust", ["history", "strikes"], "--budget"),
            ("calibrate", [], "--until"),
            ("calibrate", [], "--sample"),
        )
        for number in ("nan", "inf")
    },
    "not a number to set": (["run", "history", "--set", "patience=inf"], "inf is not a finite number"),
    "no such engine": (["run", "history", "--engine", "magic"], "magic"),
    "nothing to keep": (["run", "history", "--keep", "puritty"], 'Did you mean "purity"?'),
    "no NetCDF": (["run", "history", "-o", "results.csv"], "Let its name end in .nc"),
    "alone": (["compare", "history"], "Name two scenarios or more"),
}


@pytest.mark.parametrize(("words", "said"), WRONG.values(), ids=WRONG.keys())
def test_wrong_input_is_told_without_a_traceback(cli, tmp_path, words, said):
    """Exit 2, a sentence on stderr, nothing on stdout, nothing left behind."""
    found = cli(*words)

    assert found.exit_code == 2, found.stderr
    assert said in found.stderr
    assert "Traceback" not in found.stderr
    assert found.stdout == ""
    assert left_behind(tmp_path) == []


def test_debug_shows_the_traceback_wherever_it_stands(cli):
    """Before the command or after it."""
    assert "Traceback" in cli("run", "histroy", "--debug").stderr
    assert "Traceback" in cli("--debug", "run", "histroy").stderr


def test_an_output_that_is_a_directory_is_told(cli, tmp_path):
    """Before anything is run."""
    found = cli("run", "history", "-o", tmp_path)

    assert found.exit_code == 2
    assert f"{tmp_path}: This is a directory. Name a file" in found.stderr


def test_a_folder_of_results_that_is_a_file_is_told(cli, tmp_path):
    """And the file is left as it was."""
    (tmp_path / "outputs").write_text("mine", encoding="utf-8")

    found = cli("run", "history")

    assert found.exit_code == 2
    assert "A file stands where a folder should be." in found.stderr
    assert (tmp_path / "outputs").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("code", "said"),
    [(errno.ENOSPC, "The disk is full."), (errno.EACCES, "You may not write"), (errno.EROFS, "can only be read"),
     (errno.EIO, "Input/output error")],
)  # fmt: skip
def test_a_disk_that_refuses_leaves_nothing_half_written(cli, tmp_path, monkeypatch, code, said):
    """The folder goes, with what was made for it."""

    def refuse(*_, **__):
        raise OSError(code, os.strerror(code), "results.nc")

    monkeypatch.setattr("simulator.dataset._put", refuse)
    found = cli("run", "history", "--until", 2014)
    single = cli("run", "history", "--until", 2014, "-o", tmp_path / "one.nc")

    assert (found.exit_code, single.exit_code) == (2, 2)
    assert said in found.stderr
    assert "results.nc" in found.stderr
    assert "Traceback" not in found.stderr + single.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_in_the_words_of_the_library_is_told(cli, tmp_path, monkeypatch):
    """HDF5 knows only `RuntimeError`."""

    def refuse(*_, **__):
        raise RuntimeError("NetCDF: HDF error")

    monkeypatch.setattr("simulator.dataset._put", refuse)
    found = cli("run", "history", "--until", 2014, "-o", tmp_path / "one.nc")

    assert found.exit_code == 2
    assert "NetCDF: HDF error" in found.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_fails_leaves_the_last_one_in_place(cli, tmp_path, monkeypatch):
    """`latest` still points to it."""
    cli("run", "history", "--until", 2014)
    before = left_behind(tmp_path / "outputs" / "history" / "latest")
    monkeypatch.setattr("simulator.cli.working.design", lambda _: 1 / 0)

    found = cli("run", "history", "--until", 2014)

    assert found.exit_code == 1
    assert "This is a fault of the simulator, not yours: ZeroDivisionError" in found.stderr
    assert left_behind(tmp_path / "outputs" / "history" / "latest") == before
    assert len(list((tmp_path / "outputs" / "history").iterdir())) == 2


def test_numbers_that_fail_are_ours(capsys):
    """Exit 1, and the quantity and date."""
    error = NumbersFailedError([Problem("purity", "It stopped being a finite number in 2019-03.")])

    assert explained(error, traceback=False) == 1
    assert "purity: It stopped being a finite number in 2019-03." in capsys.readouterr().err


def test_an_interruption_is_one_sentence(cli, tmp_path, monkeypatch):
    """Exit 130, and nothing half-written."""

    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("simulator.cases.solve", interrupt)
    found = cli("run", "history")

    assert found.exit_code == 130
    assert "Stopped." in found.stderr
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_scheduler_that_ends_a_run_finds_nothing_half_written(tmp_path, name):
    """As with Ctrl-C; under nohup, which this undoes first, the signal would be ignored."""
    code = (
        "import os, signal, simulator.cases as cases; from simulator.cli import main; "
        f"signal.signal(signal.{name}, signal.SIG_DFL); "
        f"cases.solve = lambda *_, **__: os.kill(os.getpid(), signal.{name}); main()"
    )
    environment = {**os.environ, "FENTSIM_OUTPUTS": str(tmp_path / "outputs")}
    found = subprocess.run(
        [sys.executable, "-c", code, "run", "history"], env=environment, capture_output=True, text=True, check=False
    )

    assert found.returncode == 130, found.stderr
    assert "Stopped." in found.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_broken_pipe_is_quiet():
    """As in `fentsim quantities | head -1`."""
    with subprocess.Popen(
        [*FENTSIM, "quantities"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()

    assert said == ""


# Manners -----------------------------------------------------------------------------------


def test_help_loads_nothing_heavy():
    """So that it answers at once."""
    code = (
        "import sys, simulator.cli; print([m for m in ('numpy', 'pydantic', 'rich.table', 'yaml') if m in sys.modules])"
    )

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_single_run_loads_neither_pandas_nor_numba_nor_matplotlib(tmp_path):
    """So that it takes less than two seconds."""
    code = (
        "import sys\nfrom simulator.cli import app\n"
        f"app(['run', 'history', '--until', '2014', '-o', {str(tmp_path / 'a.nc')!r}], standalone_mode=False)\n"
        "heavy = ('pandas', 'xarray', 'dask', 'numba', 'matplotlib', 'pint', 'rich.table')\n"
        "sys.stderr.write(str([m for m in heavy if m in sys.modules]))"
    )

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stderr.endswith("[]")


def test_tables_are_never_cut_short_when_piped():
    """However narrow the terminal says it is."""
    environment = {**os.environ, "COLUMNS": "40"}
    found = subprocess.run([*FENTSIM, "scenarios"], capture_output=True, text=True, check=True, env=environment)

    assert "…" not in found.stdout
    assert "what follows if nothing more is done?" in found.stdout
    assert "\033" not in found.stdout


def test_options_repeat_the_truth():
    """What `--help` says without loading the model is what the model says."""
    assert cases.END == options.END
    assert draws.DEFAULT_WORLDVIEW == options.WORLDVIEW
    assert set(options.Engine) == set(cases.Engine.__args__)


def test_a_bar_appears_on_a_terminal_after_two_seconds_and_goes(monkeypatch, capsys):
    """And never anywhere else."""
    progress = telling.Progress("Running")
    progress(1, 4)
    progress.begun -= 6
    progress(1, 4)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)

    progress(1, 4)
    progress.close()

    said = capsys.readouterr().err
    assert "Running [######------------------] 1 of 4, about 18 s left" in said
    assert said.endswith("\033[K")


def test_a_terminal_gets_a_drawn_table_with_everything_in_it(monkeypatch, capsys):
    """Long texts are folded, not cut."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    teller = telling.Teller()

    teller.table("A title", telling.cells(a="a", b="b"), [{"a": "short", "b": "word " * 60}])

    said = capsys.readouterr().out
    assert said.count("word") == 60
    assert "…" not in said
