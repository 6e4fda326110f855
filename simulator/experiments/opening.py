"""Opening a store to read it, after a look at whether all of it is there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from simulator.errors import Problem, SimulatorError, refuse
from simulator.experiments import lock
from simulator.experiments.plan import Block
from simulator.experiments.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

_FEW = 5  # damaged files that are named


def opened(place: Path, *, partial: bool = False, check: bool = False) -> xr.Dataset:
    """Return the members of a sweep as a Dataset whose values are read when asked for.

    Args:
        place: the store, a folder whose name ends in .zarr.
        partial: also open a store in which blocks are missing; their values are NaN.
        check: read every file and compare its checksum first.

    Raises:
        SimulatorError: when the store is being written, is not complete, or is damaged.
    """
    import xarray as xr

    store = Store(place)
    if not store.manifest.exists():
        problem = Problem(str(place), "There is no sweep here.", f"{store.manifest} should tell of one.")
        raise SimulatorError([problem])
    if not partial:
        refuse(_incomplete(store))
    if check:
        refuse(_damaged(store))
    found: xr.Dataset = xr.open_zarr(place, consolidated=False)
    return found


def _incomplete(store: Store) -> list[Problem]:
    writer = lock.holder(store.sidecar / "lock")
    if writer:
        where = f"process {writer.get('pid', '?')} on {writer.get('host', '?')}"
        return [Problem(str(store.path), f"It is being written by {where}.", "Wait for it, or open it as partial.")]
    total = json.loads(store.manifest.read_bytes())["blocks"]
    done = len(list((store.sidecar / "blocks").glob("*.json")))
    if done < total:
        return [Problem(str(store.path), f"Only {done} of {total} blocks are done.", "Finish it with --resume.")]
    return []


def _damaged(store: Store) -> list[Problem]:
    found = []
    for mark in sorted((store.sidecar / "blocks").glob("*.json")):
        known = store.done(Block(*map(int, mark.stem.split("-"))))
        found += store.damaged(known) if known else [mark.name]
    remedy = "Its block is done again with --resume."
    return [Problem(name, "It is missing, or not as it was written.", remedy) for name in found[:_FEW]]
