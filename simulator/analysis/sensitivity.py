"""Which beliefs an outcome turns on: screening, then Sobol' indices over time, and a tornado.

Screening looks at every uncertain number. The strongest then get an index each; all others
share one, so that the variance they carry together is shown and not assumed away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.analysis import given, screening, tornado, variance
from simulator.fentanyl import fentanyl_model

if TYPE_CHECKING:
    from collections.abc import Callable

    import xarray as xr

    from simulator.analysis.beliefs import Beliefs
    from simulator.analysis.question import Question

Array = np.ndarray[Any, np.dtype[np.float64]]

#: The name of all numbers that screening left without an index of their own.
REST = "everything_else"
#: Members drawn to find the percentiles of a tornado.
DRAWN = 400


@dataclass(frozen=True)
class Sizes:
    """How much work is asked for.

    Attributes:
        trajectories: of Morris screening; each takes one run a number, and one.
        size: blocks of the Sobol' design, a power of two.
        factors: numbers that get an index of their own.
        members: of the calibration, where those are measured.
    """

    trajectories: int = 16
    size: int = 256
    factors: int = 12
    members: int = 1000


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """What was found, over independent stated ranges.

    Attributes:
        effects: of screening, on the whole window.
        indices: outputs are the whole window first, then each year.
        swings: rows of the tornado.
    """

    effects: screening.Effects
    indices: variance.Indices
    swings: list[dict[str, Any]]


def over_ranges(
    question: Question,
    beliefs: Beliefs,
    sizes: Sizes,
    *,
    seed: int,
    tell: Callable[[str], Callable[[int, int], None]] | None = None,
) -> Sensitivity:
    """Screen and divide variance over the stated ranges, each number independent of the others.

    Args:
        question: the outcome, or the difference between two policies.
        beliefs: which numbers vary.
        sizes: how much work.
        seed: of all designs.
        tell: given what is being done, returns what is told of progress.

    Raises:
        SimulatorError: for a size that cannot be.
        NumbersFailedError: when hardly a run stayed finite.
    """
    variance.refuse_size(sizes.size)

    def answers(shares: Array, doing: str) -> Array:
        return question.by_year(beliefs.at_shares(shares), tell(doing) if tell else None)

    effects = screening.morris(
        lambda shares: question.over_years(answers(shares, "Screening")),
        beliefs.free, trajectories=sizes.trajectories, seed=seed,
    )  # fmt: skip
    strongest = effects.strongest(sizes.factors)
    groups = [name if name in strongest else REST for name in beliefs.free]

    def outputs(shares: Array) -> Array:
        found = answers(shares, "Dividing variance")
        return np.column_stack([question.over_years(found), found])

    indices = variance.sobol(outputs, beliefs.free, size=sizes.size, seed=seed, groups=groups)
    return Sensitivity(effects, indices, alone(question, beliefs, seed=seed, prior=True))


def alone(question: Question, beliefs: Beliefs, *, seed: int, prior: bool) -> list[dict[str, Any]]:
    """Return the rows of the tornado."""

    def total(constants: Array) -> Array:
        return question.over_years(question.by_year(constants))

    return tornado.tornado(total, beliefs, members=DRAWN, seed=seed, prior=prior)


def over_members(
    question: Question, beliefs: Beliefs, sizes: Sizes, *, seed: int, progress: Callable[[int, int], None] | None = None
) -> given.Measured:
    """Measure dependence on the members of a calibration, rival accounts and all.

    Raises:
        SimulatorError: with too few members.
    """
    members = beliefs.members(sizes.members, seed)
    answers = question.over_years(question.by_year(members, progress))
    varied = [name for column, name in enumerate(fentanyl_model().constants) if np.ptp(members[:, column]) > 0]
    columns = [fentanyl_model().constants.index(name) for name in varied]
    alike = beliefs.alike(members)
    return given.given_data(members[:, columns], answers, varied, keep=sizes.factors, seed=seed, groups=alike)


def rows_of(found: Sensitivity) -> list[dict[str, Any]]:
    """Return one row a number or group: indices of the whole window, intervals, and how far they still move."""
    indices = found.indices
    size = dict(zip(found.effects.names, found.effects.size, strict=True))
    rows = [
        {
            "name": name,
            "total": float(indices.total[-1, place, 0]),
            "total_error": float(indices.total_error[-1, place, 0]),
            "first": float(indices.first[-1, place, 0]),
            "first_error": float(indices.first_error[-1, place, 0]),
            "total_at_half": float(indices.total[-2, place, 0]),
            "total_at_quarter": float(indices.total[-3, place, 0]),
            "morris": float(size[name]) if name in size else None,
        }
        for place, name in enumerate(indices.names)
    ]
    return sorted(rows, key=lambda row: -float(np.nan_to_num(row["total"] or 0.0)))


def by_year(found: Sensitivity, question: Question) -> list[dict[str, Any]]:
    """Return one row a number or group and calendar year: `name, year, total, total_error, first, first_error`."""
    indices = found.indices
    keys = ("total", "total_error", "first", "first_error")
    values = (indices.total, indices.total_error, indices.first, indices.first_error)
    return [
        {"name": name, "year": year}
        | {key: float(each[-1, place, 1 + column]) for key, each in zip(keys, values, strict=True)}
        for place, name in enumerate(indices.names)
        for column, year in enumerate(question.years)
    ]


def dataset(found: Sensitivity, question: Question) -> xr.Dataset:
    """Return indices with dims (blocks, number, window or year), screening with dim (screened)."""
    import xarray as xr

    indices, effects = found.indices, found.effects
    dims, yearly = ("blocks", "number"), ("blocks", "number", "calendar_year")
    variables: dict[str, Any] = {}
    for name, values in (
        ("first_index", indices.first), ("total_index", indices.total),
        ("first_index_half_width", indices.first_error), ("total_index_half_width", indices.total_error),
    ):  # fmt: skip
        about = {"long_name": name.replace("_", " "), "units": "1"}
        variables[name] = (dims, values[:, :, 0], about)
        variables[f"{name}_by_year"] = (yearly, values[:, :, 1:], about)
    for name, value in (("mean", effects.mean), ("size", effects.size), ("size_half_width", effects.size_error),
                        ("spread", effects.spread)):  # fmt: skip
        told = {"long_name": f"elementary effect, {name.replace('_', ' ')}", "units": question.unit}
        variables[f"effect_{name}"] = (("screened",), value, told)
    coordinates = {"blocks": list(indices.sizes), "number": list(indices.names), "calendar_year": question.years,
                   "screened": list(effects.names)}  # fmt: skip
    return xr.Dataset(variables, coordinates, {"title": f"Sensitivity of {question.told}"})
