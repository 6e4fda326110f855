"""Draw from a posterior: walkers in coordinates in which it is nearly round.

Two moves take turns. *Langevin* goes downhill by the slopes of the best fit, which are at hand
for nothing, and pays for their error in what it accepts; it moves all coordinates. *Differential
evolution* learns the shape of the walkers themselves; it moves those that the record informs, for
which a proposal in all of two hundred would be lost. Neither is biased by what it does not know:
both accept by the true density (`tests/test_sampling.py` holds them to known posteriors).

Two ensembles that never meet make the convergence that is reported mean something.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.calibration.walkers import MOVES, Run, keep, resume

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Array = np.ndarray[Any, np.dtype[np.float64]]
ENSEMBLES = 2
#: What a sample must show before it is believed.
MOST_RHAT, LEAST_DRAWS = 1.02, 400
#: Every this many iterations the walkers' places are kept; so often the walk is written down; and
#: with fewer kept places nobody asks whether it is enough.
THIN, PAUSE, FEWEST = 10, 200, 40


@dataclass(frozen=True, eq=False)
class Sample:
    """Draws from a posterior, and how far they can be trusted.

    Attributes:
        draws: shape (ensemble, iteration, walker, coordinate), after warming up.
        rhat: rank-normalised split R-hat of each coordinate, ensembles against each other.
        effective: effective number of draws of each coordinate, bulk.
        accepted: share of proposals accepted, by move.
        evaluations: how often the density was asked for.
    """

    draws: Array
    rhat: Array
    effective: Array
    accepted: dict[str, float]
    evaluations: int

    @property
    def believed(self) -> bool:
        """Whether every coordinate has converged, with draws enough."""
        return bool(self.rhat.max() <= MOST_RHAT and self.effective.min() >= LEAST_DRAWS)

    def spread_out(self, count: int) -> Array:
        """Return draws taken evenly from all, shape (count, coordinate)."""
        flat = self.draws.reshape(-1, self.draws.shape[-1])
        return np.asarray(flat[np.linspace(0, len(flat) - 1, count).round().astype(int)])


def sample(  # noqa: PLR0913 - settings of a walk, by name
    density: Callable[[Array], tuple[Array, Array]],
    start: Array,
    rank: int,
    *,
    iterations: int,
    warming: int,
    seed: int,
    report: Callable[[int, int], None] | None = None,
    checkpoint: Path | None = None,
    enough: Callable[[Array], bool] | None = None,
) -> Sample:
    """Sample a density whose best guess is the standard normal.

    Args:
        density: log density and slopes, roughly right, of positions (walker, coordinate).
        start: where walkers begin; shape (ensemble, walker, coordinate), more widely spread than the target.
        rank: how many coordinates, the first, differ from a standard normal by much.
        iterations: of each ensemble after `warming`, at most.
        warming: iterations in which the Langevin step is tuned; they are thrown away.
        seed: of all moves; each iteration draws from a stream of its own.
        report: told `(done, all)` after every iteration of all ensembles.
        checkpoint: file in which the walk is kept; where it exists the walk goes on from there.
        enough: told the draws so far now and then; True ends the walk early.
    """
    runs = [Run(density, walkers, rank, seed + number) for number, walkers in enumerate(start)]
    done, whole = 0, warming + iterations
    if checkpoint and checkpoint.exists():
        done = resume(runs, checkpoint)
    while done < whole:
        done += 1
        for run in runs:
            run.step(done, tune=done <= warming, keep=done > warming and done % THIN == 0)
        if report:
            report(done, whole)
        if done % PAUSE == 0 or done == whole:
            if checkpoint:
                keep(runs, done, checkpoint)
            if enough and len(runs[0].kept) >= FEWEST and enough(np.array([run.kept for run in runs])):
                break
    draws = np.array([run.kept for run in runs])
    accepted = {name: float(np.mean([run.accepted[name] / max(run.tried[name], 1) for run in runs])) for name in MOVES}
    return Sample(draws, *trust(draws), accepted, sum(run.evaluations for run in runs))


def trust(draws: Array) -> tuple[Array, Array]:
    """Return R-hat and effective number of draws of each coordinate; both of shape (coordinate,).

    R-hat compares the ensembles, and the first half of each with the second: all walkers of an
    ensemble are one chain, for they know of each other. Effective draws count every walker as a
    chain of its own, so that walkers that have not yet met the whole posterior lower it.

    Args:
        draws: shape (ensemble, iteration, walker, coordinate).
    """
    from arviz_stats import base

    array_stats: Any = base.array_stats  # type: ignore[attr-defined]
    ensembles, iterations, walkers, count = draws.shape
    chains = draws.reshape(ensembles, iterations * walkers, count)
    each = np.moveaxis(draws, 2, 1).reshape(ensembles * walkers, iterations, count)
    rhat = [float(array_stats.rhat(chains[..., k], chain_axis=0, draw_axis=1)) for k in range(count)]
    effective = [float(array_stats.ess(each[..., k], chain_axis=0, draw_axis=1)) for k in range(count)]
    return np.array(rhat), np.array(effective)
