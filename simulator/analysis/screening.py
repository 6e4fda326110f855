"""Morris screening: which of many numbers matter at all, at a few runs for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.analysis.blocks import Losses, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Array = np.ndarray[Any, np.dtype[np.float64]]

#: A number moves within its stated 90 % range, on a grid of this many levels.
LOW, HIGH, LEVELS = 0.05, 0.95, 4


@dataclass(frozen=True, eq=False)
class Effects:
    """Elementary effects: what crossing its whole stated range does to the outcome, in its unit.

    Attributes:
        names: of the numbers.
        mean: with sign, so that opposite effects cancel; shape (name,).
        size: mean of absolute effects; shape (name,).
        size_error: half-width of its 90 % interval; shape (name,).
        spread: standard deviation of effects: curvature, or dependence on other numbers; shape (name,).
        losses: failed runs, and what they cost.
    """

    names: tuple[str, ...]
    mean: Array
    size: Array
    size_error: Array
    spread: Array
    losses: Losses

    def strongest(self, count: int) -> list[str]:
        """Return the names with the largest mean absolute effect, the largest first."""
        return [self.names[place] for place in np.argsort(-self.size, kind="stable")[:count]]


def morris(
    function: Callable[[Array], Array], names: Sequence[str], *, trajectories: int, seed: int, resamples: int = 200
) -> Effects:
    """Screen numbers, with SALib.

    Args:
        function: from points within the unit cube, shape (run, name), to an output, shape (run,);
            NaN where a run failed.
        names: of the dimensions.
        trajectories: each takes one run a number, and one.
        seed: of the design and of the bootstrap.
        resamples: bootstrap samples behind each interval.

    Raises:
        NumbersFailedError: when hardly a trajectory stayed finite.
    """
    from SALib.analyze import morris as analysis
    from SALib.sample import morris as sampling

    problem = {"num_vars": len(names), "names": list(names), "bounds": [[LOW, HIGH]] * len(names)}
    points = sampling.sample(problem, trajectories, num_levels=LEVELS, seed=seed)
    answers = function(points)
    length = len(names) + 1
    kept, losses = whole(answers[:, None], length)
    rows = np.repeat(kept, length)
    found = analysis.analyze(
        problem, points[rows], answers[rows], num_levels=LEVELS, num_resamples=resamples, conf_level=0.9, seed=seed
    )
    mean, size, error, spread = (np.ma.getdata(found[key]) for key in ("mu", "mu_star", "mu_star_conf", "sigma"))
    return Effects(tuple(names), mean, size, np.asarray(error, float), spread, losses)
