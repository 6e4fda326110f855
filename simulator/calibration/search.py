"""The search for the most probable numbers: from hundreds of places downhill, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.calibration.descent import descend
from simulator.calibration.frame import Frame

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.calibration.problem import Problem

Array = np.ndarray[Any, np.dtype[np.float64]]

#: How far from the centre of the priors places lie, in standard deviations, in turn.
SPREADS = (0.7, 1.0)
#: Steps of each stage. After a stage coordinates are laid anew over the better half of the places.
STAGES = (50, 50, 100)


def search(
    problem: Problem,
    starts: int,
    seed: int,
    *,
    known: Array | None = None,
    stages: tuple[int, ...] = STAGES,
    report: Callable[[str], None] | None = None,
) -> tuple[Array, Array]:
    """Go downhill from many places at once.

    Args:
        problem: whose misfit.
        starts: how many places are drawn around the centre of the priors.
        seed: of those draws; the first place is the centre itself.
        known: further places, such as an earlier fit and its members; shape (place, free).
        stages: steps of each stage.
        report: told how far they have come after each.

    Returns:
        Where each has come to and its misfit, best first; shapes (place, free) and (place,).
    """
    free = len(problem.free)
    generator = np.random.default_rng(seed)
    spread = np.array([0.0, *SPREADS])[np.minimum(np.arange(starts), 1 + np.arange(starts) % len(SPREADS))]
    places = spread[:, None] * generator.standard_normal((starts, free))
    if known is not None:
        places = np.concatenate([known, places])
    misfit = np.zeros(len(places))
    for number, steps in enumerate(stages):
        frame = Frame.at(problem, places[: max(1, len(places) // 2)])
        found, misfit = descend(frame.ground(problem), frame.inside(places), steps)
        order = np.argsort(misfit, kind="stable")
        places, misfit = frame.outside(found)[order], misfit[order]
        if report:
            middle, stage = misfit[len(misfit) // 2], f"stage {number + 1} of {len(stages)}"
            report(f"{len(places)} starts, {stage}: misfit {misfit[0]:.2f}, half below {middle:.2f}")
    return places, misfit
