"""All of validation that takes runs, in order: results with their titles, and the files that they become."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.validation import shipping

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    Progress = Callable[[int, int], None]
    Row = dict[str, Any]


@dataclass(frozen=True)
class Result:
    """One table of validation.

    Attributes:
        name: of its file.
        title: of its table.
        about: what the header of the file says of how it came about.
        rows: all with the same keys; `met` says whether an expectation was met, None where there is none.
    """

    name: str
    title: str
    about: Mapping[str, object]
    rows: list[Row]

    @property
    def surprises(self) -> list[Row]:
        """The rows whose expectation failed and was not known to fail."""
        return [row for row in self.rows if row.get("met") is False and row.get("expect") != "known to fail"]


def results(
    *,
    members: int,
    seed: int,
    refit: bool = False,
    recovery: int = 0,
    beside: bool = False,
    attribution: bool = False,
    progress: Progress | None = None,
) -> Iterator[Result]:
    """Run what was asked for, and give each result as soon as it is there.

    Args:
        members: of ensembles.
        seed: of all draws.
        refit: knock out each loop, with and without fitting the rest again.
        recovery: how many synthetic records to recover.
        beside: fit them together with the real record.
        attribution: divide the fall of 2023-24 among causes, and say what the record identifies; nothing else is run
            then but what was asked for apart; the regressions of that take twice as many members.
        progress: told `(done, all)` within each part.
    """
    again = f"fentsim validate --members {members} --seed {seed} --ship"
    if attribution:
        yield from _attribution(members, seed, f"{again} --attribution", progress)
    else:
        yield _steps(again)
        yield _replays(members, seed, again, progress)
        yield from _family(members, seed, again, progress)
    if refit:
        yield _knockout(f"{again} --refit", progress)
    if recovery:
        words = f"{again} --recovery {recovery}{' --beside' if beside else ''}"
        yield from _recovery(recovery, seed, words, progress, beside=beside)


def save(result: Result, folder: Path | None = None) -> Path:
    """Write a result to the folder, or among the shipped calibrations when None; return the path."""
    return shipping.save(result.name, result.about, result.rows, folder)


def _steps(again: str) -> Result:
    from simulator.validation import steps

    about = {"table": "steps", "title": "How far the likeliest run changes with finer steps", "again": again}
    return Result("steps", "Finer steps of the integrator", about, steps.convergence())


def _replays(members: int, seed: int, again: str, progress: Progress | None) -> Result:
    from simulator.validation import replays

    about = {"table": "replays", "title": "Published experiments put to this model", "again": again}
    rows = replays.replays(members=members, seed=seed, progress=progress)
    return Result("replays", "Published experiments, their answer and ours (change of opioid deaths)", about, rows)


def _family(members: int, seed: int, again: str, progress: Progress | None) -> Iterator[Result]:
    from simulator.validation import family

    about = {"table": "family", "title": "Features of US methamphetamine 1995 that our equations show", "again": again}
    rows = family.family(members, seed, progress=progress)
    yield Result("family", "US methamphetamine 1995, by our equations", about, rows)
    about = {"table": "family_settings", "title": "The settings that come nearest to all features", "again": again}
    yield Result("family_settings", "The settings that come nearest to everything", about, family.settings(seed))


def _attribution(members: int, seed: int, again: str, progress: Progress | None) -> Iterator[Result]:
    """Divide the fall of 2023-24, and say which numbers the record narrows and which conclusions rest on others."""
    from simulator.validation import attribution, identified, resting, ways

    about = {"table": "attribution", "title": "How the fall of deaths from 2022 to 2024 divides", "again": again}
    rows = attribution.attribution(members=members, seed=seed, progress=progress)
    yield Result("attribution", "The fall of deaths from 2022 to 2024, by cause", about, rows)
    about = {"table": "identified", "title": "How much the record narrows each number", "again": again}
    yield Result("identified", "How much the record narrows each number", about, identified.identified())
    about = {"table": "correlated", "title": "Numbers that the record tells apart badly", "again": again}
    if pairs := identified.correlated():
        yield Result("correlated", "Numbers that the record tells apart badly", about, pairs)
    about = {"table": "ways", "title": "Ways to read the record, worldview by worldview", "again": again}
    yield Result("ways", "Ways to read the record", about, ways.ways(progress=progress))
    about = {"table": "resting", "title": "What conclusions about policies rest on", "again": again}
    rows = resting.resting(members=2 * max(members, resting.FOLDS), seed=seed, progress=progress)
    yield Result("resting", "What conclusions about policies rest on (deaths averted 2027-36)", about, rows)


def _knockout(again: str, progress: Progress | None) -> Result:
    from simulator.validation import knockout

    about = {
        "table": "knockout",
        "title": "Loops turned off in turn, with and without fitting the rest again",
        "steps": knockout.STEPS,
        "again": again,
    }
    return Result("knockout", "Loops knocked out", about, knockout.knockout(progress=progress))


def _recovery(records: int, seed: int, again: str, progress: Progress | None, *, beside: bool) -> Iterator[Result]:
    from simulator import fits
    from simulator.calibration import recovery
    from simulator.draws import DEFAULT_WORLDVIEW
    from simulator.validation.knockout import shipped_problem

    problem, _ = shipped_problem()
    shipped = fits.shipped(DEFAULT_WORLDVIEW)
    if shipped is None:  # pragma: no cover - the problem would not have been posed
        return
    about = {"table": "recovery", "title": "Truths and the intervals that a calibration gives them", "again": again}
    rows = recovery.recovery(problem, shipped, records=records, seed=seed, beside=beside, progress=progress)
    yield Result("recovery", "Synthetic records: every interval", about, rows)
    low, high = COVERAGE
    summed = [row | {"expect": f"{low:.0%} to {high:.0%}", "met": low <= row["coverage"] <= high}
              for row in recovery.coverage(rows)]  # fmt: skip
    about = {"table": "coverage", "title": "How often 90 percent intervals hold the truth", "again": again}
    yield Result("coverage", "Synthetic records: how often 90 % intervals hold the truth", about, summed)


#: What the project promises of 90 % intervals over at least twenty synthetic records (issue 4).
COVERAGE = (0.85, 0.95)
