"""The scores that ship, so that pages need not run anything: what was scored, with what, and whether it still holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator import fits
from simulator.draws import DEFAULT_WORLDVIEW
from simulator.errors import Problem, refuse
from simulator.files import package
from simulator.provenance import commit
from simulator.scenario import find
from simulator.scoring import believers, files, measures
from simulator.scoring.backtest import SERIES, WEIGHED_IN, weigh
from simulator.scoring.discrepancy import RELAXATION, WALK, WALKS
from simulator.scoring.events import MODES
from simulator.scoring.stacking import PRIOR_POINTS, Stacked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

Row = dict[str, Any]

_WORDS = ("worldview", "mode", "series")
_CALIBRATION = "calibration "


@dataclass(frozen=True, slots=True)
class Board:
    """Scores as they ship.

    Attributes:
        header: commit, seed, discrepancy, and the hash of every calibration.
        rows: as `simulator.scoring.backtest.backtest` returns them.
    """

    header: Mapping[str, str]
    rows: list[Row]

    @property
    def stale(self) -> list[str]:
        """Why the scores no longer hold, a sentence each; none while they do."""
        found = []
        if self.header["model"] != believers.model_digest():
            found.append("Equations, numbers or events of the model have changed since.")
        if self.header["discrepancy"] != _discrepancy():
            found.append("The discrepancy has changed since.")
        now = _calibrations(sorted({row["origin"] for row in self.rows}))
        then = {key: value for key, value in self.header.items() if key.startswith(_CALIBRATION)}
        changed = sorted(key for key in now.keys() | then.keys() if now.get(key) != then.get(key))
        if changed:
            names = ", ".join(key.removeprefix(_CALIBRATION) for key in changed)
            found.append(f"Calibrations have changed since: {names}.")
        return found

    @property
    def accounts(self) -> list[str]:
        """The worldviews scored, without their mixture."""
        return sorted({row["worldview"] for row in self.rows} - {DEFAULT_WORLDVIEW})


def path() -> Path:
    """Return where the scores ship."""
    return package("fits", "scores.csv")


def ship(rows: Sequence[Row], seed: int, *, scores: Path | None = None, mixture: Path | None = None) -> Stacked:
    """Write the scores of everything, and the weights that follow from them.

    Args:
        rows: of all worldviews, origins, modes and series.
        seed: of their draws.
        scores, mixture: where to; those that ship when None.

    Returns:
        The weights written.

    Raises:
        SimulatorError: when the rows are only a part.
    """
    refuse(_partial(rows), "Only a whole score can be shipped.")
    origins = sorted({row["origin"] for row in rows})
    header = {
        "scores": "forecasts from rolling origins, see docs/reference/scoreboard.md",
        "again": "fentsim score --ship",
        "commit": commit(),
        "seed": seed,
        "model": believers.model_digest(),
        "discrepancy": _discrepancy(),
        **_calibrations(origins),
    }
    files.write(scores or path(), header, rows)
    accounts = sorted({row["worldview"] for row in rows} - {DEFAULT_WORLDVIEW})
    found = weigh(rows, accounts)
    header = {
        "mixture": "rival accounts, weighed by what they foretold of years that their fits had not seen",
        "method": f"stacking of log scores, {WEIGHED_IN} the dated events, each origin and series one point; "
        f"every account starts with {PRIOR_POINTS:g}",
        "again": "fentsim score --ship",
        "commit": commit(),
    }
    files.write(mixture or package("fits", "mixture.csv"), header, _weighed(found, rows))
    return found


def load(place: Path | None = None) -> Board | None:
    """Return the scores that ship, or None where there are none."""
    place = place or path()
    return Board(*files.read(place, _WORDS)) if place.exists() else None


def _weighed(found: Stacked, rows: Sequence[Row]) -> list[Row]:
    reasons = fits.reasons()
    summaries = {
        (each["worldview"], each["mode"]): each for each in measures.summaries(rows) if each["series"] == SERIES[0]
    }
    other = weigh(rows, found.worldviews, MODES[1]).weights
    table = []
    for place, name in enumerate(found.worldviews):
        around = [float(each[place]) for each in found.without.values()]
        row: Row = {
            "worldview": name,
            "weight": round(float(found.weights[place]), 4),
            "because": reasons.get(name) or find(name).title,
            "lowest_without_an_origin": round(min(around), 4),
            "highest_without_an_origin": round(max(around), 4),
            "weight_not_knowing": round(float(other[place]), 4),
        }
        for mode in MODES:
            row[f"crps_{mode.replace('-', '_')}"] = summaries[name, mode]["crps"]
        table.append(row)
    return sorted(table, key=lambda row: -row["weight"])


def _partial(rows: Sequence[Row]) -> list[Problem]:
    asked = (("mode", MODES), ("series", SERIES), ("origin", believers.ORIGINS))
    problems = []
    for key, all_of_them in asked:
        missing = [str(each) for each in all_of_them if each not in {row[key] for row in rows}]
        if missing:
            remedy = "Score all of them, and leave out the options that choose."
            problems.append(Problem(key, f"Not scored: {', '.join(missing)}.", remedy))
    return problems


def _discrepancy() -> str:
    return f"{WALK:g} log units per root year, relaxation {RELAXATION:g} years, {WALKS} walks a member"


def _calibrations(origins: Sequence[int]) -> dict[str, str]:
    return {
        f"{_CALIBRATION}{origin + 1}/{name}": believers.digest(believers.path(name, origin))
        for origin in origins
        for name in sorted(believers.available(origin))
    }
