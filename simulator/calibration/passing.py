"""How much of a posterior each reading holds where walkers pass from one reading to another, but seldom.

Such a walk ends before the readings' shares of walkers have settled, and they are still much what they were when it
began. How often a walker passes, once it is in a reading, does not rest on how many there are in it; so
the shares at which passing would settle can be told before it has (a Markov chain of readings: Buchete and Hummer
2008). A walker has passed when it is deep in another reading, not when it looks over the ridge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.calibration.frame import Frame
    from simulator.calibration.parting import Parting

Array = np.ndarray[Any, np.dtype[np.float64]]

#: A walker is deep in a reading where the planes give twenty to one for it, as a logarithm.
DEEP = 3.0
#: Walkers are drawn anew so often to tell the error of shares.
DRAWN_ANEW = 200
#: Passes an iteration between any two readings where none was seen, so that shares follow all the same.
SELDOM = 1e-9


@dataclass(frozen=True, eq=False)
class Passing:
    """Readings between which walkers pass, but seldom.

    Attributes:
        planes: between them.
        frame: in whose coordinates the planes are.
    """

    planes: Parting
    frame: Frame

    def visits(self, places: Array) -> NDArray[np.intp]:
        """Return the reading in which each walker has last been deep; shapes (iteration, walker, free) and first two.

        Args:
            places: of walkers, in coordinates of the prior.
        """
        inside = self.frame.inside(places.reshape(-1, places.shape[-1]))
        scores = self.planes.scores(inside).reshape(*places.shape[:-1], -1)
        *_, second, best = np.moveaxis(np.sort(scores, axis=-1), -1, 0)
        nearest, deep = scores.argmax(axis=-1), best - second > DEEP
        found = nearest.copy()
        for now in range(1, len(found)):
            found[now] = np.where(deep[now], nearest[now], found[now - 1])
        return np.asarray(found)


def settling(visits: NDArray[np.intp], count: int, families: NDArray[np.intp]) -> tuple[Array, Array]:
    """Return the shares at which readings would settle, and their standard errors; both of shape (reading,).

    Args:
        visits: the reading of each walker at each iteration; shape (iteration, walker).
        count: of readings.
        families: walkers that began together share a number, and are drawn anew together; shape (walker,).
    """
    _, members = np.unique(families, return_inverse=True)
    passes = np.zeros((members.max() + 1, count, count))
    walkers = np.broadcast_to(members, visits[1:].shape)
    np.add.at(passes, (walkers, visits[:-1], visits[1:]), 1.0)
    anew = np.random.default_rng(0).multinomial(len(passes), np.full(len(passes), 1 / len(passes)), DRAWN_ANEW)
    known = _settled(passes.sum(axis=0)[None])[0]
    return known, _settled(np.tensordot(anew.astype(float), passes, 1)).std(axis=0)


def weights(visits: NDArray[np.intp], shares: Array) -> Array:
    """Return what each draw is worth so that readings have their shares, one on the average; shape as `visits`.

    Args:
        visits: the reading of each draw; shape (iteration, walker).
        shares: of readings; shape (reading,).
    """
    found = np.bincount(visits.ravel(), minlength=len(shares)) / visits.size
    worth = (shares / np.maximum(found, 1 / visits.size))[visits]
    return np.asarray(worth / worth.mean())


def _settled(passes: Array) -> Array:
    """Return where chains settle of which these passes were seen; shapes (chain, from, to) and (chain, reading)."""
    stayed = np.maximum(passes.sum(axis=2, keepdims=True), 1.0)
    rates = passes / stayed + SELDOM
    count = passes.shape[1]
    own = np.arange(count)
    rates[:, own, own] = 0.0
    rates[:, own, own] = -rates.sum(axis=2)
    # What flows into each reading is what flows out; that all shares add up to one takes the place of the last.
    flows = rates.transpose(0, 2, 1).copy()
    flows[:, -1, :] = 1.0
    whole = np.zeros((len(passes), count, 1))
    whole[:, -1] = 1.0
    return np.asarray(np.linalg.solve(flows, whole)[:, :, 0])
