"""Scenario discovery: under which beliefs does a policy fail to reach a target?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from simulator.analysis.beliefs import refuse_strangers
from simulator.analysis.boxes import Box, Sought, telling
from simulator.analysis.peeling import Stability, prim
from simulator.analysis.tree import FOLDS, Tree, tree
from simulator.errors import Problem, refuse
from simulator.fentanyl import fentanyl_model

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from simulator.analysis.beliefs import Beliefs
    from simulator.analysis.question import Question
    from simulator.copies import Groups

Array = np.ndarray[Any, np.dtype[np.float64]]

#: Fewer members of either sort than this teach nothing; copies of one fit are one.
FEWEST = 4 * FOLDS
_HALF = 0.5


@dataclass(frozen=True)
class Target:
    """What a policy should reach.

    Attributes:
        kind: `averts` a share of what it is held against; or the answer is `at_most`, `at_least` a value.
        value: that share, or that value in the unit of the answer.
    """

    kind: Literal["averts", "at_most", "at_least"]
    value: float

    def missed(self, own: Array, base: Array | None) -> NDArray[np.bool_]:
        """Say which members miss it; both of shape (member,)."""
        if self.kind == "averts":
            return np.asarray(own > (1 - self.value) * (own if base is None else base))
        answer = own if base is None else own - base
        return np.asarray(answer > self.value if self.kind == "at_most" else answer < self.value)


@dataclass(frozen=True, eq=False)
class Discovery:
    """What was found.

    Attributes:
        names: the numbers looked at closely.
        points: their values; shape (member, name).
        fails: shape (member,).
        lost: members that did not stay finite.
        box, stability: of PRIM, about failures or, where these are the more, about successes; None
            where nearly all members fail, or hardly any.
        tree: likewise.
    """

    names: tuple[str, ...]
    points: Array
    fails: NDArray[np.bool_]
    lost: int
    box: Box | None
    stability: Stability | None
    tree: Tree | None


def discover(  # noqa: PLR0913 - settings of an analysis, by name
    question: Question,
    target: Target,
    beliefs: Beliefs,
    *,
    members: int,
    seed: int,
    prior: bool = False,
    factors: int = 12,
    among: Sequence[str] = (),
    density: float = 0.75,
    progress: Callable[[int, int], None] | None = None,
) -> Discovery:
    """Run a policy under many beliefs and find those under which it fails.

    Args:
        question: policy, base, outcome and years.
        target: what the policy should reach.
        beliefs: which numbers vary.
        members: how many sets of them.
        seed: of the draws and of the resampling.
        prior: draw from the stated ranges alone, without the record.
        factors: how many numbers are looked at closely, those that differ most between
            members that fail and members that do not.
        among: look at these numbers only.
        density: the share of failures that a box should have at least.
        progress: told `(done, all)`.

    Raises:
        SimulatorError: for a number that does not vary, a missing library, or a target that needs a base.
    """
    if target.kind == "averts" and not question.against:
        refuse([Problem("--averting", "There is nothing to avert from.", "Name a base with --against.")])
    constants = fentanyl_model().constants
    drawn = beliefs.members(members, seed, prior=prior)
    varied = [name for column, name in enumerate(constants) if np.ptp(drawn[:, column]) > 0]
    refuse_strangers(among, varied, "--among")
    sides = [question.over_years(side) for side in question.sides(drawn, progress)]
    well = np.isfinite(np.stack(sides)).all(axis=0)
    fails = target.missed(*([side[well] for side in sides] if len(sides) > 1 else [sides[0][well], None]))
    names = list(among) or varied
    points, alike = drawn[well][:, [constants.index(name) for name in names]], beliefs.alike(drawn)[well]
    if fewest(fails, alike) < FEWEST:
        return Discovery(tuple(names), points, fails, int((~well).sum()), None, None, None)
    sought: Sought = "failures" if fails.mean() <= _HALF else "successes"
    rarer = fails if sought == "failures" else ~fails
    box, stability = prim(points, rarer, names, density=density, seed=seed, groups=alike, factors=factors)
    grown = tree(points, rarer, names, seed=seed, groups=alike, factors=factors)
    chosen = telling(points, fails, factors)
    leaves = [replace(leaf, sought=sought) for leaf in grown.leaves]
    return Discovery(
        tuple(names[place] for place in chosen), points[:, chosen], fails, int((~well).sum()),
        replace(box, sought=sought), stability, Tree(leaves, grown.accuracy),
    )  # fmt: skip


def fewest(fails: NDArray[np.bool_], groups: Groups) -> int:
    """Return how many fail or do not, whichever are fewer, copies counting as one."""
    return min(len(np.unique(groups[each])) for each in (fails, ~fails))
