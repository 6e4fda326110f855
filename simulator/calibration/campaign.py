"""One worldview calibrated to the record, and its result written as data that ships."""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator import scenario
from simulator.calibration.fit import Fit, fit
from simulator.calibration.members import members
from simulator.calibration.problem import Problem
from simulator.cases import START, solve
from simulator.draws import DEFAULT_WORLDVIEW
from simulator.fentanyl import fentanyl_model
from simulator.fits import home, narrowed, priors_hash, stored
from simulator.parameters import Z95
from simulator.provenance import commit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from simulator.calibration.sampling import Sample

Array = np.ndarray[Any, np.dtype[np.float64]]

#: The record that the shipped calibration has seen ends here: 1 January 2025.
UNTIL = 2025.0
#: Members fitted for each worldview; ensembles choose among them.
MEMBERS = 256
#: A walk that is not believed after so many minutes is given up; on two processors it takes two or three.
MINUTES = 18.0
#: Fewer do where the record was cut off: they are scored, and no policy rests on their differences.
MEMBERS_OF_ORIGINS = 64


@dataclass(frozen=True, eq=False)
class Calibration:
    """A worldview and what the record made of the numbers it leaves open."""

    worldview: str
    problem: Problem
    fit: Fit
    members: Array
    again: bool = False
    sample: Sample | None = None
    moves: int = 0

    @property
    def walk(self) -> str:
        """What tells one walk from another: worldview, record, and the best fit that it begins around."""
        fit = hashlib.sha256(self.fit.z.tobytes() + self.fit.residuals.tobytes()).hexdigest()[:16]
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
    starts: int = 4,
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
        again: let the first start be the calibration that ships already, and the others its members.
        report: told of progress.

    Raises:
        SimulatorError: when there is no such worldview.
    """
    model = fentanyl_model()
    settings = scenario.settings(scenario.find(worldview), model.parameters)
    tracks = scenario.resolve(scenario.find("history"), model.parameters, START, until)
    problem = Problem(model, tracks, until, solve, settings)
    with alone():
        first, others = _shipped_places(problem, worldview) if again else (None, None)
        found = fit(problem, starts=starts, seed=seed, first=first, others=others, report=report)
        drawn, _ = members(problem, found, count, seed, report)
    return Calibration(worldview, problem, found, drawn, again)


def _shipped_places(problem: Problem, worldview: str) -> tuple[Array | None, Array | None]:
    """Return the shipped fit and its members, numbers they do not know at their centre; (free,), (member, free)."""
    earlier = stored(home(None if problem.until == UNTIL else problem.until) / f"{worldview}.npz")
    if earlier is None:
        return None, None
    members = np.zeros((0 if earlier.members is None else len(earlier.members), len(problem.free)))
    for column, name in enumerate(problem.free):
        if len(members) and earlier.members is not None and name in earlier.names:
            members[:, column] = earlier.members[:, earlier.names.index(name)]
    return earlier.located(problem.free), members if len(members) else None


def alone() -> Any:  # noqa: ANN401 - a context of threadpoolctl's
    """Keep linear algebra to one thread: its matrices are small, and members need the processors."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    return threadpool_limits(1)


def save(calibration: Calibration, folder: Path | None = None) -> list[Path]:
    """Write the numbers, the residuals and the directions; whole files or none.

    Args:
        folder: where to; when None among those that ship, apart if the record was cut off.

    Returns:
        The paths written: numbers and residuals for people, directions for draws.
    """
    until = calibration.problem.until
    folder = folder or home(None if until == UNTIL else until)
    folder.mkdir(parents=True, exist_ok=True)
    name, found = calibration.worldview, calibration.fit
    gaussian = narrowed(calibration.problem.free, found.z, found.jacobian, calibration.problem.until, name)
    keep = gaussian.sizes > 1e-3  # noqa: PLR2004 - directions the record cannot feel
    packed = io.BytesIO()
    np.savez_compressed(
        packed,
        names=np.array(" ".join(gaussian.names)),
        z=gaussian.z,
        sizes=gaussian.sizes[keep],
        directions=gaussian.directions[keep].astype(np.float32),
        members=calibration.members.astype(np.float32),
        until=np.array(gaussian.until),
        priors=np.array(priors_hash(calibration.problem.model.parameters[each] for each in gaussian.names)),
        fixed=np.array(" ".join(calibration.problem.settings)),
        fixed_values=np.array(list(calibration.problem.settings.values()), float),
    )
    contents = {
        f"{name}.npz": packed.getvalue(),
        f"{name}.csv": _numbers(calibration).encode(),
        f"{name}_residuals.csv": _residuals(calibration).encode(),
    }
    for file, content in contents.items():
        part = folder / f".{file}.part"
        part.write_bytes(content)
        part.replace(folder / file)
    return [folder / file for file in contents]


def _members(calibration: Calibration) -> str:
    """Return how the members were found, and how far they are to be trusted."""
    if calibration.sample is None:
        then = f", then each moved {calibration.moves} times over the posterior" if calibration.moves else ""
        return f"fitted one by one (randomised maximum likelihood){then}; not shown to be draws from the posterior"
    found, draws = calibration.sample, calibration.sample.draws
    return (
        f"sampled (Hamiltonian Monte Carlo), worst R-hat {found.rhat.max():.3f}, fewest effective draws "
        f"{found.effective.min():.0f} of {draws.shape[0] * draws.shape[1]}, {found.evaluations} runs with slopes"
    )


def _header(calibration: Calibration) -> str:
    found, until = calibration.fit, calibration.problem.until
    shorter = "" if until == UNTIL else f" --until {until:.0f} --members {len(calibration.members)}"
    begun = " (begun from the calibration that shipped before and its members)" if calibration.again else ""
    ends = ", ".join(f"{cost:.1f}" for cost in found.starts) + begun
    outside = ", ".join(calibration.outside()) or "none"
    return (
        f"# worldview: {calibration.worldview}\n"
        f"# record: through {until - 1:.0f}\n"
        f"# method: least squares with priors (scipy), starts ended at {ends}; converged: {found.converged}\n"
        f"# members: {_members(calibration)}\n"
        f"# misfit: {found.cost:.2f} in all, {0.5 * float(found.residuals @ found.residuals):.2f} of it the record's\n"
        f"# outside their own 90 percent range: {outside}\n"
        f"# again: fentsim calibrate {calibration.worldview}{shorter}\n"
        f"# commit: {commit()}\n"
    )


def _numbers(calibration: Calibration) -> str:
    """Return the table of numbers: prior, where the record put them, how narrow it made them."""
    text = io.StringIO()
    text.write(_header(calibration))
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["parameter", "unit", "value", "prior", "prior_low", "prior_high", "z", "spread", "note"])
    spreads = np.sqrt(np.diag(covariance(calibration.fit.jacobian)))
    for name, z, spread in zip(calibration.problem.free, calibration.fit.z, spreads, strict=True):
        number = calibration.problem.model.parameters[name]
        low, high = number.range or (number.value, number.value)
        note = "outside its range" if abs(z) > Z95 else "not identified" if spread > 0.9 else ""  # noqa: PLR2004
        row = [name, number.unit, f"{float(number.at(z)):.6g}", number.value, low, high, f"{z:.3f}", f"{spread:.3f}"]
        writer.writerow([*row, note])
    return text.getvalue()


def _residuals(calibration: Calibration) -> str:
    """Return the table of residuals: record, model, and their distance in standard deviations."""
    text = io.StringIO()
    text.write(_header(calibration))
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["series", "start", "end", "record", "model", "residual"])
    problem = calibration.problem
    solution = problem.solution(calibration.fit.z[None])
    for seen in problem.likelihood.series:
        rows, distances = seen.rows, seen.distances(solution)[0]
        for start, end, value, distance, spread in zip(
            rows.starts, rows.ends, rows.values, distances, seen.spreads, strict=True
        ):
            offset = seen.observation.offset
            model = (value + offset) * np.exp(distance) - offset
            row = [seen.observation.series, f"{start:.3f}", f"{end:.3f}", f"{value:g}", f"{model:.6g}"]
            writer.writerow([*row, f"{distance / spread:.2f}"])
    for anchor in problem.likelihood.anchors:
        seen = solution.mean_between(anchor.quantity, anchor.start, anchor.end)[0]
        found, distance = float(seen[0]), float(anchor.distance(seen)[0])
        row = [anchor.quantity, f"{anchor.start:g}", f"{anchor.end:g}", f"{anchor.value:g}", f"{found:.6g}"]
        writer.writerow([*row, f"{distance:.2f}"])
    return text.getvalue()


def covariance(jacobian: Array) -> Array:
    """Return the covariance of the coordinates, `inverse(I + J'J)`; shape (free, free)."""
    return np.asarray(np.linalg.inv(np.eye(jacobian.shape[1]) + jacobian.T @ jacobian), float)
