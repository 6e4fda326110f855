"""Two policies, one debate: under which beliefs is each the better one?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator import copies
from simulator.analysis.boxes import Box, phrase
from simulator.analysis.discovery import FEWEST, fewest
from simulator.analysis.tree import tree
from simulator.fentanyl import fentanyl_model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.copies import Groups

Array = np.ndarray[Any, np.dtype[np.float64]]

#: Numbers that a tree may ask about: those that differ most between members that disagree.
FACTORS = 12


@dataclass(frozen=True, eq=False)
class Pairing:
    """How the beliefs divide between two policies.

    Attributes:
        first, second: the policies.
        share: of members for whom the second is better.
        error: Monte Carlo standard error of that share.
        leaves: of a tree about where the second is better, the densest first; empty where members nearly agree.
        accuracy: of the tree on members it has not seen; half is a coin.
    """

    first: str
    second: str
    share: float
    error: float
    leaves: Sequence[Box]
    accuracy: float | None

    def told(self) -> list[str]:
        """Return sentences: how members divide, and by which beliefs."""
        share = f"{100 * self.share:.0f} % (± {100 * self.error:.0f})"
        said = [f"{self.second} is better than {self.first} for {share} of members."]
        for leaf, better in self._ends():
            where = " and ".join(phrase(name, side) for name, side in leaf.sides.items())
            density, good = (
                (leaf.density, "better") if better == self.second else (1 - leaf.density, "as good or better")
            )
            said.append(f"Where {where}, {better} is {good} for {100 * density:.0f} % of members.")
        return said

    def _ends(self) -> list[tuple[Box, str]]:
        """Return the leaves that speak most clearly for each policy."""
        if not self.leaves:
            return []
        return [(self.leaves[0], self.second), (self.leaves[-1], self.first)]


def paired(
    pair: tuple[str, str],
    losses: tuple[Array, Array],
    numbers: Array,
    *,
    seed: int,
    groups: Groups | None = None,
) -> Pairing:
    """Ask a tree which beliefs divide two policies.

    Args:
        pair: their names.
        losses: less is better; each of shape (member,).
        numbers: what members believe; shape (member, constant).
        seed: of the tree.
        groups: which members are copies; shape (member,). Without it none are.

    Raises:
        SimulatorError: where scikit-learn is not installed.
    """
    second = losses[1] < losses[0]
    alike = copies.alone(len(second)) if groups is None else groups
    share, error = float(second.mean()), float(copies.error(second.astype(float), alike))
    if fewest(second, alike) < FEWEST:
        return Pairing(*pair, share, error, (), None)
    constants = fentanyl_model().constants
    varied = [place for place in range(len(constants)) if np.ptp(numbers[:, place]) > 0]
    names = [constants[place] for place in varied]
    grown = tree(numbers[:, varied], second, names, seed=seed, groups=alike, factors=FACTORS)
    return Pairing(*pair, share, error, grown.leaves, grown.accuracy)
