"""Which numbers differ among members, and what each set of coordinates makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator import copies, draws, scenario
from simulator.calling import called
from simulator.errors import Problem, nearest, refuse
from simulator.fentanyl import fentanyl_model
from simulator.names import words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from simulator.copies import Groups

Array = np.ndarray[Any, np.dtype[np.float64]]

#: The nearest that a share may come to 0 and 1, where a normal coordinate would be infinite.
EDGE = 1e-6
_FEWEST = 2


@dataclass(frozen=True, eq=False)
class Beliefs:
    """Numbers under one worldview.

    Attributes:
        worldview: its name.
        calibration: the worldview whose calibration members draw from; see `simulator.draws.calibrated`.
        fixed: numbers that it, or the user, fixes.
        free: names of the uncertain numbers that are left, in the order of the model.
    """

    worldview: str
    calibration: str
    fixed: Mapping[str, float]
    free: tuple[str, ...]

    @classmethod
    def of(cls, worldview: str, overrides: Mapping[str, float] | None = None, beside: Path | None = None) -> Beliefs:
        """Return what a worldview leaves uncertain; one that lies `beside` a file comes before a shipped one.

        Raises:
            SimulatorError: for a name that is no worldview, or no number that can be set.
        """
        model = fentanyl_model()
        belief = called(worldview, beside)
        settings = scenario.settings(belief, model.parameters)
        fixed = {**settings, **(overrides or {})}
        draws.constants(model, belief.name, overrides=overrides, prior=True)  # refuses what cannot be set
        free = tuple(name for name in model.constants if model.parameters[name].is_uncertain and name not in fixed)
        return cls(belief.name, draws.calibrated(belief.name, settings), fixed, free)

    def best(self, *, prior: bool = False) -> Array:
        """Return the likeliest numbers, or the middle of the stated ranges; shape (constant,)."""
        return np.asarray(draws.constants(fentanyl_model(), self.calibration, self.fixed, prior=prior)[0])

    def members(self, count: int, seed: int, *, prior: bool = False) -> Array:
        """Draw members from the calibration, or from the stated ranges alone; shape (member, constant).

        Raises:
            SimulatorError: for fewer than two, since a lone member would be the likeliest one and no draw.
        """
        fault = Problem("--members", f"{count} cannot show how answers differ.", "Ask for 100 or more.")
        refuse([fault] if count < _FEWEST else [])
        return draws.constants(fentanyl_model(), self.calibration, self.fixed, members=count, seed=seed, prior=prior)

    def alike(self, members: Array) -> Groups:
        """Return which members are copies of one fit, as a group for each; shape (member,)."""
        return copies.alike(fentanyl_model().constants, members, self.worldview)

    def at_shares(self, shares: Array) -> Array:
        """Turn shares of each stated range's distribution into numbers, the rest staying in the middle.

        Args:
            shares: cumulative probabilities of `free`, each independent; shape (member, free).

        Returns:
            Numbers of shape (member, constant).
        """
        from scipy.special import ndtri

        model = fentanyl_model()
        found = np.tile(self.best(prior=True), (len(shares), 1))
        z = ndtri(np.clip(shares, EDGE, 1 - EDGE))
        for column, name in enumerate(self.free):
            found[:, model.constants.index(name)] = model.parameters[name].at(z[:, column])
        return found


def refuse_strangers(names: Sequence[str], known: Sequence[str], option: str) -> None:
    """Refuse numbers that do not vary.

    Raises:
        SimulatorError: naming the nearest that does.
    """
    fault = "No uncertain number of that name is left to vary."
    refuse([Problem(f"{option} {name}", fault, nearest(name, known)) for name in names if name not in known])


def described(name: str) -> tuple[str, str]:
    """Return the name of a number in whole words, and its unit (empty for a pure number)."""
    unit = fentanyl_model().parameters[name].unit
    return words(name), {"1": "", "year": "years"}.get(unit, unit)
