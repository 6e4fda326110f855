"""Which numbers the record narrows, and which it leaves as they were before anybody looked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator import fits
from simulator.calibration.recovery import INFORMED
from simulator.draws import DEFAULT_WORLDVIEW
from simulator.errors import Problem, refuse
from simulator.fentanyl import fentanyl_model
from simulator.validation import statistics

if TYPE_CHECKING:
    from collections.abc import Sequence

Array = np.ndarray[Any, np.dtype[np.float64]]
Row = dict[str, Any]

#: Numbers whose members move together at least so much are told apart badly.
STRONG = 0.5

#: Why a number counts as it does.
NARROWED, WIDE, UNFELT, DISPUTED = "narrowed", "not narrowed", "not in the fit", "accounts differ"


def spreads(found: fits.Narrowed) -> Array:
    """Return the standard deviation of each free number over that of its prior, by the Gaussian; shape (free,)."""
    kept = found.sizes**2 / (1 + found.sizes**2)
    return np.asarray(np.sqrt(1 - kept @ found.directions**2))


def identified(worldview: str = DEFAULT_WORLDVIEW, others: Sequence[str] | None = None) -> list[Row]:
    """Say of each uncertain number how much the record narrows it, the most narrowed first.

    A number is identified when the Gaussian and the members both leave at most `INFORMED` of its prior's spread, and
    no rival account of the mixture fixes it: where accounts differ, the record has not decided.

    Args:
        worldview: whose calibration, in which the number is free.
        others: worldviews among which the narrowest and the widest are sought; all that ship if None.

    Returns:
        Rows with `number, gaussian, fitted, lowest, highest, why, identified`; the first two are posterior over prior
        standard deviations, by the Gaussian and by fitted members, `lowest` and `highest` those of the Gaussian among
        worldviews that leave the number free.

    Raises:
        SimulatorError: for a worldview without shipped calibration.
    """
    model, found = fentanyl_model(), _shipped(worldview)
    gaussian = dict(zip(found.names, spreads(found).tolist(), strict=True))
    fitted: dict[str, float] = {}
    if found.members is not None:
        fitted = dict(zip(found.names, found.members.std(axis=0).tolist(), strict=True))
    elsewhere: dict[str, list[float]] = {}
    for name in statistics.worldviews() if others is None else others:
        other = _shipped(name)
        for number, spread in zip(other.names, spreads(other).tolist(), strict=True):
            elsewhere.setdefault(number, []).append(spread)
    disputed = {number for name, _ in fits.mixture() for number in _shipped(name).fixed}
    rows: list[Row] = []
    for name in model.constants:
        if not model.parameters[name].is_uncertain:
            continue
        spread, seen = gaussian.get(name), fitted.get(name)
        why = UNFELT if spread is None else WIDE
        if spread is not None and max(spread, seen or 0.0) <= INFORMED:
            why = NARROWED
        if name in disputed:
            why = DISPUTED
        ends = elsewhere.get(name, [])
        rows.append({"number": name, "gaussian": spread, "fitted": seen, "lowest": min(ends, default=None),
                     "highest": max(ends, default=None), "why": why, "identified": why == NARROWED})  # fmt: skip
    return sorted(rows, key=lambda row: 1.0 if row["gaussian"] is None else row["gaussian"])


def correlated(chosen: Sequence[str] | None = None, least: float = STRONG) -> list[Row]:
    """Return the pairs of numbers that move together among the fitted members, the strongest first.

    Args:
        chosen: worldviews; all that ship if None.
        least: correlation, of either sign, from which on a pair is told.

    Returns:
        Rows with `worldview, first, second, correlation, members`.

    Raises:
        SimulatorError: for a worldview without shipped calibration.
    """
    rows: list[Row] = []
    for worldview in statistics.worldviews() if chosen is None else chosen:
        found = _shipped(worldview)
        if found.members is None:
            continue
        moving = np.flatnonzero(found.members.std(axis=0) > 0)
        table = np.atleast_2d(np.corrcoef(found.members[:, moving], rowvar=False))
        for one, two in np.argwhere(np.triu(np.abs(table) >= least, k=1)):
            rows.append({"worldview": worldview, "first": found.names[moving[one]], "second": found.names[moving[two]],
                         "correlation": float(table[one, two]), "members": len(found.members)})  # fmt: skip
    return sorted(rows, key=lambda row: -abs(row["correlation"]))


def _shipped(worldview: str) -> fits.Narrowed:
    found = fits.shipped(worldview)
    if found is None:
        refuse([Problem(worldview, "It has no shipped calibration.", "Calibrate it: fentsim calibrate.")])
        raise AssertionError  # pragma: no cover - refuse has raised
    return found
