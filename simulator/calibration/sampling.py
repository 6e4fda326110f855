"""Draw from a posterior: walkers that roll over it, each on its own, in coordinates in which it is nearly round.

Every walker gets a push, rolls without friction for a while, and stops; where rounding of the
path has changed its energy, it may have to go back to where it was (Hamiltonian Monte Carlo: Duane
and others 1987, Neal 2011). Slopes need not be exact: a walker is accepted by the true density
(`tests/test_sampling.py` holds the walk to known posteriors, with wrong slopes too).

No library is used, for those at hand want the density in their own language, and walk one chain
at a time; this walks as many side by side as the engine has lanes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.calibration.trust import LEAST_DRAWS, MOST_ERROR, settled, trust

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Array = np.ndarray[Any, np.dtype[np.float64]]
#: Of all moves of a walk; more than one number where walks of one command must not share their luck.
Seed = int | tuple[int, ...]

#: Where the length of a step begins, what share of walkers it is tuned to let stay where they
#: arrive, and how fast. (0.65 is best where a posterior is round; in bent tails long steps get stuck.)
FIRST_STEP, ACCEPTED, TUNING = 0.12, 0.75, 0.3
#: How long a walker rolls at most, in units in which a round posterior is crossed in one and a
#: half; half of it at least, for walkers that all roll for one period would only swing.
ROLL, MOST_STEPS = 4.5, 50
#: A walker whose energy has changed by so much has fallen off its path, and goes back at once.
FALLEN = 1000.0
#: The walk is written down this often, and with fewer draws nobody asks whether it is enough.
PAUSE, FEWEST = 5, 15


@dataclass(frozen=True, eq=False)
class Sample:
    """Draws from a posterior, and how far they can be trusted.

    Attributes:
        draws: shape (iteration, walker, coordinate), after warming up.
        rhat: rank-normalised split R-hat of each coordinate, groups of walkers against each other.
        effective: effective number of draws of each coordinate; see `trust`.
        drift: how far walkers as a whole have moved from the first third to the last, in standard errors; see `trust`.
        accepted: share of walkers that could stay where they arrived.
        evaluations: how often the density and its slopes were asked for.
        step: to which the length of steps was tuned.
        worth: of each draw, one on the average, where readings have more or fewer walkers than is their share;
            shape (iteration, walker).
        shares: of the readings between which walkers pass seldom; shape (reading,).
        errors: of the shares; shape (reading,).
    """

    draws: Array
    rhat: Array
    effective: Array
    drift: Array
    accepted: float
    evaluations: int
    step: float
    worth: Array | None = None
    shares: Array | None = None
    errors: Array | None = None

    @property
    def count(self) -> int:
        """How many draws there are."""
        return int(self.draws.shape[0] * self.draws.shape[1])

    @property
    def believed(self) -> bool:
        """Whether it is mixed, with draws enough of every coordinate."""
        return self.mixed and bool(self.effective.min() >= LEAST_DRAWS)

    @property
    def mixed(self) -> bool:
        """Whether every coordinate has converged, and the shares of readings are known."""
        known = self.errors is None or bool(self.errors.max() <= MOST_ERROR)
        return known and settled(self.rhat, self.drift)

    def __str__(self) -> str:
        """Tell in a line how far it can be trusted."""
        line = (
            f"worst R-hat {self.rhat.max():.3f}, drift {self.drift.max():.1f}, fewest effective draws "
            f"{self.effective.min():.0f} of the last {self.count}"
        )
        if self.shares is None or self.errors is None:
            return line
        shares = ", ".join(f"{100 * each:.0f}" for each in self.shares)
        return f"{line}; readings hold {shares} %, known to {100 * self.errors.max():.0f}"

    def spread_out(self, count: int) -> Array:
        """Return draws taken evenly from all by what they are worth, shape (count, coordinate)."""
        flat = self.draws.reshape(-1, self.draws.shape[-1])
        if self.worth is None:
            return np.asarray(flat[np.linspace(0, len(flat) - 1, count).round().astype(int)])
        reached = np.cumsum(self.worth) / self.worth.sum()
        return np.asarray(flat[np.searchsorted(reached, (np.arange(count) + 0.5) / count)])


class Walk:
    """Walkers under way: where they are, and what they have seen."""

    def __init__(
        self, density: Callable[[Array], tuple[Array, Array]], start: Array, seed: Seed, step: float = FIRST_STEP
    ) -> None:
        """Put the walkers somewhere; `start` has shape (walker, coordinate)."""
        self.density, self.evaluations, self.done = density, 0, 0
        self.seed = (seed,) if isinstance(seed, int) else seed
        self.step, self.accepted, self.moves = step, 0.0, 0
        self.kept: list[Array] = []
        self.stand(start)

    def stand(self, places: Array) -> None:
        """Put the walkers here."""
        self.places = places.copy()
        self.values, self.slopes = self._asked(places)

    def _asked(self, places: Array) -> tuple[Array, Array]:
        self.evaluations += len(places)
        return self.density(places)

    def move(self, number: int, *, warming: bool) -> None:
        """Let every walker roll once, by luck that depends on seed and number alone."""
        luck = np.random.default_rng((*self.seed, number))
        push = np.asarray(luck.standard_normal(self.places.shape))
        step = self.step * luck.uniform(0.8, 1.2)
        count = min(max(1, round(ROLL * luck.uniform(0.5, 1.0) / step)), MOST_STEPS)
        there, values, slopes, odds = self._rolled(push, step, count)
        stay = np.log(luck.random(len(push))) < odds
        self.places = np.where(stay[:, None], there, self.places)
        self.values, self.slopes = np.where(stay, values, self.values), np.where(stay[:, None], slopes, self.slopes)
        share = float(np.mean(np.exp(np.minimum(odds, 0.0))))
        if warming:
            self.step *= float(np.exp(TUNING * (share - ACCEPTED)))
        else:
            self.accepted, self.moves = self.accepted + share, self.moves + 1
            self.kept.append(self.places.copy())

    def _rolled(self, push: Array, step: float, count: int) -> tuple[Array, Array, Array, Array]:
        """Return where walkers arrive, density and slopes there, and the log odds of staying."""
        there, values, slopes = self.places.copy(), self.values.copy(), self.slopes.copy()
        energy = values - 0.5 * (push**2).sum(axis=1)
        odds = np.zeros(len(push))
        speed = push + step / 2 * slopes
        rolling = np.arange(len(push))
        for number in range(count):
            there[rolling] += step * speed[rolling]
            values[rolling], slopes[rolling] = self._asked(there[rolling])
            speed[rolling] += (step if number < count - 1 else step / 2) * slopes[rolling]
            with np.errstate(over="ignore", invalid="ignore"):
                odds[rolling] = values[rolling] - 0.5 * (speed[rolling] ** 2).sum(axis=1) - energy[rolling]
            fallen = ~(odds[rolling] > -FALLEN)
            odds[rolling[fallen]] = -np.inf
            rolling = rolling[~fallen]
        return there, values, slopes, odds

    def keep(self, path: Path) -> None:
        """Write the walk down; a whole file or none."""
        part = path.with_name(f".{path.name}.part")
        with part.open("wb") as file:
            np.savez(
                file, done=self.done, places=self.places, kept=np.array(self.kept), step=self.step,
                evaluations=self.evaluations, accepted=self.accepted, moves=self.moves,
            )  # fmt: skip
        part.replace(path)

    def resume(self, path: Path) -> None:
        """Put the walkers where a file left them."""
        with np.load(path, allow_pickle=False) as data:
            self.stand(data["places"])
            self.kept, self.step = list(data["kept"]), float(data["step"])
            self.evaluations, self.moves = int(data["evaluations"]), int(data["moves"])
            self.accepted, self.done = float(data["accepted"]), int(data["done"])


def sample(
    density: Callable[[Array], tuple[Array, Array]],
    start: Array,
    *,
    iterations: int,
    warming: int,
    seed: Seed,
    step: float = FIRST_STEP,
    checkpoint: Path | None = None,
    enough: Callable[[Array], bool] | None = None,
) -> Sample:
    """Sample a density that is roughly a standard normal.

    Args:
        density: log density and slopes, roughly right, of positions (walker, coordinate).
        start: where walkers begin; shape (walker, coordinate).
        iterations: after `warming`, at most.
        warming: iterations in which the step is tuned; they are thrown away.
        seed: of all moves; each iteration draws from a stream of its own.
        step: length with which tuning begins.
        checkpoint: file in which the walk is kept; where it exists the walk goes on from there.
        enough: told the draws so far now and then; True ends the walk early.
    """
    walk = Walk(density, start, seed, step)
    return go_on(walk, iterations=iterations, warming=warming, checkpoint=checkpoint, enough=enough)


def go_on(
    walk: Walk,
    *,
    iterations: int,
    warming: int,
    checkpoint: Path | None = None,
    enough: Callable[[Array], bool] | None = None,
) -> Sample:
    """Go on with a walk from where it is, or from where a file has it if it has not begun; see `sample`."""
    if checkpoint and checkpoint.exists() and not walk.done:
        walk.resume(checkpoint)
    while walk.done < warming + iterations:
        walk.done += 1
        walk.move(walk.done, warming=walk.done <= warming)
        if walk.done % PAUSE == 0 or walk.done == warming + iterations:
            if checkpoint:
                walk.keep(checkpoint)
            if enough and len(walk.kept) >= FEWEST and enough(np.array(walk.kept)):
                break
    draws = np.array(walk.kept)
    return Sample(draws, *trust(draws), walk.accepted / walk.moves, walk.evaluations, walk.step)


def within(
    density: Callable[[Array], tuple[Array, Array]], belongs: Callable[[Array], Array]
) -> Callable[[Array], tuple[Array, Array]]:
    """Return a density with nothing outside of a valley."""

    def found(places: Array) -> tuple[Array, Array]:
        values, slopes = density(places)
        return np.where(belongs(places), values, -np.inf), slopes

    return found
