"""Designs that come in blocks: a block with one failed run is left out as a whole, and counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.errors import NumbersFailedError, Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

Array = np.ndarray[Any, np.dtype[np.float64]]

#: Fewer blocks than this carry no index.
FEWEST = 4


@dataclass(frozen=True)
class Losses:
    """How many runs failed, and how many blocks that cost.

    Attributes:
        runs, failed_runs: asked for, and lost.
        blocks, lost_blocks: likewise.
    """

    runs: int
    failed_runs: int
    blocks: int
    lost_blocks: int

    @property
    def told(self) -> str:
        """A sentence about what was lost."""
        if not self.failed_runs:
            return f"All {self.runs:,} runs stayed finite."
        return (
            f"{self.failed_runs:,} of {self.runs:,} runs failed; with them {self.lost_blocks:,} of {self.blocks:,} "
            "blocks were left out, so the indices hold for the beliefs under which the model runs."
        )


def whole(answers: Array, size: int) -> tuple[NDArray[np.bool_], Losses]:
    """Say which blocks of consecutive runs are complete.

    Args:
        answers: NaN where a run failed; shape (run, output).
        size: runs in a block.

    Raises:
        NumbersFailedError: when fewer than four blocks are complete.
    """
    lost: NDArray[np.bool_] = np.logical_not(np.isfinite(answers).all(axis=1))
    kept: NDArray[np.bool_] = np.logical_not(lost.reshape(-1, size).any(axis=1))
    losses = Losses(len(lost), int(lost.sum()), len(kept), len(kept) - int(kept.sum()))
    if kept.sum() < FEWEST:
        remedy = "Look at the ranges of the numbers, or fix some with --set."
        raise NumbersFailedError([Problem("design", f"Only {kept.sum()} blocks of runs stayed finite.", remedy)])
    return kept, losses
