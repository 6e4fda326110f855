"""The reduced result of a sweep: quantiles and moments over members, as NetCDF that explains itself."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.experiments import layout
from simulator.experiments.plan import BLOCK, Block
from simulator.experiments.reduce import ACCURACY, Summary, merged

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import xarray as xr

    from simulator.experiments.design import Reduce
    from simulator.experiments.plan import Plan
    from simulator.experiments.store import Store

Array = np.ndarray[Any, np.dtype[np.float64]]

_PLACE = ("scenario", "worldview")
_MOMENTS = {"mean": "mean", "variance": "variance", "minimum": "lowest", "maximum": "highest"}


def dataset(plan: Plan, store: Store, attributes: Mapping[str, Any]) -> xr.Dataset:
    """Merge the summaries of all blocks, in the order of their members, into one Dataset."""
    import xarray as xr

    reduce = plan.design.reduce
    if reduce is None:  # pragma: no cover - nobody asks for what was not wanted
        raise ValueError("the design reduces nothing")
    dim, instants, about = layout.axis(plan, reduce.resolution)
    found = xr.Dataset(
        coords={
            "scenario": ("scenario", list(plan.design.scenarios)),
            "worldview": ("worldview", list(plan.design.worldviews)),
            "quantile": ("quantile", list(reduce.quantiles), {"long_name": "share of members", "units": "1"}),
            dim: (dim, instants, about),
        },
        attrs={**attributes, "quantile_accuracy": ACCURACY},
    )
    kinds = ["values"] if reduce.differences == "none" or len(plan.design.scenarios) == 1 else ["values", "changes"]
    for kind in kinds:
        for (scenario, worldview), summary in _merged(plan, store, kind).items():
            _fill(found, plan, reduce, (scenario, worldview), summary, kind)
    return xr.decode_cf(found)


def _merged(plan: Plan, store: Store, kind: str) -> dict[tuple[int, int], Summary]:
    numbers = range(-(-plan.shape[2] // BLOCK))
    return {
        (s, w): merged(store.part(Block(s, w, number), kind) for number in numbers)
        for s in range(plan.shape[0])
        for w in range(plan.shape[1])
        if kind == "values" or s > 0
    }


def _fill(found: xr.Dataset, plan: Plan, reduce: Reduce, place: tuple[int, int], summary: Summary, kind: str) -> None:
    """Put one summary where it belongs, quantity by quantity."""
    dim, instants, _ = layout.axis(plan, reduce.resolution)
    count = len(instants)
    quantiles = summary.quantiles(reduce.quantiles)
    for number, name in enumerate(plan.design.keep.quantities):
        columns = slice(number * count, (number + 1) * count)
        about = layout.described_at(plan.model, name, reduce.resolution, rate=name in plan.rates)
        stem, words = name, about["long_name"]
        if kind == "changes":
            stem, words = f"{name}_change", f"{words}: change from {plan.design.scenarios[0]}, member by member"
            share = {"long_name": f"{words}: share of members with a decrease", "units": "1"}
            _put(found, f"{stem}_share_decreased", (*_PLACE, dim), place, summary.share_negative[columns], share)
        _put(found, stem, (*_PLACE, "quantile", dim), place, quantiles[:, columns], {**about, "long_name": words})
        for moment, attribute in _MOMENTS.items():
            units = f"({about['units']})^2" if moment == "variance" else about["units"]
            told = {**about, "long_name": f"{words}: {moment} over members", "units": units}
            _put(found, f"{stem}_{moment}", (*_PLACE, dim), place, getattr(summary, attribute)[columns], told)
    counted = {"long_name": f"members with finite {kind}", "units": "1"}
    _put(found, f"counted_{kind}", _PLACE, place, np.array(summary.count.min(), float), counted)


def _put(
    found: xr.Dataset, name: str, dims: tuple[str, ...], place: tuple[int, int], values: Array, about: dict[str, Any]
) -> None:
    if name not in found:
        found[name] = (dims, np.full([found.sizes[dim] for dim in dims], np.nan), about)
    found[name].values[place] = values


def write(result: xr.Dataset, path: Path) -> None:
    """Write the reduced result under another name, then all at once."""
    passing = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        result.to_netcdf(passing, engine="netcdf4")
        passing.replace(path)
    except BaseException:
        passing.unlink(missing_ok=True)
        raise
