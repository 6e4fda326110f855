"""The belief at which two policies swap ranks: one number scanned, all others as members have them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator import copies
from simulator.analysis.beliefs import refuse_strangers
from simulator.analysis.payoffs import outcome_and_cost
from simulator.fentanyl import fentanyl_model
from simulator.parameters import Z95

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.analysis.question import Question
    from simulator.copies import Groups

Array = np.ndarray[Any, np.dtype[np.float64]]

#: Where a scan stops; resamples of members behind an interval, and its ends.
POINTS, RESAMPLES, ENDS = 9, 400, (0.05, 0.95)


@dataclass(frozen=True, eq=False)
class Swap:
    """Where the mean difference between two policies changes sign.

    Attributes:
        values: of the number that was scanned; shape (point,).
        differences: mean loss of the first less that of the second; shape (point,).
        errors: Monte Carlo standard errors of those; shape (point,).
        value: the first crossing, or None where there is none.
        crossings: how many there are.
        low, high: 90 % of resamples that cross do so between; None without a crossing.
        certainty: share of resamples that cross at all.
        first_is_better_below: which policy is better below the crossing.
    """

    values: Array
    differences: Array
    errors: Array
    value: float | None
    crossings: int
    low: float | None
    high: float | None
    certainty: float
    first_is_better_below: bool


def swap(
    difference: Callable[[float], Array],
    values: Array,
    *,
    seed: int,
    resamples: int = RESAMPLES,
    groups: Groups | None = None,
) -> Swap:
    """Scan a number and interpolate where two policies are equally good.

    Args:
        difference: from a value of the number to the loss of the first policy less that of the
            second, member by member, NaN where a run failed; shape (member,).
        values: to try, ascending; shape (point,).
        seed: of the resampling of members.
        resamples: behind the interval.
        groups: which members are copies; shape (member,). Without it none are.
    """
    each = np.stack([difference(float(value)) for value in values])
    well = np.atleast_1d(np.isfinite(each).all(axis=0))
    each, alike = each[:, well], (copies.alone(len(well)) if groups is None else groups)[well]
    means = each.mean(axis=1)
    found = crossings(values, means)
    picks = copies.redrawn(alike, resamples, np.random.default_rng(seed))
    again = [crossings(values, each[:, pick].mean(axis=1)) for pick in picks]
    centre = found[0] if found else None
    crossed = [roots[0] if centre is None else _nearest(roots, centre) for roots in again if roots]
    low, high = np.quantile(crossed, ENDS) if centre is not None and crossed else (None, None)
    return Swap(
        np.asarray(values, float),
        means,
        copies.error(each, alike),
        centre,
        len(found),
        None if low is None else float(low),
        None if high is None else float(high),
        len(crossed) / resamples,
        bool(means[0] < 0),
    )


def _nearest(roots: list[float], centre: float) -> float:
    return min(roots, key=lambda root: abs(root - centre))


def crossings(values: Array, means: Array) -> list[float]:
    """Return where a line through points changes sign, by straight interpolation."""
    found = []
    for place in range(len(values) - 1):
        left, right = float(means[place]), float(means[place + 1])
        if left * right < 0:
            found.append(float(values[place] + (values[place + 1] - values[place]) * left / (left - right)))
        elif left == 0 and place > 0 and means[place - 1] * right < 0:
            found.append(float(values[place]))
    return found


def scan(
    question: Question,
    pair: tuple[str, str],
    name: str,
    members: Array,
    *,
    seed: int,
    price: float | None = None,
    groups: Groups | None = None,
) -> Swap:
    """Scan one uncertain number of the model over its stated 90 % range.

    Members keep all their other numbers, so away from their own value of this one they no longer
    tell the past as they were fitted to; the scan asks what the number does, not how likely it is.

    Args:
        question: outcome and years.
        pair: the two policies.
        name: of the number.
        members: what they believe; shape (member, constant).
        seed: of the resampling.
        price: dollars of public cash that weigh as much as one unit of the outcome; None leaves cash out.
        groups: which members are copies; shape (member,). Without it none are.

    Raises:
        SimulatorError: for a number that is not uncertain.
    """
    model = fentanyl_model()
    refuse_strangers([name], [each for each in model.constants if model.parameters[each].is_uncertain], "--swap")
    tracks = [question.tracks_of(policy) for policy in pair]
    place = model.constants.index(name)

    def difference(value: float) -> Array:
        moved = members.copy()
        moved[:, place] = value
        losses = []
        for each in tracks:
            loss, cost = outcome_and_cost(question, moved, each)
            losses.append(loss if price is None else loss + cost / price)
        return np.asarray(losses[0] - losses[1])

    return swap(difference, model.parameters[name].at(np.linspace(-Z95, Z95, POINTS)), seed=seed, groups=groups)
