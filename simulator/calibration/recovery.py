"""Synthetic records: what the calibration finds where the truth is known.

A truth is drawn, its record is simulated with the noise that the likelihood supposes, and the
calibration is put to it: a few steps from the shipped best fit, then members, moved. How often its
90 % intervals hold the truth, and where the truth ranks among the members, says whether its
intervals mean what they say (simulation-based calibration). What the shipped record cannot
inform is left out: there an interval is the stated range, and holds what it was drawn from.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator import scenario
from simulator.calibration.fit import fit
from simulator.calibration.members import members
from simulator.calibration.posterior import moved
from simulator.calibration.problem import Problem
from simulator.calibration.walked import FRAMED
from simulator.cases import START
from simulator.dates import month_starts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simulator.fits import Narrowed
    from simulator.solution import Solution

Array = np.ndarray[Any, np.dtype[np.float64]]

#: Steps of the search in each synthetic record, the shipped members from which it begins, and members fitted then.
STEPS, BEGUN, MEMBERS = 50, 47, 63
#: A number whose spread the shipped record left above this share of its prior is not informed.
INFORMED = 0.9
#: Deaths that policies avert are added up over these years.
YEARS = (2027.0, 2037.0)
POLICIES = ("care-package", "supply-package")
OUTCOME = "synthetic_opioid_deaths"
#: What lies outside a 90 % interval, on either side.
_TAIL = 0.05


@dataclass(frozen=True, eq=False)
class Synthetic(Problem):
    """A problem whose record was simulated: residuals of the real one, shifted.

    A residual is the log of model over record, made independent and of unit spread. With a record
    that is the model's own at the truth, times noise, it is that of the real record at the same
    place less that of the real record at the truth, less the noise.

    Attributes:
        shift: what is subtracted; shape (row,).
        beside: whether the real record counts as well, beside the synthetic one.
    """

    shift: Array = field(default_factory=lambda: np.zeros(0))
    beside: bool = False

    def compared(self, solution: Solution, noise: Array | None = None) -> Array:
        """Return the residuals of the synthetic record; shape (member, row), those of the real one first."""
        own, real = self._noises(noise)
        found = [self.likelihood.residuals(solution, own)]
        if self.beside:
            found.insert(0, self.likelihood.residuals(solution, real))
        return np.concatenate(found, axis=1)

    def slopes(self, solution: Solution, noise: Array | None = None) -> dict[str, Array]:
        """Return how half the sum of squared residuals follows running totals; see `Likelihood.slopes`."""
        own, real = self._noises(noise)
        found = self.likelihood.slopes(solution, own)
        if self.beside:
            found = {name: each + found[name] for name, each in self.likelihood.slopes(solution, real).items()}
        return found

    def _noises(self, noise: Array | None) -> tuple[Array, Array | None]:
        """Return what is added to the residuals of the synthetic record, and of the real one."""
        rows = len(self.shift)
        return (-self.shift, None) if noise is None else (noise[:, -rows:] - self.shift, noise[:, :rows])


def synthetic(problem: Problem, truth: Array, generator: np.random.Generator, *, beside: bool = False) -> Synthetic:
    """Return the problem of a record simulated at a truth, shape (free,), with the likelihood's own noise."""
    real = problem.likelihood.distances(problem.solution(truth[None]))[0]
    shift = real + generator.standard_normal(len(real))
    return Synthetic(
        problem.model, problem.tracks, problem.until, problem.solve, problem.settings, shift=shift, beside=beside
    )


def informed(shipped: Narrowed, problem: Problem) -> list[str]:
    """Return the free numbers whose prior the shipped record narrows by a tenth or more."""
    precision = np.eye(len(shipped.names)) + (shipped.directions.T * shipped.sizes**2) @ shipped.directions
    spreads = np.sqrt(np.diag(np.linalg.inv(precision)))
    return [name for name, spread in zip(shipped.names, spreads, strict=True)
            if spread <= INFORMED and name in problem.free]  # fmt: skip


def recovery(  # noqa: PLR0913 - settings of a run, by name
    problem: Problem,
    shipped: Narrowed,
    *,
    records: int,
    seed: int = 1,
    steps: int = STEPS,
    count: int = MEMBERS,
    beside: bool = False,
    policies: Sequence[str] = POLICIES,
    progress: Callable[[int, int], None] | None = None,
) -> list[dict[str, Any]]:
    """Recover synthetic records and say where each truth ranks among the members that were fitted to it.

    Args:
        problem: of the worldview that was shipped.
        shipped: its calibration, whose members are the truths; from some of them, and its best fit, searches begin.
        records: how many synthetic records.
        seed: of truths, noise and members.
        steps: of each search.
        count: members for each record.
        beside: fit the synthetic record and the real one together. Truths are drawn from what the real record
            left, so that only then ranks must be even; alone, the prior pulls estimates from the truths and
            makes intervals wide, and somewhat more than 90 % may hold the truth.
        policies: scenarios whose deaths averted are recovered as well.
        progress: told `(done, all)` after every record.

    Returns:
        Rows with `record, quantity, kind, truth, lower90, upper90, inside, rank, members, converged`; numbers in
        standard normal coordinates, deaths averted in persons; `rank` counts the members below the truth.
    """
    names = informed(shipped, problem)
    columns = [problem.free.index(name) for name in names]
    places = {name: place for place, name in enumerate(shipped.names)}
    known = shipped.places(problem.free)[: 1 + BEGUN]
    rows: list[dict[str, Any]] = []
    for number in range(records):
        generator = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(number,)))
        truth = _truth(shipped, problem, places, generator)
        posed = synthetic(problem, truth, generator, beside=beside)
        found = fit(posed, starts=0, known=known, stages=(steps,))
        luck = int(generator.integers(2**31))
        fitted, _ = members(posed, found, max(count, FRAMED), luck)
        drawn = moved(posed, fitted, count, luck)
        told = {"record": number, "members": count, "converged": found.converged}
        for name, column in zip(names, columns, strict=True):
            rows.append(placed(name, "number", truth[column], drawn[:, column]) | told)
        averted = deaths_averted(problem, np.concatenate([truth[None], drawn]), policies)
        for name, values in averted.items():
            rows.append(placed(name, "deaths averted", values[0], values[1:]) | told)
        if progress:
            progress(number + 1, records)
    return rows


def deaths_averted(problem: Problem, z: Array, policies: Sequence[str] = POLICIES) -> dict[str, Array]:
    """Return synthetic-opioid deaths that policies avert in 2027-36, by policy; shapes (member, free), (member,)."""
    start, end = YEARS
    parameters, times = problem.model.parameters, month_starts(START, end)

    def deaths(name: str) -> Array:
        tracks = scenario.resolve(scenario.find(name), parameters, START, end)
        solution = problem.solve(problem.model, (OUTCOME,), problem.constants(z), tracks, times)
        return solution.mean_between(OUTCOME, start, end)[:, 0] * (end - start)

    base = deaths("history")
    return {name: base - deaths(name) for name in policies}


def coverage(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sum up ranks: how often 90 % intervals held the truth, by kind of quantity.

    Returns:
        Rows with `kind, records, intervals, coverage, error, low, middle, high`: the share of intervals that held
        the truth with its standard error over records, and the shares of truths in the lowest
        quarter, the middle half and the highest quarter of the members (0.25, 0.5, 0.25 if calibrated).
    """
    found = []
    for kind in dict.fromkeys(row["kind"] for row in rows):
        own = [row for row in rows if row["kind"] == kind]
        records = sorted({row["record"] for row in own})
        each = [np.mean([row["inside"] for row in own if row["record"] == record]) for record in records]
        shares = np.array([(row["rank"] + 0.5) / (row["members"] + 1) for row in own])
        low, high = float(np.mean(shares < 1 / 4)), float(np.mean(shares > 3 / 4))
        found.append(
            {
                "kind": kind,
                "records": len(records),
                "intervals": len(own),
                "coverage": float(np.mean([row["inside"] for row in own])),
                "error": float(np.std(each, ddof=1) / np.sqrt(len(each))) if len(each) > 1 else None,
                "low": low,
                "middle": 1 - low - high,
                "high": high,
            }
        )
    return found


def _truth(shipped: Narrowed, problem: Problem, places: dict[str, int], generator: np.random.Generator) -> Array:
    """Draw one of the shipped members, or without members a draw of the shipped Gaussian; shape (free,)."""
    if shipped.members is not None:
        row = shipped.members[generator.integers(len(shipped.members))]
    else:
        row = shipped.at(generator.standard_normal((1, len(shipped.names))))[0]
    return np.array([row[places[name]] if name in places else 0.0 for name in problem.free])


def placed(name: str, kind: str, truth: float, drawn: Array) -> dict[str, Any]:
    """Return where a truth lies among draws; see `recovery`.

    The interval is the one that holds a further draw of the same kind nine times in ten (Weibull's places of
    quantiles). The usual places interpolate among the draws at hand, and 63 of them hold a further one in 87 of 100.
    """
    lower, upper = np.quantile(drawn, [_TAIL, 1 - _TAIL], method="weibull")
    return {
        "quantity": name,
        "kind": kind,
        "truth": float(truth),
        "lower90": float(lower),
        "upper90": float(upper),
        "inside": bool(lower <= truth <= upper),
        "rank": int(np.sum(drawn < truth)),
    }
