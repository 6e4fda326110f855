"""Rolling origins: fitted to the end of a year, scored on what followed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from simulator.draws import DEFAULT_WORLDVIEW
from simulator.errors import Problem, refuse
from simulator.record.observation import OBSERVATIONS
from simulator.scoring import believers, measures
from simulator.scoring.events import MODES, Mode
from simulator.scoring.foretelling import Foretold, foretell, pooled
from simulator.scoring.naive import rules
from simulator.scoring.present import DEATHS
from simulator.scoring.stacking import Stacked, stacked

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from simulator.record.observation import Observation
    from simulator.record.reading import Record

Row = dict[str, Any]

#: What is scored; deaths come first, and alone unless more is asked for.
SERIES = (
    DEATHS, "opioid_deaths", "heroin_deaths", "powder_purity", "pills_with_2mg_or_more",
    "people_in_medication_treatment", "seizures_reported",
)  # fmt: skip
#: Weights come from forecasts that know the dated events: the mixture is for asking what follows from acts.
WEIGHED_IN: Mode = MODES[0]


def backtest(
    worldviews: Sequence[str] = (),
    *,
    origins: Sequence[int] = (),
    modes: Sequence[Mode] = MODES,
    series: Sequence[str] = (DEATHS,),
    seed: int = 1,
    folder: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Row]:
    """Forecast from every origin under every worldview, and score what came out.

    `evidence-weighted` is the mixture of the others; at each origin its weights are those that
    the other origins alone would give, in every series, so that it is scored on nothing that
    made it; everything is therefore run where it is asked for.

    Args:
        worldviews: those asked for; none means all that were fitted, and their mixture.
        origins: last years of the record that a fit saw; none means all that there are.
        modes: with or without the dated events after the origin.
        series: which of `SERIES`.
        seed: of all draws.
        folder: of calibrations `<until>/<worldview>.npz`; those that ship when None.
        progress: told `(done, all)` after every run.

    Returns:
        Rows with `worldview, mode, series, origin, year, observed, median, lower50, upper50,
        lower90, upper90, crps, log_density` and, for each rule of thumb, what it said and scored.

    Raises:
        SimulatorError: when a calibration is missing or is of another state of the model.
    """
    known = [year for year in believers.ORIGINS if believers.available(year, folder)]
    mixed = not worldviews or DEFAULT_WORLDVIEW in worldviews
    needed = _Needed(known, MODES, SERIES) if mixed else _Needed(origins or known, modes, series)
    accounts = _accounts(needed.origins, folder)
    refuse(_missing(worldviews, accounts, [*origins, *known]), "There is nothing to score.")
    names = accounts if mixed else [name for name in accounts if name in worldviews]
    said = _foretold(names, needed, seed, folder, progress)
    own = [row for key, found in said.items() for row in _scored(*key, found)]
    mixture = _mixture(own, said, accounts) if mixed else []
    return [
        row
        for row in [*mixture, *own]
        if (not worldviews or row["worldview"] in worldviews)
        and (not origins or row["origin"] in origins)
        and row["mode"] in modes
        and row["series"] in series
    ]


def _accounts(origins: Sequence[int], folder: Path | None) -> list[str]:
    """Return the worldviews that were fitted before every origin."""
    fitted = [believers.available(year, folder) for year in origins]
    return sorted(set.intersection(*fitted)) if fitted else []


class _Needed(NamedTuple):
    """What has to be run: everything, where weights are to be found."""

    origins: Sequence[int]
    modes: Sequence[Mode]
    series: Sequence[str]


def _foretold(
    names: Sequence[str],
    needed: _Needed,
    seed: int,
    folder: Path | None,
    progress: Callable[[int, int], None] | None,
) -> dict[tuple[str, Mode, str, int], Foretold]:
    said: dict[tuple[str, Mode, str, int], Foretold] = {}
    total, done = len(needed.origins) * len(needed.modes) * len(names), 0
    for origin in needed.origins:
        for mode in needed.modes:
            tracks = believers.history(mode, origin, believers.RECORD_END)
            for name in names:
                solution = believers.run(believers.path(name, origin, folder), tracks, seed=seed)
                for each, rows in _held_out(needed.series, origin):
                    found = foretell(each, solution, rows, origin + 1, seed)
                    if found is not None:
                        said[name, mode, each.series, origin] = found
                done += 1
                if progress:
                    progress(done, total)
    return said


def _missing(worldviews: Sequence[str], accounts: Sequence[str], origins: Sequence[int]) -> list[Problem]:
    year = origins[0] + 1 if origins else believers.ORIGINS[0] + 1
    make = f"fentsim calibrate {{}} --until {year} --ship"
    if not accounts:
        fault = "No worldview was calibrated to the record before every origin."
        return [Problem("calibrations", fault, f"Make them: {make.format('WORLDVIEW')}")]
    strangers = [name for name in worldviews if name not in (*accounts, DEFAULT_WORLDVIEW)]
    fault = "It was not calibrated to the record before every origin."
    return [Problem(name, fault, f"Make it: {make.format(name)}") for name in strangers]


def _held_out(series: Sequence[str], origin: int) -> list[tuple[Observation, Record]]:
    """Return the rows of each series that start after the origin; those that straddle it are half known."""
    chosen = [each for each in OBSERVATIONS if each.series in series]
    return [(each, each.rows(believers.RECORD_END).since(origin + 1)) for each in chosen]


def _scored(worldview: str, mode: Mode, series: str, origin: int, found: Foretold) -> list[Row]:
    (_, rows), *_ = _held_out([series], origin)
    about = {"worldview": worldview, "mode": mode, "series": series, "origin": origin}
    rivals = rules(series, origin + 1, len(rows.values))
    consecutive = rows.starts.tolist() == [origin + 1 + step for step in range(len(rows.values))]
    return measures.rows(about, found, rows.starts.tolist(), rows.values, rivals if consecutive else [])


def _mixture(
    own: Sequence[Row], said: dict[tuple[str, Mode, str, int], Foretold], accounts: Sequence[str]
) -> list[Row]:
    """Return the rows of the mixture, at every origin with the weights of the others."""
    weights = weigh(own, accounts).without
    found = []
    for mode, series, origin in dict.fromkeys(key[1:] for key in said):
        parts = [said[name, mode, series, origin] for name in accounts]
        found += _scored(DEFAULT_WORLDVIEW, mode, series, origin, pooled(parts, weights[origin].tolist()))
    return found


def weigh(rows: Sequence[Row], accounts: Sequence[str], mode: Mode = WEIGHED_IN) -> Stacked:
    """Return the weights of accounts that follow from their rows in one mode."""
    return stacked([row for row in rows if row["mode"] == mode], accounts)
