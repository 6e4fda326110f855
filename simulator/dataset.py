"""Solutions as one xarray Dataset that explains itself: units, meaning, source, provenance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.cases import INSTANTS
from simulator.provenance import attributes

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

    from simulator.model import Model
    from simulator.cases import Case

Array = np.ndarray[Any, np.dtype[np.float64]]

DIMS = ("scenario", "worldview", "member", "time")


def build(cases: list[Case], *, seed: int, keep: tuple[str, ...] = (), command: str = "") -> xr.Dataset:
    """Gather cases into a Dataset with dims (scenario, worldview, member, time).

    Stocks and states are values at month starts (`time: point`); rates are means over the
    month that begins there (`time: mean`), exact where they were integrated. Numbers that
    members draw are variables on (member), or (worldview, member) where beliefs differ.
    """
    import xarray as xr

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
    variables = {name: (DIMS, values, described(model, name, name in integrals)) for name, values in found.items()}
    variables |= _numbers(model, worldviews, {case.worldview: case.solution.constants for case in cases})
    coordinates = {"scenario": scenarios, "worldview": worldviews, "member": np.arange(shape[2]), **_time(first.times)}
    failed = np.array([[by_name[s, w].failed for w in worldviews] for s in scenarios])
    variables["failed"] = (DIMS[:3], failed, {"long_name": "Member did not stay finite", "units": "1"})
    return xr.Dataset(variables, coordinates, attributes(cases, seed=seed, command=command))


def described(model: Model, name: str, is_rate: bool) -> dict[str, str]:  # noqa: FBT001 - one fact
    """Return CF attributes of a quantity."""
    equation = model.equations[name]
    return {
        "units": equation.unit,
        "long_name": name.replace("_", " "),
        "comment": equation.meaning,
        "cell_methods": "time: mean" if is_rate else "time: point",
        "source": equation.source or "assumption",
    }


def _time(times: Array) -> dict[str, Any]:
    starts = [np.datetime64(f"{int(t)}-{1 + round((t % 1) * 365.25 / 30.4375) % 12:02d}-01", "ns") for t in times]
    described_time = {"standard_name": "time", "long_name": "start of the month", "axis": "T", "bounds": "time_bounds"}
    year = ("time", times[:-1], {"long_name": "decimal year at the start of the month", "units": "year"})
    bounds = np.array(list(zip(starts[:-1], starts[1:], strict=True)))
    return {
        "time": ("time", np.array(starts[:-1]), described_time),
        "year": year,
        "time_bounds": (("time", "bounds"), bounds),
    }


def _numbers(model: Model, worldviews: list[str], numbers: dict[str, Array]) -> dict[str, Any]:
    """Return every number that differs among members or worldviews, as a variable."""
    found: dict[str, Any] = {}
    stacked = np.stack([numbers[worldview] for worldview in worldviews])
    for column, name in enumerate(model.constants):
        values = stacked[:, :, column]
        parameter = model.parameters[name]
        if parameter.role == "uncertainty" and parameter.is_uncertain:
            text = {"units": parameter.unit, "long_name": name.replace("_", " "), "comment": parameter.meaning,
                    "source": parameter.source}  # fmt: skip
            same = bool(np.all(values == values[0]))
            found[name] = ("member", values[0], text) if same else (("worldview", "member"), values, text)
    return found


def annual(dataset: xr.Dataset) -> xr.Dataset:
    """Return calendar-year totals of every rate: exact integrals, being sums of exact months.

    Returns:
        A Dataset with dims (scenario, worldview, member, calendar_year); units lose their `/year`.
    """
    rates = [name for name, values in dataset.data_vars.items() if values.attrs.get("cell_methods") == "time: mean"]
    bounds = dataset["time_bounds"]
    lengths = (bounds[:, 1] - bounds[:, 0]).astype("timedelta64[s]").astype(float)
    years = dataset["time"].dt.year.rename("calendar_year")
    whole = lengths / lengths.groupby(years).sum().sel(calendar_year=years)
    totals = (dataset[rates] * whole).groupby(years).sum("time", skipna=False).transpose(..., "calendar_year")
    for name in rates:
        totals[name].attrs = {
            **dataset[name].attrs,
            "units": dataset[name].attrs["units"].removesuffix("/year"),
            "cell_methods": "calendar_year: sum",
        }
    totals.attrs = {"title": "Calendar-year totals, exact integrals of rates"}
    return totals


def write(dataset: xr.Dataset, path: Path) -> None:
    """Write the dataset and, in group `annual`, its calendar-year totals, as NetCDF; all or nothing.

    Raises:
        OSError: when the place cannot be written; nothing is left behind.
    """
    import os
    import tempfile

    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    os.close(handle)
    packed = {"zlib": True, "complevel": 1}
    try:
        large = {name: packed for name, values in dataset.data_vars.items() if values.ndim == len(DIMS)}
        dataset.to_netcdf(name, engine="netcdf4", encoding=large)
        annual(dataset).to_netcdf(name, engine="netcdf4", mode="a", group="annual")
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
