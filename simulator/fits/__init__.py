"""What calibrations found, shipped as data: one worldview a pair of files.

`<worldview>.csv` is for people: each number, its prior, where the record put it.
`<worldview>.npz` is for draws: the most probable coordinates, the directions in which
the record narrows them, and members that each tell the past.
`mixture.csv` says which accounts `evidence-weighted` mixes.
`origins/<year>/` holds the same of fits to a record that ends on 1 January of that year.
"""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.files import package

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from simulator.parameters import Parameter

Array = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, eq=False)
class Narrowed:
    """A Gaussian in standard normal coordinates: prior narrowed by the record.

    Attributes:
        names: the parameters that were free.
        z: the most probable coordinates; shape (free,).
        sizes, directions: how strongly the record narrows which directions; (rank,), (rank, free).
        until: the record that was used ends here.
        worldview: under which beliefs.
        fixed: the numbers that those beliefs fix.
        felt: those of the numbers that the record feels at all; of the others every coordinate is its prior's.
        priors: hash of the priors of those, in whose coordinates all this is written.
        members: coordinates that were each fitted to a draw of the record; shape (fitted, free), or none.
    """

    names: tuple[str, ...]
    z: Array
    sizes: Array
    directions: Array
    until: float
    worldview: str
    fixed: Mapping[str, float] = field(default_factory=dict)
    members: Array | None = None
    felt: tuple[str, ...] = ()
    priors: str = ""

    def is_of(self, parameters: Mapping[str, Parameter]) -> bool:
        """Whether coordinates still mean what they meant; what the record never felt may mean something else."""
        return self.priors == priors_hash(parameters[name] for name in self.felt)

    def chosen(self, choice: Array) -> Array:
        """Choose among the fitted members by standard normals of shape (member,); returns (member, free).

        Raises:
            ValueError: where the calibration fitted no members.
        """
        from scipy.special import ndtr

        if self.members is None:
            message = f"{self.worldview} has no fitted members"
            raise ValueError(message)
        rows = np.minimum((ndtr(choice) * len(self.members)).astype(int), len(self.members) - 1)
        return np.asarray(self.members[rows])

    def located(self, names: Sequence[str]) -> Array:
        """Return the most probable coordinates of some numbers, zero for those that were not free; (name,)."""
        known = dict(zip(self.names, self.z.tolist(), strict=True))
        return np.array([known.get(name, 0.0) for name in names])

    def places(self, names: Sequence[str]) -> Array:
        """Return the most probable coordinates of some numbers, then those of the members, zero where not free.

        Returns:
            Shape (1 + member, name).
        """
        found = np.zeros((1 + (0 if self.members is None else len(self.members)), len(names)))
        found[0] = self.located(names)
        for column, name in enumerate(names):
            if self.members is not None and name in self.names:
                found[1:, column] = self.members[:, self.names.index(name)]
        return found

    def at(self, normals: Array) -> Array:
        """Turn standard normals of shape (member, free) into coordinates drawn from the Gaussian."""
        shrink = 1 - 1 / np.sqrt(1 + self.sizes**2)
        return self.z + normals - ((normals @ self.directions.T) * shrink) @ self.directions


def narrowed(names: Sequence[str], z: Array, jacobian: Array, until: float, worldview: str) -> Narrowed:
    """Return the Gaussian whose covariance is `inverse(I + J'J)`; J has shape (row, free)."""
    _, sizes, directions = np.linalg.svd(jacobian, full_matrices=False)
    return Narrowed(tuple(names), z, sizes, directions, until, worldview)


def priors_hash(parameters: Iterable[Parameter]) -> str:
    """Return a short hash of what coordinates mean: value, range and shape of each number."""
    text = repr([(each.name, each.value, each.range, each.shape, each.limits) for each in parameters])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def home(until: float | None = None) -> Path:
    """Return the folder of the calibrations that ship: to the whole record, or to what ends at `until`."""
    return package("fits") if until is None else package("fits", "origins", f"{until:.0f}")


@cache
def shipped(worldview: str, until: float | None = None) -> Narrowed | None:
    """Return the calibration that travels with the package, or None where there is none.

    Args:
        worldview: under which beliefs.
        until: 1 January of the year at which the record was cut off; the whole record when None.
    """
    return stored(home(until) / f"{worldview}.npz")


def stored(path: Path) -> Narrowed | None:
    """Return the calibration in a file, named for its worldview, or None where there is none."""
    if not path.exists():
        return None
    with np.load(path, allow_pickle=False) as data:
        names = tuple(str(data["names"]).split())
        directions = data["directions"].astype(float)
        fixed = dict(zip(str(data["fixed"]).split(), data["fixed_values"].tolist(), strict=True))
        members = data["members"].astype(float) if "members" in data else None
        felt, priors, until = tuple(str(data["felt"]).split()), str(data["priors"]), float(data["until"])
        return Narrowed(names, data["z"], data["sizes"], directions, until, path.stem, fixed, members, felt, priors)


@cache
def mixture() -> tuple[tuple[str, float], ...]:
    """Return the rival accounts that `evidence-weighted` mixes, each with its weight; they add up to one."""
    weights = {row["worldview"]: float(row["weight"]) for row in _accounts()}
    whole = sum(weights.values())
    return tuple((name, weight / whole) for name, weight in weights.items())


def reasons() -> dict[str, str]:
    """Return what each account of the mixture says of the fall of deaths in 2023-24."""
    return {row["worldview"]: row["because"] for row in _accounts()}


def _accounts() -> list[dict[str, str]]:
    path = package("fits", "mixture.csv")
    if not path.exists():
        return []
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines))
