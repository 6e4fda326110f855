"""Forecasts of years to come: the status quo and what may be done instead, from where the record ends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator import fits, scenario
from simulator.cases import START
from simulator.draws import DEFAULT_WORLDVIEW
from simulator.errors import Problem, refuse
from simulator.fentanyl import fentanyl_model
from simulator.provenance import commit
from simulator.record.observation import OBSERVATIONS
from simulator.report.paired import parting
from simulator.scoring import believers, files
from simulator.scoring.discrepancy import RELAXATION, WALK, WALKS
from simulator.scoring.foretelling import Foretold, foretell, pooled
from simulator.scoring.measures import SHARES
from simulator.scoring.naive import last_quarter_continues
from simulator.scoring.present import DEATHS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from simulator.cases import Case
    from simulator.integrate.tracks import Tracks
    from simulator.record.observation import Observation
    from simulator.record.reading import Record
    from simulator.solution import Solution

Row = dict[str, Any]

#: The years of the forecast that is frozen.
YEARS = (2025, 2026, 2027)
#: What is forecast wherever a run goes beyond the record.
FORECAST = (DEATHS, "opioid_deaths")
#: Draws of a forecast beyond which a large ensemble takes fewer walks a member: its quantiles are steady to a per cent.
DRAWS = 8192


@dataclass(frozen=True, slots=True)
class Frozen:
    """A forecast that is never written again.

    Attributes:
        header: date, commit, seed and hashes.
        rows: `year`, median and intervals, and those of the last-quarter rule.
    """

    header: dict[str, str]
    rows: list[Row]


def forecast(case: Case, seed: int = 1, names: Sequence[str] = FORECAST) -> dict[str, tuple[list[int], Foretold]]:
    """Return what annual deaths may be counted after the record ends, if a case is what happens.

    Each member is carried from its own last residual, and the discrepancy is added; see
    `simulator.scoring.discrepancy`. Only of use where the past is the record's, for the residual
    is the record's over the history that the record saw. Differences between policies need none
    of this: both sides share one discrepancy, which cancels to first order.

    Args:
        case: history, or what parts from it later, solved from before the end of the record.
        seed: of the discrepancy.
        names: series of annual deaths, of `simulator.record.observation`.

    Returns:
        By series, the calendar years from the end of the record on, and their forecast.
    """
    end = int(np.floor(case.solution.times[-1]))
    years = list(range(int(believers.RECORD_END), end))
    found = {}
    for each in (each for each in OBSERVATIONS if each.series in names):
        said = _ahead(each, case.solution, years, seed)
        if said is not None:
            found[each.series] = (years, said)
    return found


def with_forecasts(rows: Sequence[Row], cases: Sequence[Case], seed: int = 1) -> list[Row]:
    """Return rows of outcomes in which deaths after the record are forecasts, each if its scenario is what happens.

    The discrepancy is the model's and not a scenario's, so every scenario that starts from the
    present wanders along the same walks, and none looks surer of itself than the status quo.

    Members that are not as a shipped calibration has them foretell nothing: the discrepancy was
    found for models that tell the past, and would lend its name to one that misses it.

    Every row gets `interval`: `forecast` where the discrepancy is in it, `parameters` where only
    the doubt about numbers is, None where a single run has neither.

    Args:
        rows: as `simulator.report.outcomes` returns them.
        cases: what they come from.
        seed: of the discrepancy.
    """
    said: dict[tuple[str, str, str, int], Row] = {}
    for case in cases:
        if not foretells(case):
            continue
        for name, (years, found) in forecast(case, seed).items():
            lower90, _, median, _, upper90 = found.quantiles(SHARES)
            for column, year in enumerate(years):
                ends = {"median": median[column], "lower90": lower90[column], "upper90": upper90[column]}
                key = (case.scenario.name, case.worldview, name, year)
                said[key] = {end: float(value) for end, value in ends.items()} | {"interval": "forecast"}
    told = []
    for row in rows:
        plain = {**row, "interval": None if row["lower90"] is None else "parameters"}
        told.append(plain | said.get((row["scenario"], row["worldview"], row["outcome"], row["year"]), {}))
    return told


def foretells(case: Case) -> bool:
    """Whether a case can be carried on from the record: calibrated members, with the past that was counted."""
    return case.calibrated and len(case.solution.states) > 1 and _past_is_the_records(case.solution.tracks)


def _past_is_the_records(tracks: Tracks) -> bool:
    history = scenario.resolve(scenario.find("history"), fentanyl_model().parameters, START, float(tracks.edges[-1]))
    begin = parting([history, tracks])
    return begin is None or begin >= believers.RECORD_END


def _ahead(observation: Observation, solution: Solution, years: Sequence[int], seed: int) -> Foretold | None:
    return foretell(observation, solution, _to_come(observation, years), believers.RECORD_END, seed, walks(solution))


def walks(solution: Solution) -> int:
    """Return how many walks each member takes."""
    return max(1, min(WALKS, DRAWS // len(solution.states)))


def _to_come(observation: Observation, years: Sequence[int]) -> Record:
    """Return rows of a series that nobody has counted yet, one a calendar year."""
    count = len(years)
    return replace(
        observation.rows(0.0),
        starts=np.array(years, float),
        ends=np.array(years, float) + 1,
        values=np.full(count, np.nan),
        statuses=("assumption",) * count,
        spans=tuple((date(year, 1, 1), date(year + 1, 1, 1)) for year in years),
        notes=("",) * count,
        measures=("",) * count,
    )


def frozen(seed: int = 1, years: Sequence[int] = YEARS) -> list[Row]:
    """Return the forecast of the mixture for deaths from synthetic opioids: one row a year.

    Knows the dated events of history to the day of writing, and then the status quo.

    Raises:
        SimulatorError: when an account of the mixture has no calibration that fits the model.
    """
    observation = next(each for each in OBSERVATIONS if each.series == DEATHS)
    until = years[-1] + 1.0
    tracks = believers.history("knowing", years[0] - 1, until)
    parts, weights = [], []
    for name, weight in fits.mixture() or ((DEFAULT_WORLDVIEW, 1.0),):
        solution = believers.run(fits.home() / f"{name}.npz", tracks, seed=seed)
        said = _ahead(observation, solution, years, seed)
        if said is not None:
            parts.append(said)
            weights.append(weight)
    ours = pooled(parts, weights).quantiles(SHARES)
    rule = last_quarter_continues(believers.RECORD_END, len(years)).quantiles(SHARES)
    order = ("lower90", "lower50", "median", "upper50", "upper90")
    return [
        {
            "series": DEATHS,
            "year": year,
            **{key: round(float(ours[row, column])) for row, key in enumerate(order)},
            **{f"last_quarter_{key}": round(float(rule[row, column])) for row, key in enumerate(order)},
        }
        for column, year in enumerate(years)
    ]


def freeze(rows: Sequence[Row], seed: int, day: date, folder: Path | None = None) -> Path:
    """Write a forecast under its date, once and for all.

    Raises:
        SimulatorError: when that day has its forecast already.
    """
    path = (folder or home()) / f"{day.isoformat()}.csv"
    if path.exists():
        remedy = "Later data judge it as it stands; wait a day for another."
        refuse([Problem(path.name, "There is a forecast of that date, and it is never overwritten.", remedy)])
    accounts = {name: believers.digest(fits.home() / f"{name}.npz") for name, _ in fits.mixture()}
    header = {
        "forecast": "deaths from synthetic opioids (T40.4, final counts of residents), status quo",
        "date": day.isoformat(),
        "commit": commit(),
        "seed": seed,
        "record": f"through {believers.RECORD_END - 1:.0f}",
        "discrepancy": f"{WALK:g} log units per root year, relaxation {RELAXATION:g} years",
        "model": believers.model_digest(),
        **{f"calibration {name}": text for name, text in accounts.items()},
    }
    files.write(path, header, rows)
    return path


def home() -> Path:
    """Return the folder of frozen forecasts."""
    return fits.home() / "forecasts"


def forecasts(folder: Path | None = None) -> list[Frozen]:
    """Return every frozen forecast, the oldest first."""
    return [Frozen(*files.read(path, ("series",))) for path in sorted((folder or home()).glob("*.csv"))]
