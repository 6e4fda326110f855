"""Sweeps and their stores: complete, resumable whatever stopped them, the same whoever did the work."""

import errno
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import yaml

import simulator
from simulator.errors import SimulatorError
from simulator.experiments import lock, store
from simulator.experiments.opening import opened
from simulator.experiments.rehearsal import rehearse
from simulator.experiments.stopping import StoppedError
from simulator.experiments.sweep import sweep

DESIGN = {
    "question": "Is the store whole, whatever happened to it?",
    "scenarios": ["history", "treat-demand-first"],
    "until": 2014,  # one year, so that blocks are quick
    "vary": {"precursor_slack": "prior", "treatment_stay": "prior"},
    "sample": {"kind": "monte-carlo", "members": 3000},  # three blocks, the last one not full
    "keep": {"quantities": ["synthetic_opioid_deaths", "people_in_treatment"]},
    "reduce": {"quantiles": [0.05, 0.5, 0.95]},
}
RUN = """
import sys
from pathlib import Path
from simulator.experiments.sweep import sweep

if __name__ == "__main__":
    sweep(Path(sys.argv[1]), Path(sys.argv[2]), resume=True)
"""


def written(folder, **changes):
    """Write the design with some fields changed, and return its path."""
    path = folder / "design.yaml"
    path.write_text(yaml.safe_dump({**DESIGN, **changes}, sort_keys=False))
    return path


def contents(place):
    """Return every file of a store, its marks and summaries included, by name."""
    side = place.with_suffix(".sweep")
    files = [*place.rglob("*"), *(side / "blocks").iterdir(), *(side / "parts").iterdir()]
    found = {}
    for file in files:
        if file.is_file():
            text = file.read_bytes()
            for folder in (b".zarr/", b".sweep/"):  # marks name files by the folder of their own store
                text = text.replace(place.stem.encode() + folder, b"store" + folder)
            found[file.relative_to(place.parent).as_posix().removeprefix(place.stem)] = text
    return found


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A sweep that nothing disturbed: its design, its store, what was said of it."""
    folder = tmp_path_factory.mktemp("whole")
    design = written(folder)
    return design, folder / "store.zarr", sweep(design, folder / "store.zarr")


def started(design, place):
    """Start a sweep in another process; it goes on with what is there."""
    return subprocess.Popen([sys.executable, "-W", "error", "-c", RUN, str(design), str(place)], start_new_session=True)


def blocks(place):
    """Return the marks of the blocks that are done."""
    return sorted((place.with_suffix(".sweep") / "blocks").glob("[0-9]*.json"))


def test_members_are_those_of_a_run(tmp_path):
    """A posterior sample stores what `simulate` gives, to single precision; totals are its exact years."""
    sample = {"kind": "posterior", "members": 5, "seed": 2}
    design = written(tmp_path, vary={}, sample=sample, until=2015)
    sweep(design, tmp_path / "store.zarr")
    ours = opened(tmp_path / "store.zarr", check=True)
    run = simulator.simulate(DESIGN["scenarios"], members=5, seed=2, until=2015, engine="ensemble")
    years = simulator.annual(run)

    assert ours.synthetic_opioid_deaths.dims == ("scenario", "worldview", "member", "calendar_year")
    np.testing.assert_allclose(ours.synthetic_opioid_deaths, years.synthetic_opioid_deaths, rtol=1e-5)
    np.testing.assert_allclose(ours.people_in_treatment, run.people_in_treatment[..., ::12], rtol=1e-5)
    assert ours.synthetic_opioid_deaths.attrs["units"] == "person"
    assert ours.people_in_treatment.attrs["cell_methods"].startswith("calendar_year: point")


def test_monthly_members_and_annual_reduction(tmp_path):
    """Months are kept, years reduced; the years are the sums of the months."""
    keep = {"quantities": DESIGN["keep"]["quantities"], "resolution": "monthly"}
    design = written(tmp_path, keep=keep, sample={"kind": "monte-carlo", "members": 40}, until=2015)
    found = sweep(design, tmp_path / "store.zarr")
    ours, reduced = opened(tmp_path / "store.zarr"), xr.open_dataset(found.reduced)
    years = ours.synthetic_opioid_deaths.astype(float).groupby("time.year").sum("time") / 12
    ours.close()
    reduced.close()

    assert str(ours.time.values[13])[:10] == "2014-02-01"
    np.testing.assert_allclose(reduced.synthetic_opioid_deaths_mean, years.mean("member"), rtol=1e-6)


@pytest.mark.slow
def test_a_rate_that_no_run_integrates_is_integrated_along(tmp_path):
    """Totals of any kept rate are exact: equal to the sum of 12 months, each also exact."""
    keep = {"quantities": ["admissions"]}
    for name, resolution in (("years", "annual"), ("months", "monthly")):
        design = written(
            tmp_path, keep={**keep, "resolution": resolution}, sample={"kind": "monte-carlo", "members": 2}
        )
        sweep(design, tmp_path / f"{name}.zarr")
    years, months = opened(tmp_path / "years.zarr").admissions, opened(tmp_path / "months.zarr").admissions

    np.testing.assert_allclose(years[..., 0], months.astype(float).mean("time"), rtol=1e-6)


def test_the_store_explains_itself(whole):
    """Attributes, coordinates, drawn numbers and the manifest say what this is and where it comes from."""
    design, place, found = whole
    ours, manifest = opened(place, check=True), json.loads((place.with_suffix(".sweep") / "manifest.json").read_text())

    assert ours.sizes == {"scenario": 2, "worldview": 1, "member": 3000, "calendar_year": 1, "parameter": 2}
    assert {"seed", "commit", "version", "packages", "parameters_sha256", "design_text", "scenario_text"} <= set(
        ours.attrs
    )
    assert ours.attrs["complete"] == "yes"
    assert ours.attrs["measured_integration_error"] == found.error < 1e-3
    assert ours.attrs["about_integration_error"].startswith("the worst of some members")  # that of a run is of one
    assert ours.failed.dtype == bool
    assert list(ours.parameter) == ["precursor_slack", "treatment_stay"]
    assert ours.synthetic_opioid_deaths.data.chunksize == (1, 1, 1024, 1)
    assert manifest["design"] == design.read_text()
    assert set(manifest["identity"]) == {"design", "scenario or worldview", "set of numbers", "set of equations"}
    assert (place.with_suffix(".sweep") / "design.csv").read_text().count("\n") == 3001


def test_reduction_equals_numpy_over_the_members(whole):
    """Means, variances, quantiles and paired differences are those of the stored members."""
    _, place, found = whole
    values = opened(place).synthetic_opioid_deaths.values.astype(float)
    change = values[1] - values[0]
    with xr.open_dataset(found.reduced) as reduced:
        assert reduced.counted_values.values.tolist() == [[3000], [3000]]
        np.testing.assert_allclose(reduced.synthetic_opioid_deaths_mean, values.mean(axis=2), rtol=1e-6)
        np.testing.assert_allclose(reduced.synthetic_opioid_deaths_variance, values.var(axis=2, ddof=1), rtol=1e-4)
        expected = np.moveaxis(np.quantile(values, [0.05, 0.5, 0.95], axis=2, method="inverted_cdf"), 0, 2)
        np.testing.assert_allclose(
            reduced.synthetic_opioid_deaths, expected, rtol=reduced.attrs["quantile_accuracy"] * 1.001
        )
        np.testing.assert_allclose(reduced.synthetic_opioid_deaths_change_mean[1], change.mean(axis=1), atol=1e-2)
        assert np.isnan(reduced.synthetic_opioid_deaths_change_mean[0]).all()  # the first has nothing to differ from


def test_without_members_the_reduction_is_the_same(whole, tmp_path):
    """`members: none` stores no member, and reduces to the same numbers."""
    found = sweep(written(tmp_path, keep={**DESIGN["keep"], "members": "none"}), tmp_path / "store.zarr")
    with xr.open_dataset(found.reduced) as ours, xr.open_dataset(whole[2].reduced) as theirs:
        xr.testing.assert_equal(ours, theirs)

    assert "people_in_treatment" not in opened(tmp_path / "store.zarr")


def test_a_store_is_not_overwritten(whole):
    """Without --resume, a store that is there is left alone; with it, a whole one has nothing to do."""
    design, place, _ = whole
    before = contents(place)
    with pytest.raises(SimulatorError, match=r"There is a store already\. Go on with it by --resume"):
        sweep(design, place)

    assert sweep(design, place, resume=True).runs == 0
    assert contents(place) == before


def test_another_design_is_refused(whole, tmp_path):
    """A store goes on with its own design, numbers and equations, and names what differs."""
    _, place, _ = whole
    with pytest.raises(SimulatorError, match=r"made with a different design\. Choose another place"):
        sweep(written(tmp_path, sample={"kind": "monte-carlo", "members": 3001}), place, resume=True)
    with pytest.raises(SimulatorError, match="different design and a different scenario or worldview"):
        sweep(written(tmp_path, worldviews=["supply-driven"]), place, resume=True)


def test_killed_and_resumed_is_the_same(whole, tmp_path):
    """SIGKILL at random moments, then --resume: every file is as in the sweep that nothing disturbed."""
    design, place = written(tmp_path), tmp_path / "killed.zarr"
    assert killed_often(design, place, times=3, seed=1) == 3

    assert started(design, place).wait() == 0
    assert contents(place) == contents(whole[1])


@pytest.mark.slow
def test_killed_twenty_times_and_resumed_is_the_same(whole, tmp_path):
    """Twenty kills, wherever they fell: while starting, writing, marking or reducing."""
    design, place = written(tmp_path), tmp_path / "killed.zarr"
    assert killed_often(design, place, times=20, seed=2) == 20

    assert started(design, place).wait() == 0
    assert contents(place) == contents(whole[1])


def killed_often(design, place, *, times, seed):
    """Kill a sweep again and again at a random moment after it has begun; return how often it was hit.

    When it gets to its end first, its last block is taken away so that there is work left.
    """
    dice, hits = np.random.default_rng(seed), 0
    for _ in range(times * 3):
        process = started(design, place)
        held = place.with_suffix(".sweep") / "lock"
        while process.poll() is None and not lock.holder(held):
            time.sleep(0.005)
        time.sleep(dice.uniform(0, 0.6))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            hits += 1
        process.wait()
        if hits == times:
            break
        if len(blocks(place)) > 4:
            blocks(place)[-1].unlink()
            blocks(place)[0].unlink()
    return hits


def test_damage_is_found_and_only_its_block_done_again(whole, tmp_path):
    """One flipped byte, one missing chunk: named, done again, and nothing else is touched."""
    design, place = written(tmp_path), tmp_path / "hurt.zarr"
    sweep(design, place)
    expected = contents(place)
    flipped = place / "people_in_treatment" / "c" / "1" / "0" / "1" / "0"
    missing = place / "synthetic_opioid_deaths" / "c" / "0" / "0" / "2" / "0"
    content = bytearray(flipped.read_bytes())
    content[-1] ^= 1
    flipped.write_bytes(content)
    missing.unlink()
    ages = {mark.name: mark.stat().st_mtime_ns for mark in blocks(place)}
    with pytest.raises(SimulatorError, match="not as it was written"):
        opened(place, check=True)
    found = sweep(design, place, resume=True)
    renewed = [mark.name for mark in blocks(place) if mark.stat().st_mtime_ns != ages[mark.name]]

    assert found.runs == 1024 + (3000 - 2048)
    assert set(found.repaired) == {file.relative_to(tmp_path).as_posix() for file in (flipped, missing)}
    assert renewed == ["0-0-2.json", "1-0-1.json"]
    assert contents(place) == expected == contents(whole[1])


def test_damaged_description_is_mended(tmp_path):
    """What describes the arrays is written anew on --resume."""
    design, place = written(tmp_path, sample={"kind": "monte-carlo", "members": 8}), tmp_path / "store.zarr"
    sweep(design, place)
    expected = contents(place)
    (place / "zarr.json").write_text("{")
    (place / "failed" / "zarr.json").unlink()
    sweep(design, place, resume=True)

    assert contents(place) == expected


@pytest.mark.parametrize("call", [1, 9, 20, 40])
def test_a_full_disk_stops_cleanly(whole, tmp_path, monkeypatch, call):
    """When the disk is full the remedy is told; with room again, --resume makes the same store."""
    design, place, calls = written(tmp_path), tmp_path / "full.zarr", []
    flush = os.fsync

    def full(handle):
        calls.append(handle)
        if len(calls) >= call:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "chunk")
        flush(handle)

    monkeypatch.setattr(store.os, "fsync", full)
    with pytest.raises(StoppedError, match=r"The disk is full.*--resume"):
        sweep(design, place)
    monkeypatch.undo()
    sweep(design, place, resume=True)

    assert contents(place) == contents(whole[1])


def test_files_reach_the_disk_where_folders_cannot_be_opened(tmp_path, monkeypatch):
    """On Windows a folder cannot be opened, nor a file flushed that is only read: files are flushed, folders left."""
    opened_as, flushed, real = {}, [], os.open

    def windows(path, flags):
        if path.is_dir():
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        handle = real(path, flags)
        opened_as[handle] = flags
        return handle

    def flush(handle):
        if not opened_as[handle] & os.O_RDWR:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        flushed.append(handle)

    file = tmp_path / "chunk"
    file.write_bytes(b"numbers")
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(store.os, "name", "nt")
        elsewhere.setattr(store.os, "open", windows)
        elsewhere.setattr(store.os, "fsync", flush)
        for path in (file, tmp_path):
            store._flush(path)

    assert len(flushed) == 1


def test_control_c_stops_after_the_block(whole, tmp_path):
    """Ctrl-C lets the block finish, says how to go on, and --resume goes on."""
    design, place = written(tmp_path), tmp_path / "stopped.zarr"
    with pytest.raises(StoppedError, match=r"every finished block is in place.*--resume") as caught:
        sweep(design, place, progress=lambda _done, _total: os.kill(os.getpid(), signal.SIGINT))
    with pytest.raises(SimulatorError, match="Only 1 of 6 blocks are done"):
        opened(place)
    found = sweep(design, place, resume=True)

    assert caught.value.interrupted
    assert np.isnan(opened(place, partial=True).people_in_treatment).sum() == 0
    assert found.runs == 2 * 3000 - 1024
    assert contents(place) == contents(whole[1])


def test_two_writers_are_refused(tmp_path):
    """A store that is being written names the process; readers are told too."""
    design, place = written(tmp_path, sample={"kind": "monte-carlo", "members": 8}), tmp_path / "store.zarr"
    sweep(design, place)
    with lock.held(place.with_suffix(".sweep") / "lock"):
        with pytest.raises(SimulatorError, match=f"being written by process {os.getpid()} on {socket.gethostname()}"):
            sweep(design, place, resume=True)
        with pytest.raises(SimulatorError, match="being written by process"):
            opened(place)

    assert opened(place).sizes["member"] == 8


@pytest.mark.parametrize(("host", "is_stale"), [(socket.gethostname(), True), ("elsewhere", False)])
def test_stale_locks(tmp_path, host, is_stale):
    """The lock of a dead process of this machine is taken over; one from elsewhere is believed."""
    path = tmp_path / "lock"
    path.write_text(json.dumps({"pid": 1, "host": host}))

    assert (lock.holder(path) == {}) == is_stale
    if is_stale:
        with lock.held(path):
            pass
    else:
        with pytest.raises(SimulatorError, match="process 1 on elsewhere"), lock.held(path):
            pass


def test_failed_members_are_counted_and_listed(tmp_path):
    """A member that leaves the finite numbers is NaN, flagged, and told by number."""
    (tmp_path / "draws.csv").write_text("release_period\n0.06\n1e-300\n0.07\n")
    design = written(tmp_path, vary={}, sample={"kind": "file", "file": "draws.csv"})
    found = sweep(design, tmp_path / "store.zarr")
    ours = opened(tmp_path / "store.zarr")

    assert found.failed == {f"{name} under evidence-weighted": (1,) for name in DESIGN["scenarios"]}
    assert ours.failed.values[:, 0].tolist() == [[False, True, False]] * 2
    assert np.isnan(ours.people_in_treatment.values[:, 0, 1]).all()
    with xr.open_dataset(found.reduced) as reduced:
        assert (reduced.counted_values == 2).all()


def test_rehearsal(whole):
    """A dry run counts what the sweep then does, and writes nothing."""
    design, place, found = whole
    rehearsed = rehearse(design)

    assert (rehearsed.runs, rehearsed.blocks) == (found.runs, len(blocks(place))) == (6000, 6)
    assert rehearsed.bytes == 3000 * (2 * (2 * 1 * 4 + 1) + 2 * 8)  # two quantities, one year, flags; numbers drawn
    assert rehearsed.rate > 0


MEMORY = """
import resource, sys
from pathlib import Path
from simulator.experiments.sweep import sweep

if __name__ == "__main__":
    sweep(Path(sys.argv[1]), Path(sys.argv[2]))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def test_memory_does_not_grow_with_members(tmp_path):
    """Six times as many members need at most 30 MB more at the peak."""
    peaks = []
    for members in (2048, 12288):
        design = written(tmp_path, scenarios=["history"], sample={"kind": "monte-carlo", "members": members})
        place = tmp_path / f"{members}.zarr"
        told = subprocess.run([sys.executable, "-c", MEMORY, design, place], capture_output=True, text=True, check=True)
        peaks.append(int(told.stdout))

    assert peaks[1] - peaks[0] < 30, peaks


DASK = """
import os, signal, sys, threading, time
from pathlib import Path
from distributed import LocalCluster
from simulator.experiments.sweep import sweep

if __name__ == "__main__":
    design, place = map(Path, sys.argv[1:])
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50) as cluster:
        thread = threading.Thread(target=sweep, args=(design, place), kwargs={"cluster": cluster.scheduler_address})
        thread.start()
        while not list(place.with_suffix(".sweep").glob("blocks/[0-9]*.json")):
            time.sleep(0.01)
        os.kill(cluster.workers[0].pid, signal.SIGKILL)
        thread.join()
"""


def test_a_killed_worker_is_made_up_for(tmp_path):
    """One of two Dask workers is killed at work: the store is the one that threads make."""
    sample = {"kind": "monte-carlo", "members": 5 * 1024}
    design = written(tmp_path, sample=sample)
    subprocess.run(
        [sys.executable, "-c", DASK, design, tmp_path / "dask.zarr"], check=True, timeout=120, capture_output=True
    )
    sweep(design, tmp_path / "threads.zarr")

    assert contents(tmp_path / "dask.zarr") == contents(tmp_path / "threads.zarr")


@pytest.mark.slow
def test_jobs_make_the_same_store(whole, tmp_path):
    """`--jobs 2` gives the store of threads, byte by byte."""
    code = RUN.replace("resume=True", "jobs=2")
    design = written(tmp_path)
    subprocess.run(
        [sys.executable, "-c", code, design, tmp_path / "jobs.zarr"], check=True, timeout=120, capture_output=True
    )

    assert contents(tmp_path / "jobs.zarr") == contents(whole[1])


def test_nobody_at_the_address(tmp_path):
    """A scheduler that is not there is said to be so."""
    design = written(tmp_path, sample={"kind": "monte-carlo", "members": 2})
    with pytest.raises(SimulatorError, match="Nobody answers at nowhere"):
        sweep(design, tmp_path / "store.zarr", cluster="nowhere")


def test_a_store_ends_in_zarr(tmp_path):
    """Another name is refused before anything is made."""
    with pytest.raises(SimulatorError, match=r"End it in \.zarr"):
        sweep(written(tmp_path), Path(tmp_path / "store"))
