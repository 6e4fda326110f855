"""Sobol' indices: which share of the variance of an outcome each uncertain number accounts for.

They divide variance among *independent* numbers, and are not defined for members of a
calibration, whose numbers depend on each other; `simulator.analysis.given` is for those.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.analysis.blocks import FEWEST, Losses, whole
from simulator.errors import Problem, refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Array = np.ndarray[Any, np.dtype[np.float64]]

#: Parts of the design at which indices are shown, so that a reader sees whether they still move.
PARTS = (4, 2, 1)
CONFIDENCE = 0.9
#: Bootstrap samples behind each interval.
RESAMPLES = 200
#: Half a unit of rounding in a difference of large totals is no variance.
_NOTHING = 1e-12


@dataclass(frozen=True, eq=False)
class Indices:
    """Sobol' indices with the half-widths of their 90 % intervals.

    Attributes:
        names: of the numbers, or groups of numbers.
        sizes: how many blocks of the design each set of indices rests on; shape (size,).
        first, total: of shape (size, name, output); NaN where an output does not vary.
        first_error, total_error: half-widths, same shape.
        losses: failed runs, and what they cost.
    """

    names: tuple[str, ...]
    sizes: tuple[int, ...]
    first: Array
    total: Array
    first_error: Array
    total_error: Array
    losses: Losses

    @property
    def drift(self) -> Array:
        """How far total indices moved when the design was last doubled; shape (name, output)."""
        return np.asarray(np.abs(self.total[-1] - self.total[-2]))


def sobol(
    function: Callable[[Array], Array],
    names: Sequence[str],
    *,
    size: int,
    seed: int,
    groups: Sequence[str] | None = None,
    resamples: int = RESAMPLES,
) -> Indices:
    """Estimate first and total indices, with SALib.

    Args:
        function: from points in the unit cube, shape (run, name), to outputs, shape (run, output);
            NaN where a run failed.
        names: of the dimensions of the cube.
        size: blocks of the design, a power of two; each takes one run a group, and two.
        seed: of the sequence and of the bootstrap.
        groups: the group of each dimension; a group has one index.
        resamples: bootstrap samples behind each interval.

    Raises:
        SimulatorError: for a size that is no power of two, or less than sixteen.
        NumbersFailedError: when hardly a block stayed finite.
    """
    from SALib.sample import sobol as sampling

    refuse_size(size)
    problem: dict[str, Any] = {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}
    if groups is not None:
        problem["groups"] = list(groups)
    kinds = tuple(dict.fromkeys(groups or names))
    points = sampling.sample(problem, size, calc_second_order=False, scramble=True, seed=seed)
    answers = function(points)
    kept, losses = whole(answers, len(kinds) + 2)
    blocks = answers.reshape(size, len(kinds) + 2, -1)
    sizes = tuple(size // part for part in PARTS)
    found = np.full((4, len(sizes), len(kinds), blocks.shape[2]), np.nan)
    for row, count in enumerate(sizes):
        part = blocks[:count][kept[:count]]
        for column in range(blocks.shape[2]):
            found[:, row, :, column] = _analysed(problem, part[:, :, column].ravel(), len(kinds), seed, resamples)
    return Indices(kinds, sizes, found[0], found[1], found[2], found[3], losses)


def refuse_size(size: int) -> None:
    """Refuse a design that is not balanced, or too small for a quarter of it to say anything.

    Raises:
        SimulatorError: for a size that is no power of two, or less than sixteen.
    """
    least = FEWEST * PARTS[0]
    if size < least or size & (size - 1):
        refuse([Problem("--size", f"{size} is no power of two from {least} on.", "Choose 128, 256 or 512.")])


def _analysed(problem: dict[str, Any], answers: Array, kinds: int, seed: int, resamples: int) -> Array:
    """Return first and total indices and their half-widths, shape (4, name); NaN where nothing varies."""
    from SALib.analyze import sobol as analysis

    if len(answers) < FEWEST or np.ptp(answers) <= _NOTHING * np.abs(answers).max():
        return np.full((4, kinds), np.nan)
    found = analysis.analyze(
        problem, answers, calc_second_order=False, num_resamples=resamples, conf_level=CONFIDENCE, seed=seed
    )
    return np.array([found[key] for key in ("S1", "ST", "S1_conf", "ST_conf")])
