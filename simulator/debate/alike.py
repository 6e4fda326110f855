"""Members that share a fit: they are not independent, for an ensemble chooses among a finite number of fitted ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator import fits
from simulator.draws import DEFAULT_WORLDVIEW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

Array = np.ndarray[Any, np.dtype[np.float64]]


def alike(names: Sequence[str], numbers: Array, worldview: str) -> NDArray[np.intp]:
    """Return which members share all fitted numbers, as a group for each; shape (member,).

    Args:
        names: of the numbers.
        numbers: shape (member, number).
        worldview: whose members they are.
    """
    accounts = [name for name, _ in fits.mixture()] if worldview == DEFAULT_WORLDVIEW else [worldview]
    found = [each for each in map(fits.shipped, accounts or [worldview]) if each is not None]
    fitted = set.intersection(*(set(each.names) for each in found)) if found else set()
    columns = [place for place, name in enumerate(names) if name in fitted]
    if not columns:
        return np.arange(len(numbers))
    return np.unique(numbers[:, columns], axis=0, return_inverse=True)[1].reshape(-1)
