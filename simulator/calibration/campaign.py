"""One worldview calibrated to the record, and its result written as data that ships."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator import scenario
from simulator.calibration.fit import Fit, fit
from simulator.calibration.members import members
from simulator.calibration.problem import Problem
from simulator.calibration.readings import readings
from simulator.cases import START, solve
from simulator.draws import DEFAULT_WORLDVIEW
from simulator.fentanyl import fentanyl_model
from simulator.fits import home, stored
from simulator.parameters import Z95

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from simulator.calibration.parted import Parted
    from simulator.calibration.sampling import Sample

Array = np.ndarray[Any, np.dtype[np.float64]]

#: The record that the shipped calibration has seen ends here: 1 January 2025.
UNTIL = 2025.0
#: Starts of the search, around the centre of the priors.
STARTS = 128
#: Members fitted for each worldview; ensembles choose among them.
MEMBERS = 256
#: A walk that is not believed after so many minutes is given up; alone on two processors it takes some twelve. Where
#: walkers do not pass between readings these share the minutes, and weighing them takes some more.
MINUTES = 18.0
#: Fewer do where the record was cut off: they are scored, and no policy rests on their differences.
MEMBERS_OF_ORIGINS = 64


@dataclass(frozen=True, eq=False)
class Calibration:
    """A worldview and what the record made of the numbers it leaves open.

    Attributes:
        worldview: its name.
        problem: whose posterior.
        fit: the most probable numbers.
        members: of the posterior, or fitted one by one; shape (member, free).
        read: the best place of each way to read the record; shape (reading, free).
        again: whether the search began from the calibration that shipped before, too.
        sample: the walk from which members were drawn, if there was one.
        moves: how often members that were fitted one by one have been moved since.
    """

    worldview: str
    problem: Problem
    fit: Fit
    members: Array
    read: Array
    again: bool = False
    sample: Sample | Parted | None = None
    moves: int = 0

    @property
    def walk(self) -> str:
        """What tells one walk from another: worldview, record, best fit and the members from which it begins."""
        fit = hashlib.sha256(self.fit.z.tobytes() + self.fit.residuals.tobytes() + self.members.tobytes()).hexdigest()[
            :16
        ]
        return f"{self.worldview}-{self.problem.until:.0f}-{fit}.npz"

    def sampled(
        self,
        minutes: float,
        seed: int,
        *,
        count: int = MEMBERS,
        report: Callable[[str], None] | None = None,
        folder: Path | None = None,
    ) -> Calibration:
        """Return the same with members drawn from the posterior itself; see `posterior`.

        Args:
            count: how many of the draws are kept as members.
            minutes: after which the walk ends, unless it is believed before.
            seed: of all moves.
            report: told of progress.
            folder: where the walk is kept, to go on with if it is interrupted.
        """
        from simulator.calibration.posterior import posterior

        if folder:
            folder.mkdir(parents=True, exist_ok=True)
        with alone():
            found = posterior(
                self.problem, self.members, minutes=minutes, seed=seed, report=report,
                checkpoint=folder and folder / f"{seed}-{self.walk}",
            )  # fmt: skip
        return replace(self, members=found.spread_out(count), sample=found)

    def moved(self, seed: int, *, count: int) -> Calibration:
        """Return the same with so many members, each moved some times over the posterior; see `posterior.moved`."""
        from simulator.calibration.posterior import ROLLS, moved

        with alone():
            found = moved(self.problem, self.members, count, seed)
        return replace(self, members=found, moves=ROLLS)

    def outside(self) -> list[str]:
        """Return the numbers that the record pulls outside their own 90 % range."""
        return [name for name, z in zip(self.problem.free, self.fit.z, strict=True) if abs(z) > Z95]


def calibrate(
    worldview: str = DEFAULT_WORLDVIEW,
    *,
    until: float = UNTIL,
    starts: int = STARTS,
    seed: int = 1,
    count: int = MEMBERS,
    again: bool = False,
    report: Callable[[str], None] | None = None,
) -> Calibration:
    """Fit every number that a worldview leaves open to the record that ends before `until`.

    Args:
        worldview: whose settings are held.
        until: rows of the record that end later are held out.
        starts, seed: of the search for the best fit.
        count: how many members to fit around it.
        again: let as many starts more be the calibration that ships already and its members.
        report: told of progress.

    Raises:
        SimulatorError: when there is no such worldview.
    """
    problem = posed(worldview, until)
    with alone():
        earlier = stored(home(None if until == UNTIL else until) / f"{worldview}.npz") if again else None
        known = earlier.places(problem.free)[:starts] if earlier else None
        found = fit(problem, starts=starts, seed=seed, known=known, report=report)
        read = readings(problem, found.ends, found.costs)
        read[0] = found.z
        if report:
            report(f"{len(read)} ways to read the record")
        drawn, _ = members(problem, found, count, seed, readings=read, report=report)
    return Calibration(worldview, problem, found, drawn, read, again)


def posed(worldview: str, until: float = UNTIL) -> Problem:
    """Return the problem that a worldview and the record before `until` pose.

    Raises:
        SimulatorError: when there is no such worldview.
    """
    model = fentanyl_model()
    settings = scenario.settings(scenario.find(worldview), model.parameters)
    tracks = scenario.resolve(scenario.find("history"), model.parameters, START, until)
    return Problem(model, tracks, until, solve, settings)


def alone() -> Any:  # noqa: ANN401 - a context of threadpoolctl's
    """Keep linear algebra to one thread: its matrices are small, and members need the processors."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    return threadpool_limits(1)
