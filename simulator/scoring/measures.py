"""How good forecasts were: one row a forecast, one summary a worldview and mode."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.record.reading import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simulator.scoring.foretelling import Foretold
    from simulator.scoring.naive import Rule

Array = np.ndarray[Any, np.dtype[np.float64]]
Row = dict[str, Any]

#: Ends of the 90 % and of the 50 % interval, and the median.
SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
RULES = ("last_value", "damped_trend", "last_quarter")
#: A peak is looked for in the forecast and this many years of record before it.
LOOK_BACK = 3


def rows(
    about: Mapping[str, Any], said: Foretold, years: Sequence[float], observed: Array, rivals: Sequence[Rule]
) -> list[Row]:
    """Return one row a forecast: what was said, what was counted, what the rules of thumb said.

    Args:
        about: what all rows share: `worldview, mode, series, origin`.
        said: the forecast; shape (draw, row).
        years: decimal years at which rows start; shape (row,).
        observed: what was counted; shape (row,).
        rivals: rules of thumb; shape (row,), or none.
    """
    import scoringrules

    quantiles = said.quantiles(SHARES)
    scores = scoringrules.crps_ensemble(np.log(observed), said.samples.T)
    densities = said.log_density(observed)
    found = []
    for place, start in enumerate(years):
        lower90, lower50, median, upper50, upper90 = quantiles[:, place].tolist()
        row = {
            **about,
            "year": int(start) if float(start).is_integer() else round(float(start), 2),
            "observed": float(observed[place]),
            "median": median,
            "lower50": lower50,
            "upper50": upper50,
            "lower90": lower90,
            "upper90": upper90,
            "crps": float(scores[place]),
            "log_density": float(densities[place]),
        }
        for rule in RULES:
            rival = next((each for each in rivals if each.name == rule), None)
            row[rule] = float(np.exp(rival.centres[place])) if rival else None
            row[f"{rule}_crps"] = float(rival.crps(observed)[place]) if rival else None
        found.append(row)
    return found


def summaries(found: Sequence[Row]) -> list[Row]:
    """Return one summary a worldview, mode and series, pooled over origins.

    Coverage and errors are shares; bias is the mean log of median over observed; the score
    (CRPS) is of log counts. What could not be worked out is None.
    """
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for row in found:
        groups.setdefault((row["worldview"], row["mode"], row["series"]), []).append(row)
    return [_summary(*key, group) for key, group in groups.items()]


def covered(found: Sequence[Row]) -> dict[str, tuple[int, float]]:
    """Return by series how many points there are, and the share within the 90 % interval; `all` pools them."""
    groups: dict[str, list[bool]] = {}
    for row in found:
        within = bool(row["lower90"] <= row["observed"] <= row["upper90"])
        groups.setdefault("all", []).append(within)
        groups.setdefault(row["series"], []).append(within)
    return {series: (len(group), float(np.mean(group))) for series, group in groups.items()}


def _summary(worldview: str, mode: str, series: str, group: list[Row]) -> Row:
    ahead = {steps: [row for row in group if int(row["year"]) - row["origin"] == steps] for steps in (1, 2)}
    return {
        "worldview": worldview,
        "mode": mode,
        "series": series,
        "points": len(group),
        "coverage90": _mean([row["lower90"] <= row["observed"] <= row["upper90"] for row in group]),
        "coverage50": _mean([row["lower50"] <= row["observed"] <= row["upper50"] for row in group]),
        "bias": _mean([float(np.log(row["median"] / row["observed"])) for row in group]),
        "error_1_year": _mean([off(row) for row in ahead[1]]),
        "error_2_years": _mean([off(row) for row in ahead[2]]),
        "last_quarter_error_1_year": _mean([off(row, "last_quarter") for row in ahead[1] if row["last_quarter"]]),
        "crps": _mean([row["crps"] for row in group]),
        "crps_1_year": _mean([row["crps"] for row in ahead[1]]),
        "last_quarter_crps_1_year": _mean([row["last_quarter_crps"] for row in ahead[1]]),
        **{f"against_{rule}": _ratio(group, rule) for rule in RULES},
        "turning_point": _mean([abs(each) for each in turning_points(group).values()]),
    }


def off(row: Row, said: str = "median") -> float:
    """Return the absolute error of a forecast as a share of what was counted."""
    return abs(float(row[said]) / float(row["observed"]) - 1)


def turning_points(group: Sequence[Row]) -> dict[int, int]:
    """Return by origin how many years late the forecast peaks, within its years and the three before.

    Only series counted by calendar year have peaks that can be compared.
    """
    found = {}
    for origin in sorted({row["origin"] for row in group}):
        ahead = [row for row in group if row["origin"] == origin]
        past = record(ahead[0]["series"]).since(origin + 1 - LOOK_BACK, origin + 1)
        if past.header["frequency"] != "calendar-year":
            continue
        before = {int(start): float(value) for start, value in zip(past.starts, past.values, strict=True)}
        said = before | {int(row["year"]): row["median"] for row in ahead}
        counted = before | {int(row["year"]): row["observed"] for row in ahead}
        found[origin] = max(said, key=said.__getitem__) - max(counted, key=counted.__getitem__)
    return found


def _ratio(group: list[Row], rule: str) -> float | None:
    """Return the mean score over that of a rule, on the same rows: below one is better."""
    both = [row for row in group if row[f"{rule}_crps"] is not None]
    theirs = _mean([row[f"{rule}_crps"] for row in both])
    ours = _mean([row["crps"] for row in both])
    return ours / theirs if ours is not None and theirs else None


def _mean(values: Sequence[float | bool | None]) -> float | None:
    known = [float(value) for value in values if value is not None]
    return float(np.mean(known)) if known else None
