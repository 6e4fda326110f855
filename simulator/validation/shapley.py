"""A whole divided fairly among its causes (Shapley 1953): each gets what it adds, on average over all orders of coming.

Causes that work only together share what they do together; one that changes nothing gets
nothing; and the parts add up to the whole, which one-at-a-time removal does not.
"""

from __future__ import annotations

from math import factorial
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]


def shapley(worth: Array) -> Array:
    """Return the part of each cause; shape (cause, ...).

    Args:
        worth: of every combination of causes; shape (2 ** causes, ...). Bit `i` of the place of a combination says
            whether cause `i` is present, so the first is that of none and the last that of all.

    Raises:
        ValueError: where the number of combinations is no power of two.
    """
    causes = len(worth).bit_length() - 1
    if len(worth) != 2**causes:
        message = f"{len(worth)} combinations are not all combinations of any causes"
        raise ValueError(message)
    places = np.arange(len(worth))
    others = np.array([int(place).bit_count() for place in places])
    parts = np.zeros((causes, *worth.shape[1:]))
    for cause in range(causes):
        for without in places[places >> cause & 1 == 0]:
            before = int(others[without])
            orders = factorial(before) * factorial(causes - before - 1) / factorial(causes)
            parts[cause] += orders * (worth[without | 1 << cause] - worth[without])
    return parts
