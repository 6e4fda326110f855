"""What a result holds: named arrays with dims and attributes, before any library has a say.

The command line writes these straight to NetCDF, which spares a single run the start of
xarray and pandas; everybody else gets them as a Dataset from `simulator.dataset`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.cases import INSTANTS, INTEGRALS
from simulator.dates import MONTHS
from simulator.errors import Problem, refuse
from simulator.fentanyl import fentanyl_model
from simulator.names import words
from simulator.provenance import attributes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from simulator.cases import Case
    from simulator.model import Model

Array = np.ndarray[Any, np.dtype[np.float64]]
#: Dims, values, attributes.
Variable = tuple[tuple[str, ...], Any, dict[str, Any]]

DIMS = ("scenario", "worldview", "member", "time")


@dataclass(frozen=True, eq=False)
class Contents:
    """Variables and coordinates by name, and what is said of all of them."""

    variables: dict[str, Variable]
    coordinates: dict[str, Variable]
    attributes: dict[str, Any]


def gather(cases: list[Case], *, seed: int, keep: tuple[str, ...] = (), command: str = "") -> Contents:
    """Gather cases into variables with dims (scenario, worldview, member, time).

    Stocks and states are values at month starts (`time: point`); rates are means over the
    month that begins there (`time: mean`), exact where they were integrated. Numbers that
    members draw are variables on (member), or (worldview, member) where beliefs differ.
    """
    scenarios = list(dict.fromkeys(case.scenario.name for case in cases))
    worldviews = list(dict.fromkeys(case.worldview for case in cases))
    by_name = {(case.scenario.name, case.worldview): case.solution for case in cases}
    first = cases[0].solution
    model, integrals = first.model, first.integrals
    instants = tuple(dict.fromkeys([*INSTANTS, *model.stocks, *(name for name in keep if name not in integrals)]))
    shape = (len(scenarios), len(worldviews), len(first.states), len(first.times) - 1)
    found = {name: np.empty(shape) for name in (*integrals, *instants)}
    for row, scenario in enumerate(scenarios):
        for column, worldview in enumerate(worldviews):
            solution = by_name[scenario, worldview]
            for name in integrals:
                found[name][row, column] = solution.monthly_means(name)
            for name, values in solution.at_instants(instants).items():
                found[name][row, column] = values[:, :-1]
    variables: dict[str, Variable] = {
        name: (DIMS, values, described(model, name, name in integrals)) for name, values in found.items()
    }
    variables |= _numbers(model, worldviews, {case.worldview: case.solution.constants for case in cases})
    failed = np.array([[by_name[s, w].failed for w in worldviews] for s in scenarios])
    variables["failed"] = (DIMS[:3], failed, {"long_name": "Member did not stay finite", "units": "1"})
    coordinates = {
        "scenario": _named("scenario", scenarios),
        "worldview": _named("worldview", worldviews),
        "member": (("member",), np.arange(shape[2]), {"long_name": "member of the ensemble"}),
        **_time(first.times),
    }
    return Contents(variables, coordinates, attributes(cases, seed=seed, command=command))


def _named(dim: str, names: list[str]) -> Variable:
    return (dim,), np.array(names), {"long_name": dim}


def described(model: Model, name: str, is_rate: bool) -> dict[str, Any]:  # noqa: FBT001 - one fact
    """Return the attributes of a quantity, as CF names them; units are those of the model."""
    equation = model.equations[name]
    return {
        "units": equation.unit,
        "long_name": words(name),
        "comment": equation.meaning,
        "cell_methods": "time: mean" if is_rate else "time: point",
        "source": equation.source or "assumption",
    }


def _time(times: Array) -> dict[str, Variable]:
    months = [round(time * MONTHS) for time in times]
    starts = np.array([f"{month // MONTHS}-{month % MONTHS + 1:02d}-01" for month in months], "datetime64[ns]")
    described_time = {"standard_name": "time", "long_name": "start of the month", "axis": "T", "bounds": "time_bounds"}
    year = (("time",), times[:-1], {"long_name": "decimal year at the start of the month", "units": "year"})
    return {
        "time": (("time",), starts[:-1], described_time),
        "year": year,
        "time_bounds": (("time", "bounds"), np.stack([starts[:-1], starts[1:]], axis=1), {}),
    }


def _numbers(model: Model, worldviews: list[str], numbers: dict[str, Array]) -> dict[str, Variable]:
    """Return every number that differs among members or worldviews, as a variable."""
    found: dict[str, Variable] = {}
    stacked = np.stack([numbers[worldview] for worldview in worldviews])
    for column, name in enumerate(model.constants):
        values = stacked[:, :, column]
        parameter = model.parameters[name]
        if parameter.role == "uncertainty" and parameter.is_uncertain:
            text = {"units": parameter.unit, "long_name": words(name), "comment": parameter.meaning,
                    "source": parameter.source}  # fmt: skip
            same = bool(np.all(values == values[0]))
            found[name] = (("member",), values[0], text) if same else (("worldview", "member"), values, text)
    return found


def yearly(contents: Contents) -> Contents:
    """Return calendar-year totals of every rate: exact integrals, being sums of exact months.

    A year that is not there from its first month to its last is left out. Units lose their `/year`.
    Rates are known by their attributes, or by their names where arithmetic has dropped these.

    Raises:
        SimulatorError: for months missing in between, for quantiles, and where there is no whole year or no rate.
    """
    months = _months(contents)
    years = 1970 + months // MONTHS
    whole = [year for year in dict.fromkeys(years.tolist()) if np.count_nonzero(years == year) == MONTHS]
    rates = {name: each for name, each in contents.variables.items() if _is_rate(name, each)}
    refuse(_unfit(contents, months, whole, rates), "There are no calendar years in this.")
    kept = np.isin(years, whole)
    variables: dict[str, Variable] = {}
    for name, (dims, values, about) in rates.items():
        last = np.moveaxis(np.asarray(values), dims.index("time"), -1)[..., kept]
        totals = last.reshape(*last.shape[:-1], len(whole), MONTHS).sum(-1) / MONTHS
        told = {**_meant(name), **about}
        told |= {"units": told.get("units", "").removesuffix("/year"), "cell_methods": "calendar_year: sum"}
        variables[name] = ((*(dim for dim in dims if dim != "time"), "calendar_year"), totals, told)
    coordinates = {name: each for name, each in contents.coordinates.items() if "time" not in each[0]}
    coordinates["calendar_year"] = (("calendar_year",), np.array(whole, int), {"long_name": "calendar year"})
    exact = (
        "exact integrals of rates" if "member" in coordinates else "sums of months over which members were summarised"
    )
    return Contents(variables, coordinates, {**contents.attributes, "title": f"Calendar-year totals, {exact}"})


def _months(contents: Contents) -> NDArray[np.int64]:
    """Return the months of a result, counted from 1970; none where it has lost its time."""
    if "time" not in contents.coordinates or contents.coordinates["time"][0] != ("time",):
        return np.empty(0, np.int64)
    found: NDArray[np.int64] = contents.coordinates["time"][1].astype("datetime64[M]").astype(np.int64)
    return found


def _is_rate(name: str, variable: Variable) -> bool:
    dims, _, about = variable
    methods = about.get("cell_methods")
    return "time" in dims and (methods == "time: mean" or (methods is None and name in INTEGRALS))


def _meant(name: str) -> dict[str, Any]:
    """Return what the model says of a rate; nothing of one that is not its own."""
    model = fentanyl_model()
    return described(model, name, True) if name in model.equations else {}  # noqa: FBT003 - it is a rate


def _unfit(
    contents: Contents, months: NDArray[np.int64], whole: list[int], rates: Mapping[str, Variable]
) -> list[Problem]:
    if "quantile" in contents.coordinates:
        fault = "Quantiles of months do not add up to quantiles of years."
        return [Problem("quantile", fault, "Add up the years of each member first, then take quantiles.")]
    if np.any(np.diff(months) != 1):
        return [Problem("time", "Months are missing, out of order or there twice.", "Keep every month in between.")]
    if not whole:
        return [Problem("time", "No calendar year has all its months.", "Keep every month from January to December.")]
    if not rates:
        known = f"Keep rates with their attributes or names, such as {INTEGRALS[0]}."
        return [Problem("variables", "There is no rate among them.", known)]
    return []
