"""`fentsim doctor`: is this installation sound, and does it still know answers that are known?"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

import typer

from simulator.cli.guarding import CHECK_FAILED
from simulator.cli.options import Json
from simulator.cli.telling import Teller, cells

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.emission import System

#: How far engines may be from an answer known in closed form, and from each other.
TOLERANCE, AGREEMENT = 1e-5, 1e-4


def doctor(json: Json = False) -> None:
    """Check the installation: versions, caches, and answers that are known beforehand."""
    from simulator.integrate import compilation

    teller = Teller(json)
    known = versions()
    cache = str(compilation.folder())
    listed = [{"name": name, "version": version} for name, version in known.items()]
    teller.table("", cells(name="name", version="version"), listed)
    teller.say(f"Compiled equations are kept in {cache}")
    rows = [examined(name, check) for name, check in CHECKS.items()]
    teller.say()
    teller.table("", cells(check="check", verdict="verdict", detail="detail", seconds="seconds"), rows)
    teller.result({"versions": known, "cache": cache, "checks": rows})
    if any(row["verdict"] == "failed" for row in rows):
        teller.note("Something is wrong with this installation; the table says what.")
        raise typer.Exit(CHECK_FAILED)


def versions() -> dict[str, str]:
    """Return the versions that results depend on."""
    import platform
    from importlib.metadata import version

    from simulator.provenance import PACKAGES, commit, own_version

    packages = {name: version(name) for name in (*PACKAGES, "pandas", "netCDF4", "matplotlib", "pint", "typer")}
    return {"fentsim": own_version(), "commit": commit(), "python": platform.python_version(), **packages}


def examined(name: str, check: Callable[[], tuple[bool, str]]) -> dict[str, Any]:
    """Carry out one check; a check that breaks has failed."""
    begun = time.perf_counter()
    try:
        sound, detail = check()
    except Exception as error:  # noqa: BLE001 - whatever it is, it belongs in the table
        sound, detail = False, f"{type(error).__name__}: {error}"
    seconds = round(time.perf_counter() - begun, 2)
    return {"check": name, "verdict": "well" if sound else "failed", "detail": detail, "seconds": seconds}


def bathtub() -> System:
    """Return a tub that fills at a rising rate and drains by its own level: its course is known exactly."""
    from simulator.emission import System

    return System(
        states=("level", "total_drain"), constants=("share",), inputs=("tap",),
        assignments=(("drain", "share * level"),), rates=("tap - drain", "drain"), scales=(1.0, 1.0),
        starts=(("level", "tap / share"),),
    )  # fmt: skip


def known_answer() -> tuple[bool, str]:
    """Integrate the tub with both engines, and hold it against its closed form."""
    import numpy as np

    from simulator.integrate import ensemble, reference
    from simulator.integrate.tracks import Tracks

    share, tap, rise, end = 0.5, 2.0, 0.3, 8.0
    tracks = Tracks(np.array([0.0, end]), np.array([[tap]]), np.array([[rise]]))
    times, constants = np.linspace(0, end, 9), np.array([share])
    exact = tap / share + rise / share * (times - (1 - np.exp(-share * times)) / share)
    one = reference.integrate(bathtub(), constants, tracks, times).states[0]
    many = ensemble.integrate(bathtub(), np.tile(constants, (3, 1)), tracks, times).states[:, 0]
    errors = [float(np.max(np.abs(found / exact - 1))) for found in (one, many)]
    return max(errors) < TOLERANCE, f"relative error {errors[0]:.1e} (reference), {errors[1]:.1e} (ensemble)"


def units() -> tuple[bool, str]:
    """Call every equation of the model with its units."""
    from simulator.fentanyl import fentanyl_model

    model = fentanyl_model(check_units=True)
    return True, f"{len(model.equations)} equations, {len(model.parameters)} numbers"


def engines() -> tuple[bool, str]:
    """Run history with both engines, and compare what they say of deaths."""
    import numpy as np

    from simulator.cases import cases

    said = []
    for engine in ("reference", "ensemble"):
        solution = cases(["history"], engine=engine)[0].solution
        said.append(solution.annual_means("synthetic_opioid_deaths")[1][0])
    error = float(np.max(np.abs(said[1] / said[0] - 1)))
    return error < AGREEMENT and math.isfinite(error), f"deaths of any year differ by {error:.1e} at most"


def scenarios() -> tuple[bool, str]:
    """Load every shipped scenario."""
    from simulator.scenario import catalogue

    return True, f"{len(catalogue())} files load"


def record() -> tuple[bool, str]:
    """Read every series of the record."""
    from simulator.record.reading import record as read
    from simulator.record.reading import series

    return True, f"{sum(len(read(name).values) for name in series()):,} values in {len(series())} series"


def results() -> tuple[bool, str]:
    """Write into the folder of results, and take it away again."""
    import tempfile

    from simulator.report.folder import home

    place = home()
    above = next(folder for folder in (place, *place.parents) if folder.exists())
    with tempfile.NamedTemporaryFile(dir=above):
        return True, f"results go to {place}"


CHECKS: dict[str, Callable[[], tuple[bool, str]]] = {
    "a tub of water, against its closed form": known_answer,
    "units of every equation": units,
    "the two engines agree": engines,
    "scenarios": scenarios,
    "the record": record,
    "a place for results": results,
}
