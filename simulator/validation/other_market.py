"""US methamphetamine in 1995, put to our equations: its settings, its unknowns, and what price and purity do."""

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

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.cases import Engine
    from simulator.model import Model

Array = np.ndarray[Any, np.dtype[np.float64]]

#: The one unknown that is no number of the model.
SHARE = "share_of_source"
#: Nothing is drawn outside its 90 % range: what lies in either tail.
_EDGE = 0.05


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
