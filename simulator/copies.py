"""Members that are copies of one fit, and how to count them once.

An ensemble chooses among a finite number of fitted members, so that some are chosen again and again. Copies share all
that the record has fitted, and differ at most in numbers that it does not feel. A thousand members then know no more
than their few hundred fits: an error, a noise floor or a part that is held back takes all copies of a fit or none.
Members that were drawn independently are groups of one, for which all this is what it would be without groups.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator import fits
from simulator.draws import DEFAULT_WORLDVIEW

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Groups = NDArray[np.intp]

Array = np.ndarray[Any, np.dtype[np.float64]]


def alike(names: Sequence[str], numbers: Array, worldview: str) -> Groups:
    """Return the group of each member: those that share all numbers that the record feels; shape (member,).

    Args:
        names: of the numbers.
        numbers: shape (member, number).
        worldview: whose members they are; one without a calibration draws from that of the default.

    Returns:
        Numbers of groups in the order in which they first appear, so that members of groups of one number themselves.
    """
    accounts = [name for name, _ in fits.mixture()] if worldview == DEFAULT_WORLDVIEW else [worldview]
    every = [fits.shipped(name) or fits.shipped(DEFAULT_WORLDVIEW) for name in accounts or [worldview]]
    felt = [set(each.felt or each.names) for each in every if each is not None]
    shared = set.intersection(*felt) if felt else set()
    columns = [place for place, name in enumerate(names) if name in shared]
    if not columns:
        return alone(len(numbers))
    _, first, group = np.unique(numbers[:, columns], axis=0, return_index=True, return_inverse=True)
    return np.asarray(np.argsort(np.argsort(first))[group.reshape(-1)])


def alone(members: int) -> Groups:
    """Return groups of one."""
    return np.arange(members)


def coarsest(groups: Sequence[Groups]) -> Groups:
    """Return the division into the fewest groups, for members that are copies under several worldviews.

    All worldviews choose among their fits by the same luck, so that the coarsest division nearly holds the others.
    """
    return min(groups, key=lambda each: len(np.unique(each)))


def redrawn(groups: Groups, times: int, generator: np.random.Generator) -> Iterator[Groups]:
    """Draw as many groups as there are, with replacement, again and again; yields the members of those drawn."""
    place, first, size, _ = _blocks(groups)
    for _ in range(times):
        yield _joined(place, first, size, generator.integers(len(size), size=len(size)))


def halves(groups: Groups, generator: np.random.Generator) -> tuple[Groups, Groups]:
    """Divide members at random into two halves, copies on the same side."""
    place, first, size, _ = _blocks(groups)
    order = generator.permutation(len(size))
    one, other = order[: len(order) // 2], order[len(order) // 2 :]
    return _joined(place, first, size, one), _joined(place, first, size, other)


def parts(groups: Groups, number: int, generator: np.random.Generator) -> Groups:
    """Divide members at random into so many parts, copies in the same; returns the part of each, shape (member,)."""
    *_, size, label = _blocks(groups)
    return np.asarray((generator.permutation(len(size)) % number)[label])


def shuffled(groups: Groups, generator: np.random.Generator) -> Groups:
    """Return whose numbers each member gets when groups change places; shape (member,).

    Copies get the numbers of copies, so that what is shuffled stays as much alike within groups as it was. A larger
    group that takes the place of a smaller one sends members from all over it; a smaller one sends some twice.
    """
    place, first, size, label = _blocks(groups)
    within = np.empty(len(groups), np.intp)
    within[place] = np.arange(len(groups)) - np.repeat(first, size)
    source = generator.permutation(len(size))[label]
    return np.asarray(place[first[source] + within * size[source] // size[label]])


def luck(groups: Groups, count: int, generator: np.random.Generator) -> Array:
    """Return numbers of pure chance that copies share; shape (member, count)."""
    *_, size, label = _blocks(groups)
    return np.asarray(generator.random((len(size), count))[label])


def error(values: Array, groups: Groups) -> Array:
    """Return the standard error of means over members, the last axis; NaN where all are copies of one."""
    place, first, size, _ = _blocks(groups)
    off = (values - values.mean(axis=-1, keepdims=True))[..., place]
    spread = np.sum(np.add.reduceat(off, first, axis=-1) ** 2, axis=-1)
    fair = len(size) / (len(size) - 1) if len(size) > 1 else np.nan
    return np.asarray(np.sqrt(fair * spread) / len(groups))


def effective(groups: Groups) -> float:
    """Return how many independent members would know as much of what copies share."""
    *_, size, _ = _blocks(groups)
    return float(len(groups) ** 2 / np.sum(size**2))


def weights(groups: Groups) -> Array:
    """Return what each member counts when each group counts as one; shape (member,)."""
    *_, size, label = _blocks(groups)
    return np.asarray(1.0 / size[label])


def own(columns: Array, groups: Groups) -> NDArray[np.bool_]:
    """Say which numbers differ within every group of several, as those do that the record does not feel.

    Args:
        columns: shape (member, number).
        groups: shape (member,).

    Returns:
        Shape (number,).
    """
    place, first, size, _ = _blocks(groups)
    ordered = columns[place]
    apart = np.maximum.reduceat(ordered, first) > np.minimum.reduceat(ordered, first)
    return np.asarray(apart[size > 1].all(axis=0))


def _blocks(groups: Groups) -> tuple[Groups, Groups, Groups, Groups]:
    """Return members in the order of their groups, where each group begins, its size; and the group of each member."""
    _, label, size = np.unique(groups, return_inverse=True, return_counts=True)
    return np.argsort(label, kind="stable"), np.cumsum(size) - size, size, label


def _joined(place: Groups, first: Groups, size: Groups, chosen: Groups) -> Groups:
    """Return the members of chosen groups, one group after the other."""
    count = size[chosen]
    begin = np.repeat(first[chosen] - (np.cumsum(count) - count), count)
    return np.asarray(place[begin + np.arange(count.sum())])
