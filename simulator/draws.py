"""Members of an ensemble: which numbers each one believes.

Member i depends on the seed and on i alone, never on how many others there are, and the
same member has the same luck under every scenario and worldview, so that differences
are paired.
"""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator import fits
from simulator.errors import Problem, SimulatorError, nearest, refuse
from simulator.parameters import at_once

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from simulator.model import Model

Array = np.ndarray[Any, np.dtype[np.float64]]

#: Beliefs used when none are named: everything that is unsettled stays uncertain.
DEFAULT_WORLDVIEW = "evidence-weighted"
#: Stands for the name of a worldview that no calibration belongs to.
UNCALIBRATED = ""


def normals(count: int, members: int, seed: int, first: int = 0) -> Array:
    """Return standard normals of shape (member, count), each row seeded by its own number."""
    found = np.empty((members, count))
    for row in range(members):
        generator = np.random.Generator(np.random.PCG64DXSM(np.random.SeedSequence(seed, spawn_key=(first + row,))))
        found[row] = generator.standard_normal(count)
    return found


def calibrated(worldview: str, settings: Mapping[str, float]) -> str:
    """Return whose calibration members of a worldview draw from: its own, if it still is of these beliefs.

    A file of one's own may have the name of a shipped worldview and hold something else.
    """
    found = fits.shipped(worldview)
    return worldview if found is not None and dict(found.fixed) == dict(settings) else UNCALIBRATED


def constants(  # noqa: PLR0913 - what members may hang on, by name
    model: Model,
    worldview: str = DEFAULT_WORLDVIEW,
    settings: Mapping[str, float] | None = None,
    *,
    members: int = 1,
    seed: int = 1,
    overrides: Mapping[str, float] | None = None,
    first: int = 0,
    prior: bool = False,
    mixed: bool = True,
) -> Array:
    """Return the numbers of every member, shape (member, constant).

    One member is the most probable one; more are drawn from the calibration of the
    worldview (or from the bare priors). Numbers that the record cannot feel are drawn from
    their ranges. Members of `evidence-weighted` are divided among rival accounts of the
    record (`fits/mixture.csv`), which no single Gaussian could hold.

    Args:
        model: whose constants.
        worldview: whose calibration to draw from; where it has none, that of the default.
        settings: numbers the worldview fixes.
        members: how many.
        seed: of all draws.
        overrides: numbers the user fixes; they win over everything.
        first: number of the first member, for working in blocks.
        prior: ignore the calibration and draw from the stated ranges alone.
        mixed: divide members of `evidence-weighted` among rival accounts; else they are of its own calibration, in
            which no account fixes a number.

    Raises:
        SimulatorError: for an override that is no constant of the model, or beyond its limits.
    """
    refuse(_faults(model, overrides or {}), "These numbers cannot be set.")
    uncertain = [name for name in model.constants if model.parameters[name].is_uncertain]
    luck, account, fitted = np.zeros((members, len(uncertain))), np.full(members, np.nan), np.full(members, np.nan)
    if members > 1 or first > 0:
        drawn = normals(len(uncertain) + 2, members, seed, first)
        luck, account, fitted = drawn[:, :-2], drawn[:, -2], drawn[:, -1]
    where = {name: column for column, name in enumerate(model.constants)}
    columns = np.array([where[name] for name in uncertain], int)
    values = np.tile([model.parameters[name].value for name in model.constants], (members, 1))
    for name_of_account, rows in _accounts(worldview, account, mixed=mixed and not prior):
        z = luck[rows]
        found = None if prior else fits.shipped(name_of_account) or fits.shipped(DEFAULT_WORLDVIEW)
        if found is not None:
            z = _narrowed(found, uncertain, z, fitted[rows])
        values[rows[:, None], columns] = at_once([model.parameters[name] for name in uncertain], z)
        for name, value in (found.fixed if found and found.worldview == name_of_account else {}).items():
            values[rows, where[name]] = value
    for name, value in {**(settings or {}), **(overrides or {})}.items():
        values[:, where[name]] = value
    return values


def overwritten(
    model: Model,
    worldview: str,
    settings: Mapping[str, float] | None = None,
    overrides: Mapping[str, float] | None = None,
) -> list[str]:
    """Return the numbers that the record feels and that are set by hand, without a fit of the others around them.

    What a calibration held fixed was fitted around. Numbers that are never uncertain were free in
    no calibration, so that nothing tells whether the record feels them: moving one counts.
    """
    accounts = [name for name, _ in fits.mixture()] if worldview == DEFAULT_WORLDVIEW else []
    found = [fits.shipped(name) for name in (worldview, DEFAULT_WORLDVIEW, *accounts)]
    felt = {name for each in found if each for name in each.felt}
    held = found[0].fixed if found[0] else {}
    moved = {
        name: model.parameters[name]
        for name, value in {**(settings or {}), **(overrides or {})}.items()
        if value != held.get(name, None if model.parameters[name].is_uncertain else model.parameters[name].value)
    }
    return [name for name, parameter in moved.items() if name in felt or not parameter.is_uncertain]


def is_calibrated(
    worldview: str,
    settings: Mapping[str, float] | None = None,
    overrides: Mapping[str, float] | None = None,
    *,
    prior: bool = False,
) -> bool:
    """Whether members are as a shipped calibration has them, so that history is the record's and may be carried on.

    A user's worldview that bears the name of a shipped one is none, unless it fixes the same numbers.
    """
    return not prior and not overrides and calibrated(worldview, settings or {}) == worldview


def _accounts(worldview: str, choice: Array, *, mixed: bool) -> list[tuple[str, NDArray[np.intp]]]:
    """Say which members draw from which calibration; `evidence-weighted` mixes rival accounts.

    Args:
        choice: a standard normal for each member, NaN for the single most probable run.
    """
    everybody = np.arange(len(choice))
    if worldview != DEFAULT_WORLDVIEW or not mixed or np.isnan(choice).all() or not fits.mixture():
        return [(worldview, everybody)]
    from scipy.special import ndtr

    names, weights = zip(*fits.mixture(), strict=True)
    picked = np.minimum(np.searchsorted(np.cumsum(weights), ndtr(choice), side="right"), len(names) - 1)
    return [(name, np.flatnonzero(picked == number)) for number, name in enumerate(names)]


def _narrowed(found: fits.Narrowed, uncertain: list[str], luck: Array, fitted: Array) -> Array:
    """Move members to where the record has narrowed them; shapes (member, uncertain).

    The single most probable run (NaN) stands at the best fit; others are one of the members
    that were fitted, or without those a draw from the Gaussian.
    """
    place = {name: column for column, name in enumerate(uncertain)}
    known = [number for number, name in enumerate(found.names) if name in place]
    columns = [place[found.names[number]] for number in known]
    full = np.zeros((len(luck), len(found.names)))
    full[:, known] = luck[:, columns]
    use_members = found.members is not None and not np.isnan(fitted).any()
    z = luck.copy()
    z[:, columns] = (found.chosen(fitted) if use_members else found.at(full))[:, known]
    return z


def _faults(model: Model, overrides: Mapping[str, float]) -> list[Problem]:
    problems = []
    for name, value in overrides.items():
        parameter = model.parameters.get(name)
        if parameter is None:
            remedy = nearest(name, model.constants)
            problems.append(Problem(name, "There is no number of that name to set.", remedy))
        elif parameter.is_input:
            fault = "It moves in time and belongs to scenarios."
            problems.append(Problem(name, fault, "Write a scenario that sets it."))
        elif not isinstance(value, Real) or not np.isfinite(value):
            problems.append(Problem(name, f"{value!r} is not a finite number.", f"Give one in {parameter.unit}."))
        elif not parameter.allows(value):
            problems.append(Problem(name, f"{value:g} is outside its limits.", parameter.advice))
    return problems


def override(text: str) -> tuple[str, float]:
    """Read `name=value` as the command line gives it.

    Raises:
        SimulatorError: when it is written in any other way.
    """
    name, sign, value = text.partition("=")
    try:
        return name.strip(), float(value)
    except ValueError:
        fault = f'"{text}" does not set a number.' if sign else f'"{text}" has no equals sign.'
        raise SimulatorError([Problem("--set", fault, "Write name=value, such as precursor_slack=0.3.")]) from None
