"""Results as one xarray Dataset, or as a NetCDF file, that explains itself: units, meaning, source, provenance."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.contents import DIMS, Contents, gather, yearly

if TYPE_CHECKING:
    import netCDF4
    import xarray as xr

    from simulator.cases import Case
    from simulator.contents import Variable

_DATES = {"units": "days since 1970-01-01", "calendar": "proleptic_gregorian"}
_CHUNK = 256  # members that are packed together
_WORTH_PACKING = 10_000  # numbers


def build(cases: list[Case], *, seed: int, keep: tuple[str, ...] = (), command: str = "") -> xr.Dataset:
    """Gather cases into a Dataset with dims (scenario, worldview, member, time); see `simulator.contents`."""
    return _labelled(gather(cases, seed=seed, keep=keep, command=command))


def annual(dataset: xr.Dataset) -> xr.Dataset:
    """Return calendar-year totals of every rate: exact integrals, being sums of exact months.

    Years that are whole count, whatever was selected or averaged before; quantiles are taken afterwards.

    Returns:
        A Dataset with dims (scenario, worldview, member, calendar_year); units lose their `/year`.

    Raises:
        SimulatorError: when months are missing, or no rate is left.
    """
    return _labelled(yearly(_contents(dataset)))


def write(result: xr.Dataset | Contents, path: Path) -> None:
    """Write a result as NetCDF with a group `annual`: under another name first, then all at once.

    Raises:
        OSError: when the place cannot be written; nothing is left behind.
    """
    import os
    import tempfile

    import netCDF4

    contents = result if isinstance(result, Contents) else _contents(result)
    years = yearly(contents)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    os.close(handle)
    try:
        try:
            with netCDF4.Dataset(name, "w") as file:
                _fill(file, contents)
                _fill(file.createGroup("annual"), replace(years, attributes={"title": years.attributes["title"]}))
        except RuntimeError as error:  # the library's only word for a disk that is full
            raise OSError(None, str(error), str(path)) from error
        Path(name).chmod(0o666 & ~_mask())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink()
        raise


def _mask() -> int:
    """Return the bits that new files of this process do not get."""
    import os

    mask = os.umask(0)
    os.umask(mask)
    return mask


def _fill(group: netCDF4.Dataset, contents: Contents) -> None:
    """Write dims, variables and attributes into a file or a group of it."""
    both = {**contents.coordinates, **contents.variables}
    for dims, values, _ in both.values():
        for dim, size in zip(dims, np.shape(values), strict=True):
            if dim not in group.dimensions:
                group.createDimension(dim, size)
    for name, variable in both.items():
        _put(group, name, variable)
    group.setncatts(contents.attributes)


def _put(group: netCDF4.Dataset, name: str, variable: Variable) -> None:
    """Write one variable, in the words that CF and xarray have for dates, texts and truth."""
    dims, values, about = variable
    values, about = np.asarray(values), dict(about)
    options: dict[str, Any] = {}
    if values.dtype.kind == "M":
        values = values.astype("datetime64[D]").astype(np.int64)
        if name != "time_bounds":  # which share those of `time`
            about |= _DATES
    elif values.dtype.kind == "b":
        values, about = values.astype(np.int8), about | {"dtype": "bool"}
    elif values.dtype.kind == "f":
        options["fill_value"] = np.nan
    if dims == DIMS:
        about["coordinates"] = "year"
        if values.size > _WORTH_PACKING:
            chunks = (1, 1, min(values.shape[2], _CHUNK), values.shape[3])
            options |= {"zlib": True, "complevel": 1, "shuffle": True, "chunksizes": chunks}
    kind = str if values.dtype.kind in "UO" else values.dtype
    made = group.createVariable(name, kind, dims, **options)
    made.setncatts(about)
    made.set_auto_maskandscale(False)
    made[...] = values.astype(object) if kind is str else values


def _labelled(contents: Contents) -> xr.Dataset:
    import xarray as xr

    made = xr.Dataset(contents.variables, contents.coordinates, contents.attributes)
    for name in {"time", "time_bounds"} & set(contents.coordinates):
        made[name].encoding |= _DATES | {"dtype": "int64"}  # written by xarray as by `write`, bounds like their time
    return made


def _contents(dataset: xr.Dataset) -> Contents:
    """Return what a Dataset holds, as plain arrays."""
    plain = [
        {str(name): (tuple(map(str, each.dims)), each.values, dict(each.attrs)) for name, each in some.items()}
        for some in (dataset.data_vars, dataset.coords)
    ]
    return Contents(plain[0], plain[1], dict(dataset.attrs))
