"""Another market of the same family: can our equations behave as US methamphetamine did in 1995?

One large source of diverted precursors was closed. The price tripled and was back in some
four months; purity fell from 90 to 20 per cent and was back in about eighteen. The supply
side of the model is given that market's figures (`family.yaml`); what is open about its
structure is drawn from the stated ranges, and each draw is asked which features it shows.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml

from simulator.cases import solve
from simulator.dates import MONTHS, month_starts
from simulator.fentanyl import fentanyl_model
from simulator.files import package
from simulator.integrate.tracks import Tracks
from simulator.report.spread import quantiles

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from simulator.cases import Engine
    from simulator.model import Model

Array = np.ndarray[Any, np.dtype[np.float64]]

#: The one unknown that is no number of the model.
SHARE = "share_of_source"
#: Nothing is drawn outside its 90 % range: what lies in either tail.
_EDGE = 0.05
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


@cache
def market() -> dict[str, Any]:
    """Return the settings of that market, as they stand in `family.yaml`."""
    found: dict[str, Any] = yaml.safe_load(package("validation", "family.yaml").read_text(encoding="utf-8"))
    return found


def unknowns(shares: Array, *, wider: bool = False) -> dict[str, Array]:
    """Turn shares between 0 and 1 into the unknowns, each by its range; shape (member, unknown) in, (member,) out.

    Args:
        shares: one column for each number that is drawn, the share of the source last.
        wider: let some be anywhere in the wider ranges, evenly on the log scale.
    """
    from scipy.special import ndtri

    told, model = market(), fentanyl_model()
    inside = _EDGE + (1 - 2 * _EDGE) * shares
    low, high = told[SHARE]
    found: dict[str, Array] = {SHARE: low + (high - low) * inside[:, -1]}
    for column, name in enumerate(told["drawn"]):
        if wider and name in told["wider"]:
            least, most = np.log(told["wider"][name])
            found[name] = np.exp(least + (most - least) * inside[:, column])
        else:
            found[name] = model.parameters[name].at(ndtri(inside[:, column]))
    return found


def draws(members: int, seed: int, *, wider: bool = False) -> dict[str, Array]:
    """Draw the unknowns by a scrambled Sobol' sequence: each by name, shape (member,)."""
    from scipy.stats import qmc

    exponent = int(np.ceil(np.log2(members)))
    sequence = qmc.Sobol(len(market()["drawn"]) + 1, seed=np.random.default_rng(seed))
    return unknowns(sequence.random_base2(exponent)[:members], wider=wider)


def features(drawn: Mapping[str, Array], engine: Engine = "ensemble") -> dict[str, Array]:
    """Close the source and return what price and purity do; each feature by name, shape (member,).

    Times are months from the shock, infinite where the value is not back by the end of the
    run; members that do not stay finite are NaN.
    """
    told, model = market(), fentanyl_model()
    times = month_starts(told["begins"], told["until"])
    solution = solve(model, (), _constants(model, drawn), _tracks(model), times, engine=engine)
    seen = solution.at_instants(["price", "purity"])
    place = int(np.searchsorted(times, told["shock"], side="right")) - 1
    after = times[place + 1 :] - told["shock"]
    found = {}
    for name, worst in (("price", np.max), ("purity", np.min)):
        ratio = seen[name][:, place + 1 :] / seen[name][:, [place]]
        away = ratio - 1 > told["back"] if worst is np.max else 1 - ratio > told["back"]
        last = away.shape[1] - 1 - np.argmax(away[:, ::-1], axis=1)
        months = np.where(away.any(axis=1), after[last] * MONTHS, 0.0)
        months[away[:, -1]] = np.inf
        found["highest_price" if worst is np.max else "lowest_purity"] = worst(ratio, axis=1)
        found[f"{name}_months"] = months
    for values in found.values():
        values[solution.failed] = np.nan
    return found


def reproduced(found: Mapping[str, Array]) -> dict[str, Array]:
    """Return which members show each feature within its factor; booleans of shape (member,)."""
    told = market()["features"]
    with np.errstate(all="ignore"):
        return {
            name: np.abs(np.log(found[name] / each["value"])) <= np.log(each["factor"]) for name, each in told.items()
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


def _constants(model: Model, drawn: Mapping[str, Array]) -> Array:
    """Return the numbers of that market, shape (member, constant)."""
    told = market()
    share = drawn[SHARE]
    values = {name: np.full(len(share), model.parameters[name].value) for name in model.constants}
    values |= {name: np.full(len(share), float(each["to"])) for name, each in told["settings"].items()}
    values |= {name: each for name, each in drawn.items() if name != SHARE}
    values |= {"china_attraction": share, "india_attraction": (1 - share) / 2, "elsewhere_attraction": (1 - share) / 2}
    return np.stack([values[name] for name in model.constants], axis=1)


def _tracks(model: Model) -> Tracks:
    """Return inputs that never move but for the closing of the source."""
    told = market()
    before = {**{name: model.parameters[name].value for name in model.inputs}, **told["inputs"]}
    levels = np.array([[float(before[name]) for name in model.inputs]] * 2)
    for name, level in told["jumps"].items():
        levels[1, model.inputs.index(name)] = level
    return Tracks(np.array([told["begins"], told["shock"], told["until"]], float), levels, np.zeros_like(levels))


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
