"""PRIM: peel away, slice by slice, the beliefs under which a policy does not fail.

The peeling is the EMA workbench's. Of its trajectory the box is taken that balances coverage
and density best, among those dense enough; restrictions that chance explains are dropped. The
whole procedure is then repeated on random halves of the members and judged on the other halves,
copies of one fit never in both.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator import copies
from simulator.analysis.boxes import Box, Side, measured, telling
from simulator.analysis.optional import optional

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from simulator.copies import Groups

Array = np.ndarray[Any, np.dtype[np.float64]]

#: A box holds at least this share of members; restrictions less surprising than this are dropped.
MASS, SURPRISE = 0.05, 0.05
#: More restrictions than these nobody keeps in mind.
MOST = 4
#: Random halves on which all is repeated.
HALVES = 10


@dataclass(frozen=True)
class Stability:
    """How the procedure does on members that it has not seen.

    Attributes:
        halves: how often it was repeated.
        coverage, density: means over the halves that were held back.
    """

    halves: int
    coverage: float
    density: float


def prim(
    points: Array,
    fails: NDArray[np.bool_],
    names: Sequence[str],
    *,
    density: float,
    seed: int,
    halves: int = HALVES,
    groups: Groups | None = None,
    factors: int | None = None,
) -> tuple[Box, Stability | None]:
    """Find the box of failures, and how stable it is.

    Args:
        points: numbers of each member; shape (member, name).
        fails: which members fail; shape (member,).
        names: of the columns.
        density: the share of failures that a box should have at least.
        seed: of the random halves.
        halves: how many; 0 for none.
        groups: which members are copies; shape (member,). Without it none are.
        factors: how many numbers may be restricted, those that differ most among members that are seen; None for all.

    Raises:
        SimulatorError: where the EMA workbench is not installed.
    """
    alike = copies.alone(len(fails)) if groups is None else groups
    box = measured(points, fails, names, _found(points, fails, names, density, alike, factors), alike)
    if not halves:
        return box, None
    generator = np.random.default_rng(seed)
    held_back, uses = [], dict.fromkeys(names, 0)
    for _ in range(halves):
        seen, unseen = copies.halves(alike, generator)
        sides = _found(points[seen], fails[seen], names, density, alike[seen], factors)
        held_back.append(measured(points[unseen], fails[unseen], names, sides))
        for name in sides:
            uses[name] += 1
    again = {n: Side(side.low, side.high, side.chance, uses[n] / halves) for n, side in box.sides.items()}
    stability = Stability(
        halves,
        float(np.mean([each.coverage for each in held_back])),
        float(np.mean([each.density for each in held_back])),
    )
    return replace(box, sides=again), stability


def _found(
    points: Array, fails: NDArray[np.bool_], names: Sequence[str], density: float, groups: Groups, factors: int | None
) -> dict[str, Side]:
    """Return the restrictions of the best box on the numbers that tell most; all from these members."""
    if fails.all() or not fails.any():
        return {}
    chosen = telling(points, fails, factors)
    return _sides(points[:, chosen], fails, [names[place] for place in chosen], density, groups)


def _sides(
    points: Array, fails: NDArray[np.bool_], names: Sequence[str], density: float, groups: Groups
) -> dict[str, Side]:
    """Return the restrictions of the best box on these members."""
    trajectory = [_open_ends(limits, points, names) for limits in _trajectory(points, fails, names)]
    boxes = [box for sides in trajectory if (box := _pruned(points, fails, names, sides, groups)).sides]
    if not boxes:
        return {}
    floor = max(density, (1 + float(fails.mean())) / 2)  # a box no denser than everything tells nothing
    dense = [box for box in boxes if box.density >= floor]
    return dict(max(dense or boxes, key=_balance).sides)


def _pruned(
    points: Array, fails: NDArray[np.bool_], names: Sequence[str], sides: Mapping[str, Side], groups: Groups
) -> Box:
    """Drop restrictions, the least surprising first, until few are left and chance explains none."""
    box = measured(points, fails, names, sides, groups)
    while box.sides:
        weakest = max(box.sides, key=lambda name: box.sides[name].chance)
        if len(box.sides) <= MOST and box.sides[weakest].chance <= SURPRISE:
            break
        fewer = {name: side for name, side in box.sides.items() if name != weakest}
        box = measured(points, fails, names, fewer, groups)
    return box


def _balance(box: Box) -> float:
    """Return the harmonic mean of coverage and density."""
    return 2 * box.coverage * box.density / max(box.coverage + box.density, 1e-12)


def _trajectory(points: Array, fails: NDArray[np.bool_], names: Sequence[str]) -> list[Any]:
    """Return the limits of every box on the way, each a table with rows lower and upper."""
    import pandas as pd

    workbench = optional("ema_workbench.analysis.prim")
    table = pd.DataFrame(points, columns=list(names))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it calls pandas in ways that are going out of use
        found = workbench.Prim(table, fails.astype(bool), threshold=0.0, mass_min=MASS).find_box()
    return list(found.box_lims)


def _open_ends(limits: Any, points: Array, names: Sequence[str]) -> dict[str, Side]:  # noqa: ANN401 - a table
    """Return restrictions without the ends that lie at the last member anyway."""
    sides = {}
    for column, name in enumerate(names):
        low, high = (float(value) for value in limits[name])
        ends = (points[:, column].min(), points[:, column].max())
        if low > ends[0] or high < ends[1]:
            sides[name] = Side(low if low > ends[0] else None, high if high < ends[1] else None)
    return sides
