"""Walkers: an ensemble that explores a density, how it moves, and how it is put aside and taken up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import emcee  # type: ignore[import-untyped]
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Array = np.ndarray[Any, np.dtype[np.float64]]

MOVES = ("langevin", "evolution")
#: Share of the moves that are differential evolution; the rest are Langevin.
EVOLUTION = 0.5
#: Where the step of a Langevin move begins, what it is tuned to while warming up (Roberts and
#: Rosenthal's 0.57 is for exact slopes; ours are not), and how fast.
FIRST_STEP, ACCEPTED, TUNING = 0.25, 0.35, 0.1


class Langevin(emcee.moves.MHMove):  # type: ignore[misc]
    """A step downhill and a kick, by slopes that come with the density and may be wrong."""

    def __init__(self, step: float) -> None:
        """Begin with steps of this length."""
        self.step = step

    def propose(self, model: Any, state: Any) -> tuple[Any, Any]:  # noqa: ANN401 - emcee's own kinds
        """Propose for every walker at once, and accept by Metropolis and Hastings."""
        step, here = self.step, state.coords
        ahead = here + step**2 / 2 * state.blobs
        there = ahead + step * model.random.standard_normal(here.shape)
        densities, slopes = model.compute_log_prob_fn(there)
        back = there + step**2 / 2 * slopes
        odds = (((there - ahead) ** 2).sum(axis=1) - ((here - back) ** 2).sum(axis=1)) / (2 * step**2)
        accepted = np.log(model.random.random_sample(len(here))) < densities - state.log_prob + odds
        new = emcee.State(there, log_prob=densities, blobs=slopes)
        return self.update(state, new, accepted), accepted


class Evolution(emcee.moves.DEMove):  # type: ignore[misc]
    """Differential evolution among the first coordinates alone.

    emcee asks for twice as many walkers as coordinates lest they be stuck in a plane; the other
    move leaves every plane, so it is told to proceed.
    """

    def __init__(self, rank: int) -> None:
        """Move the first `rank` coordinates."""
        super().__init__(live_dangerously=True)
        self.rank = rank

    def setup(self, coords: Array) -> None:
        """Scale the jump to the coordinates that move."""
        super().setup(coords[:, : self.rank])

    def get_proposal(self, sample: Array, complement: list[Array], random: Any) -> tuple[Array, Array]:  # noqa: ANN401
        """Add the difference of two other walkers."""
        proposed = sample.copy()
        others = [each[:, : self.rank] for each in complement]
        proposed[:, : self.rank], factors = super().get_proposal(sample[:, : self.rank], others, random)
        return proposed, factors


class Run:
    """One ensemble under way: walkers that know of each other."""

    def __init__(self, density: Callable[[Array], tuple[Array, Array]], walkers: Array, rank: int, seed: int) -> None:
        self.density, self.seed, self.evaluations = density, seed, 0
        self.kept: list[Array] = []
        self.accepted, self.tried = dict.fromkeys(MOVES, 0.0), dict.fromkeys(MOVES, 0)
        self.langevin = Langevin(FIRST_STEP)
        self.moves = {"langevin": self.langevin, "evolution": Evolution(rank)}
        self.sampler = emcee.EnsembleSampler(
            *walkers.shape, self.asked, vectorize=True, blobs_dtype=float, moves=[(self.langevin, 1.0)]
        )
        self.stand(walkers)

    def asked(self, positions: Array) -> Array:
        """Return log density and slopes as one array: emcee takes what follows the first column along."""
        self.evaluations += len(positions)
        values, slopes = self.density(positions)
        return np.column_stack([values, slopes])

    def stand(self, walkers: Array) -> None:
        """Put the walkers somewhere."""
        found = self.asked(walkers)
        self.state = emcee.State(walkers, log_prob=found[:, 0], blobs=found[:, 1:])

    def step(self, number: int, *, tune: bool, keep: bool) -> None:
        """Move all walkers once, by luck that depends on seed and number alone."""
        luck = np.random.RandomState(np.random.MT19937(np.random.SeedSequence((self.seed, number))))
        name = "evolution" if luck.random_sample() < EVOLUTION else "langevin"
        self.sampler._moves = [self.moves[name]]  # noqa: SLF001 - to know which move was made
        self.state.random_state = luck.get_state()
        before = self.state.coords
        self.state = next(
            self.sampler.sample(self.state, iterations=1, store=False, skip_initial_state_check=True)
        )  # fmt: skip
        share = float(np.mean(np.any(self.state.coords != before, axis=1)))
        if tune and name == "langevin":
            self.langevin.step *= float(np.exp(TUNING * (share - ACCEPTED)))
        if not tune:
            self.accepted[name] += share
            self.tried[name] += 1
        if keep:
            self.kept.append(self.state.coords.copy())


def keep(runs: list[Run], done: int, path: Path) -> None:
    """Write the walk down; a whole file or none."""
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        np.savez(
            file,
            done=np.array(done),
            coords=np.array([run.state.coords for run in runs]),
            kept=np.array([run.kept for run in runs]),
            steps=np.array([run.langevin.step for run in runs]),
            evaluations=np.array([run.evaluations for run in runs]),
            accepted=np.array([[run.accepted[name] for name in MOVES] for run in runs]),
            tried=np.array([[run.tried[name] for name in MOVES] for run in runs]),
        )
    part.replace(path)


def resume(runs: list[Run], path: Path) -> int:
    """Put the walkers where a file left them; return how many iterations were done."""
    with np.load(path, allow_pickle=False) as data:
        for number, run in enumerate(runs):
            run.stand(data["coords"][number])
            run.kept = list(data["kept"][number])
            run.langevin.step = float(data["steps"][number])
            run.evaluations = int(data["evaluations"][number])
            run.accepted = dict(zip(MOVES, data["accepted"][number].tolist(), strict=True))
            run.tried = dict(zip(MOVES, data["tried"][number].tolist(), strict=True))
        return int(data["done"])
