"""A small decision tree: the same question as PRIM's, answered by successive yes-or-no questions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator import copies
from simulator.analysis.boxes import Box, Side, measured, telling
from simulator.analysis.optional import optional

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from simulator.copies import Groups

Array = np.ndarray[Any, np.dtype[np.float64]]

#: Questions asked one after the other; the least share of members in a leaf.
DEPTH, LEAF = 3, 0.05
FOLDS = 5


@dataclass(frozen=True, eq=False)
class Tree:
    """Leaves as boxes, the densest first.

    Attributes:
        leaves: every member lies in exactly one.
        accuracy: mean of the shares of failures and of successes told right on members not seen
            (cross-validated), copies being seen or not seen together; half is what a coin does.
    """

    leaves: list[Box]
    accuracy: float


def tree(
    points: Array,
    fails: NDArray[np.bool_],
    names: Sequence[str],
    *,
    seed: int,
    groups: Groups | None = None,
    factors: int | None = None,
) -> Tree:
    """Grow a tree with scikit-learn.

    Args:
        points: numbers of each member; shape (member, name).
        fails: which members fail; both sorts must occur in at least five groups.
        names: of the columns.
        seed: of folds and of ties.
        groups: which members are copies; shape (member,). Without it none are.
        factors: how many numbers it may ask about, those that differ most among members that are seen; None for all.

    Raises:
        SimulatorError: where scikit-learn is not installed.
    """
    trees, selection = optional("sklearn.tree"), optional("sklearn.model_selection")
    model = trees.DecisionTreeClassifier(
        max_depth=DEPTH, min_samples_leaf=LEAF, class_weight="balanced", random_state=seed
    )
    alike = copies.alone(len(fails)) if groups is None else groups
    single = len(np.unique(alike)) == len(alike)
    folds = (selection.StratifiedKFold if single else selection.StratifiedGroupKFold)(
        FOLDS, shuffle=True, random_state=seed
    )
    scores = selection.cross_val_score(
        _asking(model, factors and min(factors, len(names))),
        points,
        fails,
        groups=None if single else alike,
        cv=folds,
        scoring="balanced_accuracy",
    )
    chosen = telling(points, fails, factors)
    grown = model.fit(points[:, chosen], fails).tree_
    asked = [names[place] for place in chosen]
    leaves = [measured(points, fails, names, sides, alike) for sides in _leaves(grown, asked, 0, {})]
    return Tree(sorted(leaves, key=lambda box: -box.density), float(scores.mean()))


def _asking(model: Any, factors: int | None) -> Any:  # noqa: ANN401
    """Return a model that chooses its numbers itself, so that members not seen have no say in that either."""
    if factors is None:
        return model
    feature, pipeline = optional("sklearn.feature_selection"), optional("sklearn.pipeline")
    return pipeline.make_pipeline(feature.SelectKBest(_order, k=factors), model)


def _order(points: Array, fails: NDArray[np.bool_]) -> Array:
    """Return a score of each number: the more it tells, the higher."""
    found = np.empty(points.shape[1])
    found[telling(points, fails, len(found))] = -np.arange(len(found))
    return found


def _leaves(grown: Any, names: Sequence[str], node: int, sides: dict[str, Side]) -> list[dict[str, Side]]:  # noqa: ANN401
    """Return the restrictions that lead to each leaf below a node."""
    if grown.children_left[node] < 0:
        return [sides]
    name, cut = names[grown.feature[node]], float(grown.threshold[node])
    side = sides.get(name, Side(None, None))
    beyond = float(np.nextafter(cut, np.inf))  # the right branch is strictly above
    left = {**sides, name: Side(side.low, cut)}
    right = {**sides, name: Side(beyond, side.high)}
    return [
        *_leaves(grown, names, int(grown.children_left[node]), left),
        *_leaves(grown, names, int(grown.children_right[node]), right),
    ]
