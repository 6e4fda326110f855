"""Robustness: regret, satisficing, and who wins where, each with its Monte Carlo error.

Regret is what a policy loses against the best of the candidates, had one known the member.
Worldviews count alike: a mean over them is a table's summary, not a belief.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator import copies
from simulator.report.spread import summary

if TYPE_CHECKING:
    from simulator.analysis.payoffs import Payoffs
    from simulator.copies import Groups

Array = np.ndarray[Any, np.dtype[np.float64]]

#: Resamples of members, copies together, behind every standard error, and the share of members that a high regret tops.
RESAMPLES = 200
HIGH = 0.9


def regret(loss: Array) -> Array:
    """Return what each policy loses against the best, shape (policy, worldview, member) as given."""
    return np.asarray(loss - loss.min(axis=0, keepdims=True))


def robustness(found: Payoffs, *, seed: int, satisfied: float, base: str) -> list[dict[str, Any]]:
    """Return one row a policy, the one with the least mean regret first.

    Args:
        found: losses.
        seed: of the resampling.
        satisfied: share by which a policy should lower the outcome of `base`.
        base: a policy among the candidates.

    Returns:
        Rows with `policy, rank, mean_regret, mean_regret_error, high_regret, high_regret_error,
        greatest_regret, satisficing, satisficing_error, mean_loss, mean_loss_error, gap_to_next,
        gap_to_next_error, same_rank`; errors are Monte Carlo standard errors over members, and
        `same_rank` the share of resamples in which the policy keeps its rank.
    """
    held = found.loss[found.policies.index(base)]
    reached = (found.loss <= (1 - satisfied) * held).astype(float)
    lost = regret(found.loss)
    order = np.argsort(lost.mean(axis=(1, 2)), kind="stable")
    alike = copies.coarsest(found.alike)
    picks = list(copies.redrawn(alike, RESAMPLES, np.random.default_rng(seed)))
    again = np.stack([lost[:, :, pick].mean(axis=(1, 2)) for pick in picks])
    high = np.stack([np.quantile(lost[:, :, pick], HIGH, axis=(1, 2)) for pick in picks])
    reach = np.stack([reached[:, :, pick].mean(axis=(1, 2)) for pick in picks])
    ranks = np.argsort(np.argsort(again, axis=1, kind="stable"), axis=1, kind="stable")
    rows = []
    for rank, place in enumerate(order):
        following = order[rank + 1] if rank + 1 < len(order) else None
        gap, error = (None, None) if following is None else _gap(found.loss[following], found.loss[place], alike)
        mean_loss, loss_error = _gap(found.loss[place], np.zeros_like(held), alike)
        rows.append(
            {
                "policy": found.policies[place],
                "rank": rank + 1,
                "mean_regret": float(lost[place].mean()),
                "mean_regret_error": float(again[:, place].std(ddof=1)),
                "high_regret": float(np.quantile(lost[place], HIGH)),
                "high_regret_error": float(high[:, place].std(ddof=1)),
                "greatest_regret": float(lost[place].max()),
                "satisficing": float(reached[place].mean()),
                "satisficing_error": float(reach[:, place].std(ddof=1)),
                "mean_loss": mean_loss,
                "mean_loss_error": loss_error,
                "gap_to_next": gap,
                "gap_to_next_error": error,
                "same_rank": float(np.mean(ranks[:, place] == rank)),
            }
        )
    return rows


def winners(found: Payoffs) -> list[dict[str, Any]]:
    """Return one row a worldview: the policy with the least mean loss, and how surely.

    Returns:
        Rows with `worldview, best, second, margin, margin_error, margin_lower90, margin_upper90,
        best_for` (share of members for which the best is best); the error is a Monte Carlo standard
        error of the mean paired margin, the interval that of members.
    """
    rows = []
    for column, worldview in enumerate(found.worldviews):
        loss = found.loss[:, column]
        best, second = np.argsort(loss.mean(axis=1), kind="stable")[:2]
        margin, error = _gap(loss[second], loss[best], found.alike[column])
        spread = summary(loss[second] - loss[best])
        rows.append(
            {
                "worldview": worldview,
                "best": found.policies[best],
                "second": found.policies[second],
                "margin": margin,
                "margin_error": error,
                "margin_lower90": spread["lower90"],
                "margin_upper90": spread["upper90"],
                "best_for": float(np.mean(loss[best] <= loss.min(axis=0))),
            }
        )
    return rows


def _gap(one: Array, other: Array, groups: Groups) -> tuple[float, float]:
    """Return the mean paired difference and its standard error; members are the last axis, others are averaged."""
    each = one - other
    if each.ndim > 1:
        each = each.mean(axis=0)
    return float(each.mean()), float(copies.error(each, groups))
