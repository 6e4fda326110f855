"""Another market of the same family: can our equations behave as US methamphetamine did in 1995?

One large source of diverted precursors was closed. The price tripled and was back in some
four months; purity fell from 90 to 20 per cent and was back in about eighteen. The supply
side of the model is given that market's figures (`family.yaml`); what is open about its
structure is drawn from the stated ranges, and each draw is asked which features it shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.fentanyl import fentanyl_model
from simulator.report.spread import quantiles
from simulator.validation.other_market import SHARE, draws, features, market, reproduced, unknowns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from simulator.cases import Engine

Array = np.ndarray[Any, np.dtype[np.float64]]

#: A recovery sooner or later than this many months is taken for this long when distances are measured.
_MONTHS = (0.25, 60.0)
#: Settings in a search, for each unknown.
_CROWD = 8
#: Where unknowns may lie: in the ranges that the model states, or in wider ones.
RANGES = ("stated", "wider")
ALL = "everything"
#: Features that are asked for together: the fall, each recovery, everything.
COMBINED = {
    "both sizes": ("highest_price", "lowest_purity"),
    "sizes and the price back": ("highest_price", "lowest_purity", "price_months"),
    "sizes and the purity back": ("highest_price", "lowest_purity", "purity_months"),
    ALL: ("highest_price", "lowest_purity", "price_months", "purity_months"),
}


def nearest(
    parts: Sequence[str], seed: int = 1, *, wider: bool = False, generations: int = 60, engine: Engine = "ensemble"
) -> dict[str, Any]:
    """Search the ranges for the setting that comes nearest to some features at once (differential evolution).

    Returns:
        `distance`, that of the feature farthest off, in tolerances (1 or less is reproduced);
        `features` and `unknowns` by name.
    """
    from scipy.optimize import differential_evolution

    def cost(shares: Array) -> Array:
        found = features(unknowns(np.atleast_2d(shares.T), wider=wider), engine)
        return np.asarray(np.sum(_distances(found, parts) ** 2, axis=0))

    best = differential_evolution(
        cost, [(0.0, 1.0)] * (len(market()["drawn"]) + 1), rng=np.random.default_rng(seed), popsize=_CROWD,
        maxiter=generations, tol=0, polish=False, vectorized=True, updating="deferred",
    )  # fmt: skip
    chosen = unknowns(best.x[None], wider=wider)
    found = features(chosen, engine)
    return {
        "distance": float(_distances(found, parts).max()),
        "features": {name: float(values[0]) for name, values in found.items()},
        "unknowns": {name: float(values[0]) for name, values in chosen.items()},
    }


def family(
    members: int = 512,
    seed: int = 1,
    *,
    generations: int = 60,
    engine: Engine = "ensemble",
    progress: Callable[[int, int], None] | None = None,
) -> list[dict[str, Any]]:
    """Ask how many draws reproduce each feature, and how near any setting comes to several at once.

    Args:
        members: how many settings to draw.
        seed: of the draws and of the searches.
        generations: of each search.
        engine: see `simulator.cases`.
        progress: told `(done, all)` after every search.

    Returns:
        Rows with `feature, ranges, published, low, high, median, lower90, upper90, share, nearest, expect, met,
        members`; `share` is of the draws within the tolerance, `nearest` the distance in tolerances of the
        best setting found.
    """
    rows, searches = [], [(ranges, name) for ranges in RANGES for name in COMBINED]
    for ranges in RANGES:
        found = features(draws(members, seed, wider=ranges == "wider"), engine)
        shown = reproduced(found)
        for name, each in market()["features"].items():
            low, _, median, _, high = quantiles(np.minimum(np.nan_to_num(found[name], nan=np.inf), _MONTHS[1]))
            bounds = {"published": each["value"], "low": each["value"] / each["factor"],
                      "high": each["value"] * each["factor"]}  # fmt: skip
            told = {"median": float(median), "lower90": float(low), "upper90": float(high)}
            rows.append(_row(name, ranges, shown[name], bounds | told, None))
        for name, parts in COMBINED.items():
            best = nearest(parts, seed, wider=ranges == "wider", generations=generations, engine=engine)
            rows.append(_row(name, ranges, np.all([shown[part] for part in parts], axis=0), {}, best["distance"]))
            if progress:
                progress(searches.index((ranges, name)) + 1, len(searches))
    return rows


def settings(seed: int = 1, *, generations: int = 60, engine: Engine = "ensemble") -> list[dict[str, Any]]:
    """Return the settings that come nearest to all features: rows with `name, unit, low, high, stated, wider`."""
    model, told = fentanyl_model(), market()
    best = {
        ranges: nearest(COMBINED[ALL], seed, wider=ranges == "wider", generations=generations, engine=engine)
        for ranges in RANGES
    }
    rows = []
    for name, each in told["features"].items():
        values = {ranges: best[ranges]["features"][name] for ranges in RANGES}
        low, high = each["value"] / each["factor"], each["value"] * each["factor"]
        rows.append(
            {"name": name, "unit": "month" if name.endswith("months") else "1", "low": low, "high": high, **values}
        )
    for name in best["stated"]["unknowns"]:
        number = model.parameters.get(name)
        low, high = (number.range if number else told[SHARE]) or (None, None)
        values = {ranges: best[ranges]["unknowns"][name] for ranges in RANGES}
        rows.append({"name": name, "unit": number.unit if number else "1", "low": low, "high": high, **values})
    return rows


def _distances(found: Mapping[str, Array], parts: Sequence[str]) -> Array:
    """Return the distance of every feature in tolerances; shape (feature, member)."""
    rows = []
    for name in parts:
        each = market()["features"][name]
        values = np.clip(found[name], *_MONTHS) if name.endswith("months") else found[name]
        far = np.abs(np.log(values / each["value"])) / np.log(each["factor"])
        rows.append(np.nan_to_num(far, nan=_MONTHS[1], posinf=_MONTHS[1]))
    return np.array(rows)


def _row(name: str, ranges: str, shown: Array, told: Mapping[str, float], distance: float | None) -> dict[str, Any]:
    empty = dict.fromkeys(("published", "low", "high", "median", "lower90", "upper90"))
    known = name in market()["known_to_fail"]
    return {
        "feature": name,
        "ranges": ranges,
        **(empty | dict(told)),
        "share": float(np.mean(shown)),
        "nearest": distance,
        "expect": "" if distance is None else "known to fail" if known else "shown by some setting",
        "met": None if distance is None else bool(np.any(shown)) or distance <= 1,
        "members": len(shown),
    }
