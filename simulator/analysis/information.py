"""Value of information: what knowing a number before choosing a policy would be worth.

Perfect information about everything (EVPI) bounds that about single numbers (EVPPI). The
latter is found by regression, as Strong, Oakley and Brennan (2014) do: what a policy gains over
another, given the number, is a smooth curve through the members. Choosing the higher of two
noisy curves flatters; so the same rule is also judged on members that it was not fitted to,
which errs the other way; and against numbers shuffled among members, which are worth nothing.
Members that are copies of one fit are redrawn, held back and shuffled together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator import copies
from simulator.analysis.smoothing import fitted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator.copies import Groups

Array = np.ndarray[Any, np.dtype[np.float64]]

#: Bootstrap samples behind a standard error, shuffles behind the noise, folds of the check.
RESAMPLES, SHUFFLES, FOLDS = 40, 40, 5
_HIGH = 0.95


@dataclass(frozen=True)
class Worth:
    """What knowing is worth, in the unit of the loss.

    Attributes:
        value: the expected gain, between zero and that of knowing everything.
        error: Monte Carlo standard error.
        held_out: the gain on members that the rule was not fitted to; None for knowing everything.
        noise: what a number that says nothing would seem to be worth, 19 times in 20; None likewise.
    """

    value: float
    error: float
    held_out: float | None = None
    noise: float | None = None

    @property
    def above_noise(self) -> bool:
        """Whether both the value and its check can be told from that of a number that says nothing."""
        return self.value > (self.noise or 0.0) and (self.held_out is None or self.held_out > 0)


def perfect(loss: Array, *, seed: int, groups: Groups | None = None) -> Worth:
    """Return the value of knowing everything.

    Args:
        loss: less is better; shape (policy, member).
        seed: of the bootstrap.
        groups: which members are copies; shape (member,). Without it none are.
    """
    again = [_of_everything(loss[:, pick]) for pick in _picks(_known(groups, loss), seed)]
    return Worth(_of_everything(loss), float(np.std(again, ddof=1)))


def partial(loss: Array, points: Array, *, seed: int, groups: Groups | None = None) -> Worth:
    """Return the value of knowing one or a few numbers.

    Args:
        loss: less is better; shape (policy, member).
        points: the numbers; shape (member, number).
        seed: of bootstrap, shuffles and folds.
        groups: which members are copies; shape (member,). Without it none are.
    """
    gains = loss[0] - loss[1:]  # of every other policy over the first
    most = _of_everything(loss)
    generator, alike = np.random.default_rng(seed), _known(groups, loss)
    again = [_of_curves(gains[:, pick], points[pick]) for pick in _picks(alike, seed)]
    shuffled = [_of_curves(gains, points[copies.shuffled(alike, generator)]) for _ in range(SHUFFLES)]
    value = min(_of_curves(gains, points), most)
    noise = float(np.quantile(shuffled, _HIGH))
    return Worth(
        value, float(np.std(again, ddof=1)), _held_out(gains, points, copies.parts(alike, FOLDS, generator)), noise
    )


def _known(groups: Groups | None, loss: Array) -> Groups:
    return copies.alone(loss.shape[1]) if groups is None else groups


def _picks(groups: Groups, seed: int) -> Iterator[Groups]:
    return copies.redrawn(groups, RESAMPLES, np.random.default_rng(seed))


def _of_everything(loss: Array) -> float:
    return float(loss.mean(axis=1).min() - loss.min(axis=0).mean())


def _of_curves(gains: Array, points: Array) -> float:
    """Return the mean of the best curve, less the best mean; the first policy gains nothing over itself."""
    best = np.maximum(fitted(points, gains.T, points).max(axis=1), 0.0).mean()
    return max(float(best - max(float(gains.mean(axis=1).max()), 0.0)), 0.0)


def _held_out(gains: Array, points: Array, fold: Groups) -> float:
    """Return what the rule gains on folds that it was not fitted to, over the best policy of all folds."""
    whole = np.vstack([np.zeros(gains.shape[1]), gains])
    earned = np.empty(gains.shape[1])
    for number in range(FOLDS):
        seen, unseen = fold != number, fold == number
        curves = fitted(points[seen], gains[:, seen].T, points[unseen])
        rule = np.column_stack([np.zeros(len(curves)), curves]).argmax(axis=1)
        earned[unseen] = whole[rule, np.flatnonzero(unseen)]
    return float(earned.mean() - whole.mean(axis=1).max())
