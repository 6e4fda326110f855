"""Sensitivity of members that exist already, whose numbers may depend on each other.

Sobol' indices assume independent numbers; members of a calibration are not. Measured here is
how far the distribution of the outcome moves when one number is known to lie in a tenth of its
members: PAWN's distance, from SALib. Numbers made of pure chance are measured alongside;
whatever does not rise above them is noise. A number that copies of a fit share is held against chance that they share.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator import copies
from simulator.errors import Problem, refuse
from simulator.parameters import Z95

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.copies import Groups

Array = np.ndarray[Any, np.dtype[np.float64]]

#: Slices in which a number is looked at, numbers of pure chance beside the real ones, fewest members.
SLICES, DUMMIES, FEWEST = 10, 40, 100
#: Bootstrap samples behind each standard error.
RESAMPLES = 40
_SHARE = 0.95


@dataclass(frozen=True, eq=False)
class Measured:
    """How strongly the outcome depends on each number, given the members.

    Attributes:
        names: of the numbers, the strongest first.
        distance: mean distance between the outcome's distribution and that within a slice, 0 to 1; shape (name,).
        distance_error: half-width of its 90 % interval; shape (name,).
        first: share of variance between slices: the number's own, and what goes along with it; shape (name,).
        noise: the distance that a number of pure chance stays below, 19 times in 20, if copies share it as they share
            this one, or do not; shape (name,).
        members: how many were used.
        failed: how many failed and were left out.
    """

    names: tuple[str, ...]
    distance: Array
    distance_error: Array
    first: Array
    noise: Array
    members: int
    failed: int


def given_data(
    points: Array, answers: Array, names: Sequence[str], *, keep: int, seed: int, groups: Groups | None = None
) -> Measured:
    """Measure dependence on members.

    Args:
        points: numbers of each member; shape (member, name).
        answers: the outcome, NaN where a run failed; shape (member,).
        names: of the numbers.
        keep: how many of the strongest are returned.
        seed: of the numbers of pure chance, and of the bootstrap.
        groups: which members are copies; shape (member,). Without it none are.

    Raises:
        SimulatorError: with fewer than a hundred members that stayed finite.
    """
    well = np.isfinite(answers)
    if well.sum() < FEWEST:
        fault = f"{well.sum()} members cannot tell one number from chance."
        refuse([Problem("--members", fault, f"Ask for {FEWEST} at least; 1,000 is better.")])
    generator, outcome = np.random.default_rng(seed), answers[well]
    alike = (copies.alone(len(answers)) if groups is None else groups)[well]
    ranked = _ranked(np.column_stack([points[well], *_chances(alike, generator)]), generator)
    distance = _distances(ranked, outcome)
    order = np.argsort(-distance[: len(names)], kind="stable")[:keep]
    picks = copies.redrawn(alike, RESAMPLES, generator)
    again = np.array([_distances(ranked[picked][:, order], outcome[picked]) for picked in picks])
    own = copies.own(points[well][:, order], alike)
    noise = np.quantile(distance[len(names) :].reshape(-1, DUMMIES), _SHARE, axis=1)
    count = np.where(own, len(outcome), copies.effective(alike))
    return Measured(
        tuple(names[place] for place in order),
        distance[order],
        Z95 * again.std(axis=0, ddof=1),
        np.array([_between_slices(ranked[:, place], outcome, n) for place, n in zip(order, count, strict=True)]),
        np.where(own, noise[0], noise[-1]),
        int(well.sum()),
        int((~well).sum()),
    )


def _chances(groups: Groups, generator: np.random.Generator) -> list[Array]:
    """Return numbers of pure chance: each member's own, and where there are copies, those that copies share."""
    single = generator.random((len(groups), DUMMIES))
    return [single] if len(np.unique(groups)) == len(groups) else [single, copies.luck(groups, DUMMIES, generator)]


def _distances(ranked: Array, outcome: Array) -> Array:
    from SALib.analyze import pawn

    names = [str(number) for number in range(ranked.shape[1])]
    problem = {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}
    return np.asarray(pawn.analyze(problem, ranked, outcome, S=SLICES)["mean"])


def _between_slices(ranks: Array, outcome: Array, members: float) -> float:
    """Return the share of variance between slices, less what chance alone puts there with so many members."""
    place = np.minimum((ranks * SLICES).astype(int), SLICES - 1)
    count = np.bincount(place, minlength=SLICES)
    means = np.bincount(place, outcome, minlength=SLICES) / np.maximum(count, 1)
    spread = float(np.sum((outcome - outcome.mean()) ** 2))
    within = float(np.sum((outcome - means[place]) ** 2)) / max(members - SLICES, 1)
    return 1 - within * (members - 1) / spread if spread > 0 else 0.0


def _ranked(columns: Array, generator: np.random.Generator) -> Array:
    """Replace values by their rank, ties in random order, so that slices hold equally many members."""
    luck = generator.random((len(columns), columns.shape[1]))
    order = np.lexsort((luck, columns), axis=0)
    ranks = np.argsort(order, axis=0, kind="stable")
    return np.asarray((ranks + 0.5) / len(columns))
