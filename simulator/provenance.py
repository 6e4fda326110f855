"""Where a result comes from: version, commit, seed, files, and how exact it is."""

from __future__ import annotations

import hashlib
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.files import package

if TYPE_CHECKING:
    from simulator.cases import Case

PACKAGES = ("numpy", "scipy", "xarray", "numba", "pydantic")
#: The conventions that say how to read the attributes, and where units leave them: they know only what UDUNITS can
#: count, kilograms and years, not people.
METADATA = {
    "Conventions": "CF-1.11",
    "metadata": "as CF-1.11, but for units: person, USD, kit and place are none of UDUNITS",
}


def attributes(cases: list[Case], *, seed: int, command: str) -> dict[str, Any]:
    """Return the global attributes of a result: strings and numbers only."""
    from simulator.fentanyl import fentanyl_model
    from simulator.scenario import resolved_text

    scenarios = {case.scenario.name: case.scenario for case in cases}
    model = fentanyl_model()
    return {
        **METADATA,
        "title": "Fentanyl policy simulator: " + ", ".join(scenarios),
        "institution": "fentanyl-policy-simulator",
        "version": own_version(),
        "commit": commit(),
        "command": command or "simulator.simulate",
        "seed": seed,
        "engine": cases[0].engine,
        "parameters_sha256": parameters_hash(),
        "packages": ", ".join(f"{name} {_version(name)}" for name in PACKAGES),
        "scenario_text": "\n---\n".join(resolved_text(each, model.parameters) for each in scenarios.values()),
        "worldviews": ", ".join(dict.fromkeys(case.worldview for case in cases)),
        "references": "docs/references.bib; sources of each variable in its attribute `source`",
        "measured_integration_error": measured_error(cases[0]),
        "about_integration_error": "of one member, relative to the largest value of each state",
        "comment": (
            "Intervals among members carry the uncertainty of parameters only; they are not forecasts. "
            "What the record cannot settle is a matter of worldview."
        ),
    }


def measured_error(case: Case) -> float:
    """Integrate the first finite member again at a tenth of the tolerance; return the largest relative change.

    Relative to the largest magnitude of each running total, so that zeros do not count.
    """
    from simulator.integrate import reference

    solution = case.solution
    place = int(np.argmin(solution.failed))
    run = reference.integrate(
        solution.model.system(solution.integrals),
        solution.constants[place],
        solution.tracks,
        solution.times[::12],
        relative_tolerance=reference.RELATIVE_TOLERANCE / 10,
    )
    before = solution.states[place][:, ::12]
    scale = np.maximum(np.abs(run.states).max(axis=1, keepdims=True), 1e-12)
    return float(np.max(np.abs(run.states - before) / scale))


@cache
def own_version() -> str:
    """Return the version of this package."""
    return _version("fentanyl-policy-simulator")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"


@cache
def commit() -> str:
    """Return the commit of the checkout, marked where files differ from it, or `release` for a wheel."""
    root = package().parent
    if not (root / ".git").exists():
        return "release"
    try:
        asked = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=12"]
        return subprocess.run(asked, capture_output=True, text=True, timeout=5, check=True).stdout.strip()  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return "unknown"


@cache
def parameters_hash() -> str:
    """Return the SHA-256 of every number and calibration that a run may use."""
    digest = hashlib.sha256()
    for path in [*sorted(package("sectors").glob("*.yaml")), *sorted(package("fits").glob("*.npz"))]:
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()
