"""Members fitted to a record that was cut off, run on into the years that they had not seen."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING

from simulator import fits, scenario
from simulator.calibration.campaign import UNTIL
from simulator.calibration.problem import Problem as Calibrating
from simulator.cases import START, solve
from simulator.draws import DEFAULT_WORLDVIEW, normals
from simulator.errors import Problem, SimulatorError, refuse
from simulator.fentanyl import fentanyl_model
from simulator.files import package
from simulator.scoring.events import frozen

if TYPE_CHECKING:
    from pathlib import Path

    from simulator.integrate.tracks import Tracks
    from simulator.scoring.events import Mode
    from simulator.solution import Solution

#: Last years of the truncated records: before the pandemic, at the plateau, at its end, at the turn.
ORIGINS = (2019, 2021, 2022, 2023)
#: Where the record ends: 1 January of this year.
RECORD_END = UNTIL
#: Members of a calibration that fitted none: drawn from its Gaussian.
DRAWN = 64


def path(worldview: str, origin: int, folder: Path | None = None) -> Path:
    """Return where the calibration to the record through the year `origin` is kept."""
    until = origin + 1
    return (folder / str(until) if folder else fits.home(until)) / f"{worldview}.npz"


def available(origin: int, folder: Path | None = None) -> set[str]:
    """Return the worldviews, rivals of each other, that were fitted to the record through `origin`."""
    return {each.stem for each in path("", origin, folder).parent.glob("*.npz")} - {DEFAULT_WORLDVIEW}


def digest(file: Path) -> str:
    """Return the short hash of a calibration, or nothing where it is not there."""
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16] if file.exists() else ""


@cache
def model_digest() -> str:
    """Return the short hash of every equation, number and event that a score depends on."""
    found = hashlib.sha256()
    for each in sorted(package("sectors").glob("*.*")):
        if each.suffix in (".py", ".yaml"):
            found.update(each.name.encode() + each.read_bytes())
    found.update(repr(_history(START, RECORD_END)).encode())
    return found.hexdigest()[:16]


def _history(start: float, end: float) -> tuple[list[float], list[list[float]], list[list[float]]]:
    tracks = scenario.resolve(scenario.find("history"), fentanyl_model().parameters, start, end)
    return tracks.edges.tolist(), tracks.levels.tolist(), tracks.slopes.tolist()


def history(mode: Mode, origin: int, end: float) -> Tracks:
    """Return what happened, with or without the dated events after the year `origin`."""
    tracks = scenario.resolve(scenario.find("history"), fentanyl_model().parameters, START, end)
    return tracks if mode == "knowing" else frozen(tracks, origin + 1)


def run(file: Path, tracks: Tracks, *, seed: int = 1) -> Solution:
    """Run every member of a calibration along tracks, from their start to their end.

    A number that the truncated record could not feel, such as what an event does that was still
    to come, is in every fitted member as its prior drew it.

    Raises:
        SimulatorError: when there is no calibration, or it was made for other beliefs or priors.
    """
    model, worldview = fentanyl_model(), file.stem
    found = fits.stored(file)
    shorter = f" --until {file.parent.name}" if file.parent.name.isdigit() else ""
    again = f"Make it: fentsim calibrate {worldview}{shorter} --ship"
    if found is None:
        raise SimulatorError([Problem(worldview, "It was not calibrated to this record.", again)])
    settings = scenario.settings(scenario.find(worldview), model.parameters)
    problem = Calibrating(model, tracks, float(tracks.edges[-1]), solve, settings)
    faults = []
    if set(found.names) != set(problem.free) or dict(found.fixed) != dict(settings):
        faults.append(Problem(worldview, "Its calibration leaves other numbers open than it does now.", again))
    elif not found.is_of(model.parameters):
        faults.append(Problem(worldview, "Its calibration was made with other priors.", again))
    refuse(faults, f"{file.parent.name}/{file.name} cannot be used.")
    z = found.at(normals(len(found.names), DRAWN, seed)) if found.members is None else found.members
    places = {name: column for column, name in enumerate(found.names)}
    return problem.solution(z[:, [places[name] for name in problem.free]])
