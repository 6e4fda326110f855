"""How much of a posterior lies in one valley: its evidence, by particles led from a Gaussian into it.

Walkers do not cross from one reading of the record to another, so how they divide says nothing of how
probable each is. Particles are drawn from the Gaussian of a reading's own draws, whose mass is known; step by
step the Gaussian turns into the posterior, particles are weighed and drawn anew, and roll a little
(sequential Monte Carlo: Del Moral, Doucet and Jasra 2006). The mean weights multiply up to the mass.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import logsumexp

from simulator.calibration.sampling import GROUPS, Walk

if TYPE_CHECKING:
    from collections.abc import Callable

Array = np.ndarray[Any, np.dtype[np.float64]]

#: Particles, in groups that share nothing but the temperature, so that they tell the error.
PARTICLES = 128
#: A step of the way leaves this share of particles effective; in each the particles roll so often.
LEFT, ROLLS = 0.75, 1
#: The Gaussian is so much as wide as the draws: a bent valley's own covariance reaches over its walls, and too
#: narrow a Gaussian finds the tails late. (On a banana 0.7 errs by -0.2, 0.85 by -0.07, 1 not at all; on
#: `evidence-weighted`, whose walls are high, 1.1 gave twice the standard error of 0.7.)
WIDTH = 0.85
#: Directions in which draws hardly differ are no narrower than this share of the middle one.
NARROWEST = 1e-3


@dataclass(frozen=True)
class Evidence:
    """The logarithm of the mass of a valley, in the coordinates of its density, and its standard error."""

    log: float
    error: float
    steps: int


def evidence(
    density: Callable[[Array], tuple[Array, Array]],
    draws: Array,
    *,
    seed: int,
    belongs: Callable[[Array], Array] | None = None,
    particles: int = PARTICLES,
    report: Callable[[str], None] | None = None,
) -> Evidence:
    """Return how much mass lies where some draws are.

    Args:
        density: log density, not normalised, and its slopes, of positions (walker, coordinate).
        draws: from it, of one valley; shape (draw, coordinate), many more than coordinates.
        seed: of all moves.
        belongs: which positions count as the valley; all if None.
        particles: how many.
        report: told after every step.
    """
    centre, count = draws.mean(axis=0), draws.shape[1]
    sizes, axes = np.linalg.eigh(np.cov(draws.T))
    widths = WIDTH * np.sqrt(np.maximum(sizes, NARROWEST * np.median(sizes)))
    turn = axes * widths
    generator = np.random.default_rng(seed)
    places = generator.standard_normal((particles, count))
    share, step, number = 0.0, None, 0
    mass = np.zeros(GROUPS)
    group = np.arange(particles) % GROUPS
    while True:
        values, _ = density(centre + places @ turn.T)
        gain = np.nan_to_num(values + 0.5 * (places**2).sum(axis=1), nan=-np.inf, neginf=-np.inf)
        ahead = _ahead(gain, 1.0 - share)
        for each in range(GROUPS):
            own = np.flatnonzero(group == each)
            weights = ahead * gain[own]
            mass[each] += logsumexp(weights) - np.log(len(own))
            places[own] = places[own[_drawn(weights, generator)]]
        share = min(1.0, share + ahead)
        number += 1
        walk = Walk(_between(density, centre, turn, share), places, int(generator.integers(2**31)))
        walk.step = walk.step if step is None else step
        for roll in range(ROLLS):
            walk.move(roll, warming=True)
        places, step = walk.places, walk.step
        if report:
            report(f"step {number}: {100 * share:.0f} % of the way, log mass {logsumexp(mass) - np.log(GROUPS):.2f}")
        if share >= 1.0:
            break
    if belongs is not None:
        inside = belongs(centre + places @ turn.T)
        with np.errstate(divide="ignore"):
            mass += np.log([np.mean(inside[group == each]) for each in range(GROUPS)])
    known = 0.5 * count * np.log(2 * np.pi) + np.log(widths).sum()
    error = float(np.std(mass, ddof=1) / np.sqrt(GROUPS))
    return Evidence(float(logsumexp(mass) - np.log(GROUPS) + known), error, number)


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
    shares = np.cumsum(np.exp(weights - logsumexp(weights)))
    strokes = (np.arange(len(weights)) + generator.random()) / len(weights)
    return np.minimum(np.searchsorted(shares, strokes), len(weights) - 1)


def _between(
    density: Callable[[Array], tuple[Array, Array]], centre: Array, turn: Array, share: float
) -> Callable[[Array], tuple[Array, Array]]:
    """Return the density on the way from the Gaussian to the posterior, in coordinates of the Gaussian."""

    def found(places: Array) -> tuple[Array, Array]:
        values, slopes = density(centre + places @ turn.T)
        away = 0.5 * (places**2).sum(axis=1)
        return share * values - (1 - share) * away, share * slopes @ turn - (1 - share) * places

    return found
