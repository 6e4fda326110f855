"""What a calibration ships: numbers and residuals for people, directions and members for draws."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.calibration.campaign import UNTIL
from simulator.calibration.frame import TOLERANCE
from simulator.calibration.likelihood import Seen
from simulator.calibration.parted import Parted
from simulator.calibration.slopes import felt
from simulator.fits import home, narrowed, priors_hash
from simulator.parameters import Z95
from simulator.provenance import commit
from simulator.record.observation import OBSERVATIONS

if TYPE_CHECKING:
    from pathlib import Path

    from simulator.calibration.campaign import Calibration

Array = np.ndarray[Any, np.dtype[np.float64]]

#: Starts that end with a misfit so near to the best count as having met.
NEAR = 1.0


def save(calibration: Calibration, folder: Path | None, command: str) -> list[Path]:
    """Write the numbers, the residuals and the directions; whole files or none.

    Args:
        command: which makes it again; told in the files.
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
    feeling = felt(calibration.problem, calibration.members, TOLERANCE)
    packed = io.BytesIO()
    np.savez_compressed(
        packed,
        names=np.array(" ".join(gaussian.names)),
        z=gaussian.z,
        sizes=gaussian.sizes[keep],
        directions=gaussian.directions[keep].astype(np.float32),
        members=calibration.members.astype(np.float32),
        until=np.array(gaussian.until),
        felt=np.array(" ".join(feeling)),
        priors=np.array(priors_hash(calibration.problem.model.parameters[each] for each in feeling)),
        fixed=np.array(" ".join(calibration.problem.settings)),
        fixed_values=np.array(list(calibration.problem.settings.values()), float),
    )
    contents = {
        f"{name}.npz": packed.getvalue(),
        f"{name}.csv": _numbers(calibration, command).encode(),
        f"{name}_residuals.csv": _residuals(calibration, command).encode(),
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
    found = calibration.sample
    parted = ""
    if isinstance(found, Parted):
        shares = ", ".join(
            f"{100 * share:.0f} % (log mass {each.log:.1f} with an error of {each.error:.1f})"
            for share, each in zip(found.weights, found.evidences, strict=True)
        )
        parted = f", each of {len(found.samples)} readings by itself, which hold {shares} of the posterior"
    elif found.shares is not None and found.errors is not None:
        shares = ", ".join(f"{100 * share:.0f} %" for share in found.shares)
        known = f"{shares} of the posterior by how often they do, known to {100 * found.errors.max():.0f} points"
        parted = f", walkers seldom pass between {len(found.shares)} readings, which hold {known}"
    return (
        f"sampled (Hamiltonian Monte Carlo{parted}), worst R-hat {found.rhat.max():.3f}, fewest effective draws "
        f"{found.effective.min():.0f} of {found.count}, drift at most {found.drift.max():.1f} standard errors, "
        f"{found.evaluations} runs with slopes"
    )


def _header(calibration: Calibration, command: str) -> str:
    found, until = calibration.fit, calibration.problem.until
    begun = ", as many of them as can be from the calibration that shipped before" if calibration.again else ""
    near = int(np.sum(found.costs < found.cost + NEAR))
    outside = ", ".join(calibration.outside()) or "none"
    return (
        f"# worldview: {calibration.worldview}\n"
        f"# record: through {until - 1:.0f}\n"
        f"# method: {len(found.costs)} starts downhill (limited-memory BFGS){begun}; {near} ended within {NEAR:g} of "
        f"the best, which least squares refined (scipy); ways to read the record: {len(calibration.read)}; "
        f"converged: {found.converged}\n"
        f"# members: {_members(calibration)}\n"
        f"# misfit: {found.cost:.2f} in all, {0.5 * float(found.residuals @ found.residuals):.2f} of it the record's\n"
        f"# outside their own 90 percent range: {outside}\n"
        f"# again: {command}\n"
        f"# commit: {commit()}\n"
    )


def _numbers(calibration: Calibration, command: str) -> str:
    """Return the table of numbers: prior, where the record put them, how narrow it made them."""
    text = io.StringIO()
    text.write(_header(calibration, command))
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


def _residuals(calibration: Calibration, command: str) -> str:
    """Return the table of residuals: record, model, and their distance in standard deviations."""
    text = io.StringIO()
    text.write(_header(calibration, command))
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["series", "start", "end", "record", "model", "residual"])
    problem = calibration.problem
    solution = problem.solution(calibration.fit.z[None])
    shown = [Seen(each, each.rows(problem.until)) for each in OBSERVATIONS]
    for seen in (each for each in shown if len(each.rows.values)):
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
