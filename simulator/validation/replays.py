"""Published policy experiments put to this model: the same change, the same ramp, the same window."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import yaml

from simulator import draws, scenario
from simulator.cases import START, solve
from simulator.dates import month_starts
from simulator.errors import NumbersFailedError, Problem, nearest, refuse
from simulator.fentanyl import fentanyl_model
from simulator.files import package
from simulator.record.reading import table
from simulator.report.spread import summary
from simulator.validation.moving import movable, ramped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from simulator.cases import Engine
    from simulator.solution import Solution

#: What is compared: any opioid, each person once, as the published models count.
OUTCOME = "opioid_deaths"
#: A change of this share or less counts as small: about the width of a line in a figure.
SMALL = 0.01
#: Scenario of SOURCE whose deaths its experiments are compared with.
_BASE = "Base (point estimate)"
#: Outcomes of the same runs that are not deaths.
_OTHER_OUTCOMES = ("Cumulative person-years of OUD",)


@dataclass(frozen=True, slots=True)
class Experiment:
    """A published experiment and how it is put to this model; the fields are explained in `experiments.yaml`."""

    name: str
    title: str
    model: str
    published: tuple[str, ...]
    multiply: Mapping[str, float]
    starting: float
    over: float
    window: tuple[float, float]
    expect: Literal["fall", "rise", "small"]
    same: str
    other: str
    outcome: Literal["total", "last"] = "total"


@cache
def experiments() -> tuple[Experiment, ...]:
    """Return every experiment that is replayed, in the order of the file."""
    records = yaml.safe_load(package("validation", "experiments.yaml").read_text(encoding="utf-8"))
    return tuple(
        Experiment(
            name=name, **{**each, "published": tuple(each["published"]), "window": tuple(map(float, each["window"]))}
        )
        for name, each in records.items()
    )


@cache
def not_replayed() -> tuple[dict[str, str], ...]:
    """Return the published results that are not replayed: rows with `model, what, because`."""
    return tuple(yaml.safe_load(package("validation", "not_replayed.yaml").read_text(encoding="utf-8")))


def answer(experiment: Experiment) -> dict[str, Any]:
    """Return the published answer: `median, low, high` as changes in shares (a fall is negative), and `source`.

    Raises:
        SimulatorError: when the record holds no such row.
    """
    _, rows = table(package("record", "published_models.csv"))
    own = {
        row["scenario"]: row
        for _, row in rows
        if row["model"] == experiment.model and row["outcome"] not in _OTHER_OUTCOMES
    }
    missing = [name for name in experiment.published if name not in own]
    refuse([Problem(experiment.name, f'Nothing was published as "{each}".', nearest(each, own)) for each in missing])
    chosen = [own[name] for name in experiment.published]
    if chosen[0]["unit"] == "person":
        base = float(own[_BASE]["value"])
        return {"median": sum(float(row["value"]) / base - 1 for row in chosen), "low": None, "high": None,
                "source": chosen[0]["source"]}  # fmt: skip
    row = chosen[0]
    sign = 1.0 if "change" in row["outcome"].lower() else -1.0
    numbers = {key: sign * float(row[key]) if row[key] else None for key in ("value", "low", "high")}
    ends = sorted(each for each in (numbers["low"], numbers["high"]) if each is not None)
    low, high = ends or (None, None)
    return {"median": numbers["value"], "low": low, "high": high, "source": row["source"]}


def replays(
    chosen: Sequence[str] | None = None,
    *,
    members: int = 200,
    seed: int = 1,
    worldview: str = draws.DEFAULT_WORLDVIEW,
    engine: Engine = "ensemble",
    progress: Callable[[int, int], None] | None = None,
) -> list[dict[str, Any]]:
    """Put published experiments to the model and set our answer beside theirs.

    Args:
        chosen: names of experiments; all of them if None.
        members, seed, worldview: whose numbers are used; differences are paired by member.
        engine: `reference` for a few members, `ensemble` for many.
        progress: told `(done, all)` after every experiment.

    Returns:
        Rows with `experiment, title, model, published, published_low, published_high, source, median,
        lower90, upper90, expect, met, members`; changes are shares of the base's deaths.

    Raises:
        SimulatorError: for an experiment that does not exist.
        NumbersFailedError: when no member stays finite.
    """
    known = {each.name: each for each in experiments()}
    strangers = [name for name in chosen or () if name not in known]
    refuse([Problem(name, "No experiment has that name.", nearest(name, known)) for name in strangers])
    wanted = [known[name] for name in chosen or known]
    model = movable(fentanyl_model(), sorted({name for each in experiments() for name in each.multiply}))
    settings = scenario.settings(scenario.find(worldview), model.parameters)
    numbers = draws.constants(model, worldview, settings, members=members, seed=seed)
    end = max(each.window[1] for each in wanted)
    history = scenario.resolve(scenario.find("history"), model.parameters, START, end)
    times = month_starts(START, end)
    base = solve(model, (OUTCOME,), numbers, history, times, engine=engine)
    found = []
    for each in wanted:
        tracks = ramped(model, history, each.multiply, each.starting, each.over)
        run = solve(model, (OUTCOME,), numbers, tracks, times, engine=engine)
        found.append(_row(each, change(each, base, run)))
        if progress:
            progress(len(found), len(wanted))
    return found


def change(experiment: Experiment, base: Solution, run: Solution) -> np.ndarray:
    """Return the relative change of deaths, of members that stayed finite in both; shape (member,).

    Raises:
        NumbersFailedError: when there is no such member.
    """
    start, end = experiment.window
    if experiment.outcome == "last":
        start = end - 1
    kept = ~(base.failed | run.failed)
    if not kept.any():
        raise NumbersFailedError([Problem(experiment.name, "No member stayed finite.", "Try other members.")])
    there, here = (each.mean_between(OUTCOME, start, end)[kept, 0] for each in (base, run))
    return np.asarray(here / there - 1)


def met(experiment: Experiment, median: float) -> bool:
    """Say whether a median change is what the experiment expects of a sound structure."""
    if experiment.expect == "small":
        return abs(median) <= SMALL
    return median < 0 if experiment.expect == "fall" else median > 0


def _row(experiment: Experiment, changes: np.ndarray) -> dict[str, Any]:
    told, theirs = summary(changes), answer(experiment)
    return {
        "experiment": experiment.name,
        "title": experiment.title,
        "model": experiment.model,
        "published": theirs["median"],
        "published_low": theirs["low"],
        "published_high": theirs["high"],
        "source": theirs["source"],
        **told,
        "expect": experiment.expect,
        "met": met(experiment, told["median"] or 0.0),
        "members": len(changes),
    }
