"""How much of a posterior lies in one valley: its evidence, by particles led from a Gaussian into it.

Walkers do not cross from one reading of the record to another, so how they divide says nothing of how
probable each is. Particles are drawn from the Gaussian of a reading's own draws, whose mass is known; those
outside of the reading count for nothing. Step by step the Gaussian turns into the posterior, particles are
weighed and drawn anew, and roll a little without leaving the reading (sequential Monte Carlo: Del Moral,
Doucet and Jasra 2006). The mean weights multiply up to the mass.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import logsumexp
from scipy.stats import norm, t

from simulator.calibration.parted import Evidence, shares
from simulator.calibration.sampling import FIRST_STEP, Seed, Walk, within
from simulator.calibration.trust import GROUPS, MOST_ERROR

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Array = np.ndarray[Any, np.dtype[np.float64]]

#: Particles of a round, in groups that share nothing but the temperature, so that they tell the error; every
#: reading has two rounds, and the least known has more until the shares are known, or so many.
PARTICLES, FEWEST_ROUNDS, MOST_ROUNDS = 128, 2, 4
#: A step of the way leaves this share of particles effective; in each the particles roll so often.
LEFT, ROLLS = 0.75, 1
#: The Gaussian is so much as wide as the draws: a bent valley's own covariance reaches over its walls, and too
#: narrow a Gaussian finds the tails late. (On a banana 0.7 errs by -0.2, 0.85 by -0.07, 1 not at all; on
#: `evidence-weighted`, whose walls are high, 1.1 gave twice the standard error of 0.7.)
WIDTH = 0.85
#: Directions in which draws hardly differ are no narrower than this share of the middle one.
NARROWEST = 1e-3


class Valley:
    """A part of a density that is being weighed, round by round."""

    def __init__(
        self,
        density: Callable[[Array], tuple[Array, Array]],
        draws: Array,
        *,
        seed: Seed,
        belongs: Callable[[Array], Array] | None = None,
    ) -> None:
        """Prepare to weigh.

        Args:
            density: log density, not normalised, and its slopes, of positions (walker, coordinate).
            draws: from it, of this valley; shape (draw, coordinate), many more than coordinates.
            seed: of all moves.
            belongs: which positions count as the valley; all if None.
        """
        self.seed, self.rounds = (seed,) if isinstance(seed, int) else seed, 0
        self._masses: list[float] = []
        self._way = _Way.from_draws(density if belongs is None else within(density, belongs), draws)

    def weigh(self) -> None:
        """Lead another round of particles into the valley."""
        generator = np.random.default_rng((*self.seed, self.rounds))
        places = generator.standard_normal((PARTICLES, len(self._way.centre)))
        self._masses += self._way.led(places, generator)
        self.rounds += 1

    @property
    def evidence(self) -> Evidence:
        """How much mass all rounds so far have found.

        Few groups tell the error badly, so it is widened as Student's distribution has it for two in three.
        """
        groups = np.array(self._masses)
        log = float(logsumexp(groups) - np.log(len(groups)) + self._way.known)
        known = np.isfinite(groups).all()
        wider = float(t.ppf(norm.cdf(1.0), len(groups) - 1))
        return Evidence(log, wider * float(groups.std(ddof=1) / len(groups) ** 0.5) if known else np.inf)


def weigh(valleys: Sequence[Valley], report: Callable[[str], None] | None = None) -> tuple[Evidence, ...]:
    """Weigh each valley twice, and the one whose mass is least known again until all shares are known.

    Args:
        valleys: to be weighed against each other.
        report: told after every round.
    """
    wanted = [*range(len(valleys))] * FEWEST_ROUNDS
    while wanted:
        for each in wanted:
            valleys[each].weigh()
            if report:
                known, rounds = valleys[each].evidence, valleys[each].rounds
                report(f"reading {each + 1}: log mass {known.log:.2f}, error {known.error:.2f}, round {rounds}")
        _, errors = shares([each.evidence for each in valleys])
        least = int(np.argmax([each.evidence.error if each.rounds < MOST_ROUNDS else -1 for each in valleys]))
        more = not errors.max() <= MOST_ERROR and valleys[least].rounds < MOST_ROUNDS
        wanted = [least] if more else []
    return tuple(each.evidence for each in valleys)


@dataclass(frozen=True, eq=False)
class _Way:
    """From a Gaussian into a density.

    Attributes:
        density: where to.
        centre, turn: of the Gaussian, whose own coordinates are standard normal.
        known: log mass of what is a standard normal without its constant there.
    """

    density: Callable[[Array], tuple[Array, Array]]
    centre: Array
    turn: Array
    known: float

    @classmethod
    def from_draws(cls, density: Callable[[Array], tuple[Array, Array]], draws: Array) -> _Way:
        """Return the way from the Gaussian of some draws."""
        sizes, axes = np.linalg.eigh(np.cov(draws.T))
        widths = WIDTH * np.sqrt(np.maximum(sizes, NARROWEST * np.median(sizes)))
        known = 0.5 * len(widths) * np.log(2 * np.pi) + float(np.log(widths).sum())
        return cls(density, draws.mean(axis=0), axes * widths, known)

    def outside(self, places: Array) -> Array:
        """Turn coordinates of the Gaussian into those of the density."""
        return np.asarray(self.centre + places @ self.turn.T)

    def led(self, places: Array, generator: np.random.Generator) -> list[float]:
        """Lead particles all the way; return the log mass that each group finds, without what is known.

        Where a group has no particle inside, nothing has been found.
        """
        group = np.arange(len(places)) % GROUPS
        mass, share, step = np.zeros(GROUPS), 0.0, FIRST_STEP
        while share < 1.0:
            values, _ = self.density(self.outside(places))
            gain = np.nan_to_num(values + 0.5 * (places**2).sum(axis=1), nan=-np.inf, neginf=-np.inf)
            if not all(np.isfinite(gain[group == each]).any() for each in range(GROUPS)):
                return [-np.inf] * GROUPS
            ahead = _ahead(gain, 1.0 - share)
            for each in range(GROUPS):
                own = np.flatnonzero(group == each)
                mass[each] += logsumexp(ahead * gain[own]) - np.log(len(own))
                places[own] = places[own[_drawn(ahead * gain[own], generator)]]
            share = min(1.0, share + ahead)
            walk = Walk(self._between(share), places, int(generator.integers(2**31)), step)
            for roll in range(ROLLS):
                walk.move(roll, warming=True)
            places, step = walk.places, walk.step
        return [float(each) for each in mass]

    def _between(self, share: float) -> Callable[[Array], tuple[Array, Array]]:
        """Return the density on the way, in coordinates of the Gaussian."""

        def found(places: Array) -> tuple[Array, Array]:
            values, slopes = self.density(self.outside(places))
            away = 0.5 * (places**2).sum(axis=1)
            return share * values - (1 - share) * away, share * slopes @ self.turn - (1 - share) * places

        return found


def _ahead(gain: Array, left: float) -> float:
    """Return how far to go so that a share of the particles stays effective, at most what is left."""
    low, high = 0.0, left
    if _effective(high * gain) >= LEFT:
        return high
    for _ in range(40):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if _effective(middle * gain) >= LEFT else (low, middle)
    return max(low, 1e-6)


def _effective(weights: Array) -> float:
    """Return the share of particles that logarithmic weights leave effective."""
    return float(np.exp(2 * logsumexp(weights) - logsumexp(2 * weights)) / len(weights))


def _drawn(weights: Array, generator: np.random.Generator) -> Array:
    """Draw as many rows anew as there are, by logarithmic weights and one stroke of luck (systematic resampling)."""
    reached = np.cumsum(np.exp(weights - logsumexp(weights)))
    strokes = (np.arange(len(weights)) + generator.random()) / len(weights)
    return np.minimum(np.searchsorted(reached, strokes), len(weights) - 1)
