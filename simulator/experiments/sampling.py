"""Where members stand: standard normal coordinates of everything that varies, block by block.

A coordinate of NaN leaves a parameter at its likeliest value. Members of Monte Carlo depend
on the seed and their number alone; those of Sobol' and Latin hypercubes on their sequence too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator import draws
from simulator.experiments.design import Course
from simulator.experiments.tables import read_draws

if TYPE_CHECKING:
    from simulator.experiments.design import Design
    from simulator.model import Model

Array = np.ndarray[Any, np.dtype[np.float64]]

#: A Latin hypercube of more numbers than this is refused: it must be drawn all at once.
TOO_LARGE = 20_000_000

_LEVELS = {"grid": 5, "one-at-a-time": 2}
_EDGE = 1e-12  # from 0 and 1, where a normal coordinate would be infinite
_LOW, _HIGH = 0.05, 0.95  # where levels of a distribution begin and end


def factors_of(design: Design, model: Model) -> dict[str, Course]:
    """Return what varies and how, by name, in the order of the dimensions of the sample."""
    if isinstance(design.vary, str):
        return {name: Course(kind=design.vary) for name in model.constants if model.parameters[name].is_uncertain}
    if design.sample.kind == "posterior":
        return {name: Course(kind="posterior") for name in model.constants if model.parameters[name].is_uncertain}
    return dict(design.vary)


@dataclass(frozen=True, eq=False)
class Sampler:
    """Coordinates of members.

    Attributes:
        kind, members, seed: as in the design.
        factors: what varies, and how.
        columns: the place of each factor among the normals that Monte Carlo draws of a member.
        width: how many normals that is, whatever the design varies.
        levels: how many values of each factor are tried (grid, one-at-a-time).
        rows: the draws of a file; shape (member, factor).
    """

    kind: str
    members: int
    seed: int
    factors: dict[str, Course]
    columns: tuple[int, ...] = ()
    width: int = 0
    levels: tuple[int, ...] = ()
    rows: Array = field(default_factory=lambda: np.empty((0, 0)))

    @classmethod
    def of(cls, design: Design, model: Model, folder: Path) -> Sampler:
        """Return the sampler of a design, whose file of draws is relative to `folder`.

        Raises:
            SimulatorError: for a file of draws that cannot be used.
        """
        sample = design.sample
        if sample.kind == "file":
            names, rows = read_draws(folder / str(sample.file), model)
            factors = {name: Course(kind="values") for name in names}
            return cls(sample.kind, sample.members or len(rows), sample.seed, factors, rows=rows)
        factors = factors_of(design, model)
        count = sample.levels or _LEVELS.get(sample.kind, 0)
        levels = tuple(len(each.numbers) if each.kind == "values" else count for each in factors.values())
        members = {"grid": prod(levels), "one-at-a-time": 1 + sum(levels)}.get(sample.kind, sample.members or 0)
        uncertain = [name for name in model.constants if model.parameters[name].is_uncertain]
        order = [*uncertain, *(name for name in model.constants if name not in set(uncertain))]
        columns = tuple(order.index(name) for name in factors)
        width = max([len(uncertain), *(column + 1 for column in columns)])
        return cls(sample.kind, members, sample.seed, factors, columns, width, levels)

    def block(self, first: int, last: int) -> Array:
        """Return coordinates of members `first` to `last`, shape (member, factor)."""
        if self.kind in ("monte-carlo", "posterior"):
            return draws.normals(self.width, last - first, self.seed, first)[:, list(self.columns)]
        if self.kind == "sobol":
            return self._sobol(first, last)
        if self.kind == "latin-hypercube":
            return _normal(self._hypercube[first:last])
        if self.kind == "grid":
            return self._grid(first, last)
        if self.kind == "one-at-a-time":
            return self._alone(first, last)
        return self.rows[first:last]

    def _sobol(self, first: int, last: int) -> Array:
        from scipy.stats import qmc

        sequence = qmc.Sobol(len(self.factors), scramble=True, rng=np.random.default_rng(self.seed))
        if first:
            sequence.fast_forward(first)
        return _normal(np.clip(sequence.random(last - first), _EDGE, 1 - _EDGE))

    @cached_property
    def _hypercube(self) -> Array:
        from scipy.stats import qmc

        cube = qmc.LatinHypercube(len(self.factors), rng=np.random.default_rng(self.seed))
        return np.asarray(np.clip(cube.random(self.members), _EDGE, 1 - _EDGE))

    def _grid(self, first: int, last: int) -> Array:
        """Count through every combination, the last factor fastest."""
        places = np.unravel_index(np.arange(first, last), self.levels)
        ladders = [self._ladder(number) for number in range(len(self.levels))]
        return np.stack([ladder[place] for ladder, place in zip(ladders, places, strict=True)], axis=1)

    def _alone(self, first: int, last: int) -> Array:
        """Leave member 0 at the likeliest values; in each other one, move one factor to one level."""
        found = np.full((last - first, len(self.levels)), np.nan)
        ends = 1 + np.cumsum(self.levels)
        for member in range(max(first, 1), last):
            number = int(np.searchsorted(ends, member, side="right"))
            found[member - first, number] = self._ladder(number)[member - (ends[number] - self.levels[number])]
        return found

    def _ladder(self, number: int) -> Array:
        """Return the coordinates of the levels of one factor."""
        course, count = list(self.factors.values())[number], self.levels[number]
        if course.kind == "values":
            return _normal((np.arange(count) + 0.5) / count)
        steps = np.linspace(0, 1, count) if count > 1 else np.array([0.5])
        return _normal(steps if course.kind == "range" else _LOW + (_HIGH - _LOW) * steps)


def _normal(shares: Array) -> Array:
    from scipy.special import ndtri

    return np.asarray(ndtri(shares))
