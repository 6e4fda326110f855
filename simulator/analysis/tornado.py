"""Tornado: each number alone at the ends of its range, all others at their likeliest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.fentanyl import fentanyl_model

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.analysis.beliefs import Beliefs

Array = np.ndarray[Any, np.dtype[np.float64]]

#: The ends of a 90 % range.
ENDS = (0.05, 0.95)


def tornado(
    function: Callable[[Array], Array], beliefs: Beliefs, *, members: int, seed: int, prior: bool
) -> list[dict[str, Any]]:
    """Move each uncertain number to the 5th and 95th percentile of its members.

    One at a time shows no interaction, and a number moved alone leaves the past that the others
    were fitted to; it is the quickest picture, not the fairest.

    Args:
        function: from numbers of shape (member, constant) to the outcome, shape (member,).
        beliefs: which numbers vary.
        members: drawn to find the percentiles.
        seed: of those draws.
        prior: take percentiles and the middle from the stated ranges, not from the calibration.

    Returns:
        Rows with `name, low, high, at_low, at_high, best, swing`, the widest swing first;
        outcomes are None where the run failed.
    """
    constants = fentanyl_model().constants
    middle = beliefs.best(prior=prior)
    low, high = np.quantile(beliefs.members(members, seed, prior=prior), ENDS, axis=0)
    design = np.tile(middle, (1 + 2 * len(beliefs.free), 1))
    for place, name in enumerate(beliefs.free):
        column = constants.index(name)
        design[1 + 2 * place, column], design[2 + 2 * place, column] = low[column], high[column]
    answers = function(design)
    rows = []
    for place, name in enumerate(beliefs.free):
        column = constants.index(name)
        at_low, at_high = answers[1 + 2 * place], answers[2 + 2 * place]
        rows.append(
            {
                "name": name,
                "low": float(low[column]),
                "high": float(high[column]),
                "at_low": _finite(at_low),
                "at_high": _finite(at_high),
                "best": _finite(answers[0]),
                "swing": float(np.nan_to_num(abs(at_high - at_low))),
            }
        )
    return sorted(rows, key=lambda row: -float(row["swing"]))


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
