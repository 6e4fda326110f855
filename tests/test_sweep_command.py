"""`fentsim sweep`: what it prints, and how it ends."""

import json
import os
import signal

import pytest
import typer
import yaml
from typer.testing import CliRunner

from simulator import files
from simulator.cli.guarding import Guarded
from simulator.cli.sweep import sweep
from simulator.experiments import sweep as sweeping

SMALL = files.shipped("scenarios") / "designs" / "small-look.yaml"


@pytest.fixture
def fentsim():
    """Return a function that runs `fentsim sweep` with some words."""
    app = typer.Typer(cls=Guarded, pretty_exceptions_enable=False)
    app.callback()(lambda: None)
    app.command()(sweep)
    return lambda *words: CliRunner().invoke(app, ["sweep", *map(str, words)])


def test_dry_run(fentsim):
    """Runs, blocks, bytes, rate and minutes, as a table or as JSON; nothing is written."""
    table, text = fentsim(SMALL, "--dry-run"), fentsim(SMALL, "--dry-run", "--json")

    assert (table.exit_code, text.exit_code) == (0, 0)
    assert "128" in table.stdout
    assert json.loads(text.stdout)["runs"] == 128


def test_sweep_and_resume(fentsim, tmp_path):
    """A sweep says where its results are; again without --resume it is refused with code 2."""
    place = tmp_path / "small.zarr"
    first, again, resumed = fentsim(SMALL, "-o", place), fentsim(SMALL, "-o", place), None
    resumed = fentsim(SMALL, "-o", place, "--resume", "--json")

    assert first.exit_code == 0, first.output
    assert "128 runs" in first.stdout
    assert (tmp_path / "small.sweep" / "reduced.nc").exists()
    assert again.exit_code == 2
    assert "Go on with it by --resume" in again.stderr
    assert resumed.exit_code == 0
    assert json.loads(resumed.stdout)["runs"] == 0


def test_without_a_place_the_store_stands_among_all_results(fentsim, tmp_path, monkeypatch):
    """Where `run` and `compare` write too, whatever the folder one stands in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FENTSIM_OUTPUTS", str(tmp_path / "mine"))
    found = fentsim(SMALL, "--json")

    assert json.loads(found.stdout)["store"] == str(tmp_path / "mine" / SMALL.stem / "results.zarr")
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_faults_of_a_design_end_with_code_2(fentsim, tmp_path):
    """A design that cannot be run is told line by line."""
    path = tmp_path / "design.yaml"
    path.write_text(yaml.safe_dump({"question": "What is this?"}))
    found = fentsim(path)

    assert found.exit_code == 2
    assert f"{path}:1: question: This is not a question." in found.stderr


def test_a_place_that_cannot_be_written_is_told_before_anything_is_begun(fentsim, tmp_path):
    """Another place helps, and not --resume; exit 2, and nothing is left behind."""
    (tmp_path / "mine").write_text("mine", encoding="utf-8")
    found = fentsim(SMALL, "-o", tmp_path / "mine" / "small.zarr")

    assert found.exit_code == 2
    assert "A file stands where a folder should be. Choose another place." in found.stderr
    assert "--resume" not in found.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_control_c_ends_with_code_130(fentsim, tmp_path, monkeypatch):
    """An interrupted sweep says how to go on."""
    tell = sweeping._Run.tell

    def interrupted(run, block, mark):
        tell(run, block, mark)
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(sweeping._Run, "tell", interrupted)
    found = fentsim(SMALL, "-o", tmp_path / "small.zarr")

    assert found.exit_code == 130
    assert "Go on with the same command and --resume." in found.stderr
