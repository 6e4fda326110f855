"""From coordinates to the numbers that members believe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator import draws, fits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.experiments.design import Course
    from simulator.experiments.sampling import Sampler
    from simulator.model import Model

Array = np.ndarray[Any, np.dtype[np.float64]]

#: Kinds whose factors are moved one by one: their coordinates are not mixed by the calibration.
_APART = ("grid", "one-at-a-time")
#: Kinds in which the posterior is that of `fentsim run`, member by member, rival accounts and all.
_OF_A_RUN = ("monte-carlo", "posterior")


def constants(
    model: Model,
    worldview: str,
    settings: Mapping[str, float],
    sampler: Sampler,
    *,
    everything: bool,
    first: int,
    last: int,
) -> Array:
    """Return the numbers of members `first` to `last`, shape (member, constant).

    Args:
        model: whose constants.
        worldview: whose calibration to draw from, or that of the default where it has none.
        settings: numbers the worldview fixes; a factor that is named in the design still varies.
        sampler: where members stand.
        everything: the design varies all uncertainties at once, by one word.
        first: number of the first member.
        last: number after the last one.
    """
    base = draws.constants(model, worldview, settings)
    run = base
    if sampler.members > 1 and sampler.kind in _OF_A_RUN:
        count = max(last - first, 2)  # a lone first member would be the likeliest one, not a draw
        run = draws.constants(model, worldview, settings, members=count, seed=sampler.seed, first=first)[: last - first]
    drawn = [name for name, course in sampler.factors.items() if course.kind == "posterior"]
    if sampler.kind == "posterior" or (everything and drawn and sampler.kind in _OF_A_RUN):
        return run
    values, where = np.tile(base, (last - first, 1)), {name: place for place, name in enumerate(model.constants)}
    z = sampler.block(first, last)
    if sampler.kind == "file":
        values[:, [where[name] for name in sampler.factors]] = z
        return values
    if sampler.kind in _OF_A_RUN:
        values[:, [where[name] for name in drawn]] = run[:, [where[name] for name in drawn]]
    else:
        z = _narrowed(worldview, sampler, z)
    for column, (name, course) in enumerate(sampler.factors.items()):
        if (everything and name in settings) or (sampler.kind in _OF_A_RUN and course.kind == "posterior"):
            continue
        likeliest = values[:, where[name]]
        values[:, where[name]] = np.where(np.isnan(z[:, column]), likeliest, _valued(model, name, course, z[:, column]))
    return values


def _valued(model: Model, name: str, course: Course, z: Array) -> Array:
    """Return the values of one factor at its coordinates."""
    from scipy.special import ndtr

    if course.kind in ("prior", "posterior"):
        return np.asarray(model.parameters[name].at(z))
    shares: Array = np.nan_to_num(ndtr(z))
    if course.kind == "range":
        low, high = course.numbers
        return np.asarray(low + (high - low) * shares)
    chosen = np.minimum((shares * len(course.numbers)).astype(int), len(course.numbers) - 1)
    return np.asarray(np.array(course.numbers)[chosen])


def _narrowed(worldview: str, sampler: Sampler, z: Array) -> Array:
    """Return coordinates in which the factors with a posterior have been drawn from its Gaussian.

    Their joint distribution is that around the best fit, whatever else does not vary; rival
    accounts that a run mixes have no place in a sequence of points. In a grid and one at a
    time, each keeps its own spread and they are not mixed.
    """
    found = fits.shipped(worldview) or fits.shipped(draws.DEFAULT_WORLDVIEW)
    if found is None:
        return z
    places = {name: place for place, name in enumerate(found.names)}
    columns, chosen = [], []
    for column, (name, course) in enumerate(sampler.factors.items()):
        if course.kind == "posterior" and name in places:
            columns.append(column)
            chosen.append(places[name])
    z = z.copy()
    if sampler.kind in _APART:
        z[:, columns] = found.z[chosen] + z[:, columns] * np.sqrt(np.diag(_covariance(found, chosen)))
    elif columns:
        z[:, columns] = found.z[chosen] + z[:, columns] @ _root(_covariance(found, chosen))
    return z


def _covariance(found: fits.Narrowed, chosen: list[int]) -> Array:
    """Return how some coordinates vary together, given the record."""
    directions = found.directions[:, chosen]
    known = found.sizes**2 / (1 + found.sizes**2)
    return np.asarray(np.eye(len(chosen)) - directions.T @ (directions * known[:, None]))


def _root(covariance: Array) -> Array:
    """Return the symmetric root, which is how `fits.Narrowed.at` spreads normals."""
    sizes, axes = np.linalg.eigh(covariance)
    return np.asarray((axes * np.sqrt(np.maximum(sizes, 0))) @ axes.T)
