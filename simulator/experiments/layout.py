"""The arrays of a store before any member is in it: dims, chunks, coordinates and what is said of them."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from simulator.contents import described
from simulator.dates import MONTHS
from simulator.experiments.plan import BLOCK

if TYPE_CHECKING:
    from collections.abc import Mapping

    import zarr

    from simulator.experiments.design import Resolution
    from simulator.experiments.plan import Plan
    from simulator.model import Model

Array = np.ndarray[Any, Any]

#: The numbers that members drew, the flags of those that failed, and how exact the runs are, under the name that it
#: has in every result; what was measured is beside it in `about_integration_error`.
DRAWN, FAILED, ERROR = "drawn", "failed", "measured_integration_error"

#: Values are stored in single precision: a tenth of the error of the integration.
VALUES = np.dtype("float32")

_AXIS: dict[str, str] = {"monthly": "time", "annual": "calendar_year"}
_EPOCH = "days since 1970-01-01"


def stored_bytes(plan: Plan) -> int:
    """Return how many bytes the members take before they are packed."""
    scenarios, worldviews, members = plan.shape
    if plan.design.keep.members == "none":
        return scenarios * worldviews * members
    numbers = len(plan.design.keep.quantities) * len(instants(plan, plan.design.keep.resolution)) * VALUES.itemsize
    return worldviews * members * (scenarios * (numbers + 1) + 8 * len(plan.sampler.factors))


def instants(plan: Plan, resolution: Resolution) -> Array:
    """Return the months (days since 1970) or calendar years of a result."""
    if resolution == "annual":
        return np.unique(np.floor(plan.times[:-1] + 1e-9).astype(int))
    return _days(plan.times[:-1])


def _days(times: Array) -> Array:
    months = np.rint((times - 1970) * MONTHS).astype(int).astype("datetime64[M]")
    return np.asarray(months.astype("datetime64[D]").astype(np.int64))


def described_at(model: Model, name: str, resolution: Resolution, *, rate: bool) -> dict[str, Any]:
    """Return the attributes of a quantity at a resolution, as CF names them."""
    about = described(model, name, rate)
    if resolution == "annual":
        about["cell_methods"] = "calendar_year: sum" if rate else "calendar_year: point (comment: on 1 January)"
        about["units"] = about["units"].removesuffix("/year") if rate else about["units"]
    return about


def axis(plan: Plan, resolution: Resolution) -> tuple[str, Array, dict[str, Any]]:
    """Return the name of the axis of time, its values and its attributes."""
    if resolution == "annual":
        return "calendar_year", instants(plan, "annual"), {"long_name": "calendar year"}
    about = {"standard_name": "time", "long_name": "start of the month", "axis": "T", "units": _EPOCH,
             "calendar": "proleptic_gregorian"}  # fmt: skip
    return "time", instants(plan, "monthly"), about


def lay_out(plan: Plan, path: Path, attributes: Mapping[str, Any]) -> None:
    """Put coordinates and empty arrays at `path`, over whatever is there; chunks of members stay."""
    import zarr

    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as passing:
        fresh = Path(passing) / path.name
        group = zarr.create_group(fresh, zarr_format=3, attributes=dict(attributes))
        _members(group, plan)
        _coordinates(group, plan)
        # the description of the whole comes last: a store without it is no store
        files = sorted((each for each in fresh.rglob("*") if each.is_file()), key=lambda each: each.parent == fresh)
        for file in files:
            target = path / file.relative_to(fresh)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target.with_name(f".{target.name}.part"))
            target.with_name(f".{target.name}.part").replace(target)


def _members(group: zarr.Group, plan: Plan) -> None:
    """Make the arrays of members, one chunk a block."""
    scenarios, worldviews, members = plan.shape
    chunk, keep = min(BLOCK, members), plan.design.keep
    dims = ("scenario", "worldview", "member")
    if keep.members == "all":
        steps = len(instants(plan, keep.resolution))
        for name in keep.quantities:
            about = described_at(plan.model, name, keep.resolution, rate=name in plan.rates)
            shape, chunks = (scenarios, worldviews, members, steps), (1, 1, chunk, steps)
            _array(group, name, (*dims, _AXIS[keep.resolution]), shape, chunks, VALUES, about)
        count = len(plan.sampler.factors)
        about = {"long_name": "numbers that members drew", "comment": "each in the unit of its parameter"}
        table = (worldviews, members, count)
        _array(group, DRAWN, (*dims[1:], "parameter"), table, (1, chunk, count), np.dtype(float), about)
    about = {"long_name": "member did not stay finite", "units": "1", "dtype": "bool"}
    _array(group, FAILED, dims, plan.shape, (1, 1, chunk), np.dtype(np.int8), about)


def _coordinates(group: zarr.Group, plan: Plan) -> None:
    """Write what the axes mean."""
    keep = plan.design.keep
    names = {"scenario": plan.design.scenarios, "worldview": plan.design.worldviews}
    if keep.members == "all":
        names["parameter"] = tuple(plan.sampler.factors)
        dim, values, about = axis(plan, keep.resolution)
        _filled(group, dim, (dim,), values, about)
        if dim == "time":
            year = {"long_name": "decimal year at the start of the month", "units": "year"}
            _filled(group, "year", (dim,), plan.times[:-1], year)
    for dim, words in names.items():
        _filled(group, dim, (dim,), np.array(words, dtype=object), {"long_name": dim})
    _filled(group, "member", ("member",), np.arange(plan.shape[2]), {"long_name": "member of the ensemble"})


def _filled(group: zarr.Group, name: str, dims: tuple[str, ...], values: Array, about: dict[str, Any]) -> None:
    made = group.create_array(
        name,
        shape=values.shape,
        chunks=tuple(max(size, 1) for size in values.shape),
        dtype=cast("Any", "str" if values.dtype.kind == "O" else values.dtype),
        dimension_names=dims,
        attributes=about,
    )
    made[...] = values


def _array(
    group: zarr.Group,
    name: str,
    dims: tuple[str, ...],
    shape: tuple[int, ...],
    chunks: tuple[int, ...],
    kind: np.dtype[Any],
    about: dict[str, Any],
) -> None:
    from zarr.codecs import BloscCodec

    group.create_array(
        name,
        shape=shape,
        chunks=chunks,
        dtype=kind,
        fill_value=np.nan if kind.kind == "f" else 0,
        compressors=BloscCodec(cname="zstd", clevel=1, shuffle="shuffle"),
        dimension_names=dims,
        attributes=about,
    )
