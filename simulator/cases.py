"""Scenarios under worldviews, solved with the same members."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from simulator import draws, scenario
from simulator.calling import called_each
from simulator.dates import month_starts
from simulator.errors import NumbersFailedError, Problem, nearest, refuse
from simulator.fentanyl import fentanyl_model
from simulator.integrate import reference
from simulator.solution import Solution

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from simulator.integrate.tracks import Tracks
    from simulator.model import Model

Engine = Literal["auto", "reference", "ensemble"]
Array = np.ndarray[Any, np.dtype[np.float64]]

START = 2013.0
END = 2036.0
#: More runs than this and the compiled engine is worth its start.
HANDFUL = 12

#: Rates whose totals are integrated along with the state, so that months and years are exact.
INTEGRALS = (
    "synthetic_opioid_deaths", "heroin_deaths", "opioid_deaths", "unaware_deaths", "fentanyl_consumed",
    "fentanyl_seized", "precursors_from_china", "precursors_from_elsewhere", "fentanyl_produced",
    "seizures_reported", "public_cost", "cash_cost", "value_of_life_cost", "tariff_cost_to_households",
    "tariff_revenue", "quality_adjusted_life_years_lost", "violent_deaths", "revenue_of_sellers",
)  # fmt: skip
#: What others rely on, beside the integrals: states of the world at month starts.
INSTANTS = (
    "people_with_use_disorder", "people_in_treatment", "casual_users", "people_in_remission",
    "people_incarcerated", "purity", "price", "cooperation", "relations", "naloxone_kits", "fentanyl_share",
    "cover", "seizure_share", "china_control", "china_share", "effective_tariff",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Case:
    """One scenario under one worldview, solved.

    Attributes:
        scenario, worldview: under which.
        solution: of all members.
        engine: that did it.
        calibrated: whether these are as a shipped calibration has them; see `simulator.draws.is_calibrated`.
    """

    scenario: scenario.Scenario
    worldview: str
    solution: Solution
    engine: Engine
    calibrated: bool = False


def solve(
    model: Model,
    integrals: tuple[str, ...],
    constants: Array,
    tracks: Tracks,
    times: Array,
    *,
    engine: Engine = "ensemble",
    relative_tolerance: float = reference.RELATIVE_TOLERANCE,
) -> Solution:
    """Integrate members along tracks with the engine of that name.

    Args:
        constants: shape (member, constant).
        times: increasing decimal years; shape (time,).

    Raises:
        NumbersFailedError: from the reference engine; the ensemble marks failed members.
    """
    system = model.system(integrals)
    if engine == "reference":
        runs = [
            reference.integrate(system, row, tracks, times, relative_tolerance=relative_tolerance) for row in constants
        ]
        states, failed = np.stack([run.states for run in runs]), np.zeros(len(runs), bool)
    else:
        from simulator.integrate import ensemble

        found = ensemble.integrate(system, constants, tracks, times, relative_tolerance=relative_tolerance)
        states, failed = found.states, found.failed
    return Solution(model, integrals, tracks, constants, times, states, failed)


def cases(  # noqa: PLR0913 - settings of a run, by name
    scenarios: Sequence[str | Path] | Path,
    worldviews: Sequence[str | Path] | Path = (draws.DEFAULT_WORLDVIEW,),
    *,
    members: int = 1,
    seed: int = 1,
    until: float = END,
    engine: Engine = "auto",
    overrides: Mapping[str, float] | None = None,
    prior: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> list[Case]:
    """Solve every scenario under every worldview with the same members.

    Args:
        progress: told `(done, all)` after every case.

    Raises:
        SimulatorError: for anything wrong with a scenario, a worldview or a setting.
        NumbersFailedError: when not one member stays finite.
    """
    model = fentanyl_model()
    names = {"scenarios": listed(scenarios), "worldviews": listed(worldviews)}
    refuse([*_empty(names), *beyond(members, seed, until, engine)], "These settings cannot be run.")
    asked = called_each([*names["scenarios"], *names["worldviews"]])
    policies, beliefs = asked[: len(names["scenarios"])], asked[len(names["scenarios"]) :]
    chosen = engine
    if engine == "auto":
        chosen = "ensemble" if members * len(policies) * len(beliefs) > HANDFUL else "reference"
    times = month_starts(START, until)
    found = []
    for belief in beliefs:
        settings = scenario.settings(belief, model.parameters)
        numbers = draws.constants(
            model, draws.calibrated(belief.name, settings), settings,
            members=members, seed=seed, overrides=overrides, prior=prior,
        )  # fmt: skip
        calibrated = draws.is_calibrated(belief.name, settings, overrides, prior=prior)
        for policy in policies:
            tracks = scenario.resolve(policy, model.parameters, START, until)
            solution = solve(model, INTEGRALS, numbers, tracks, times, engine=chosen)
            if solution.failed.all():
                fault = f"No member stayed finite under {belief.name}."
                raise NumbersFailedError([Problem(policy.name, fault, "Look at what was set last.")])
            found.append(Case(policy, belief.name, solution, chosen, calibrated))
            if progress:
                progress(len(found), len(policies) * len(beliefs))
    return found


def listed(names: Sequence[str | Path] | Path) -> list[str | Path]:
    """Return names as a list; a single one counts as a list of one."""
    return [names] if isinstance(names, (str, Path)) else list(names)


def _empty(asked: Mapping[str, list[str | Path]]) -> list[Problem]:
    return [Problem(what, "None is named.", "Name one or more.") for what, names in asked.items() if not names]


def beyond(members: object, seed: object, until: object, engine: str = "auto") -> list[Problem]:
    """Return what keeps a number of members, a seed, the end of a run or an engine from being used."""
    problems = []
    if not isinstance(members, Integral) or members < 1:
        problems.append(Problem("members", f"{members!r} is not a number of members.", "Ask for one or more."))
    if not isinstance(seed, Integral) or seed < 0:
        problems.append(Problem("seed", f"{seed!r} is not a seed.", "Give a whole number, 0 or more."))
    if not isinstance(until, Real) or not START + 1 <= float(until) <= 2041:  # noqa: PLR2004 - files may date events to 2040
        told = f"{until:g}" if isinstance(until, Real) else repr(until)
        fault = f"{told} is outside the years that can be run."
        problems.append(Problem("until", fault, f"Choose a year from {START + 1:.0f} to 2041."))
    if engine not in get_args(Engine):
        remedy = nearest(engine, get_args(Engine)) or f"Choose among {', '.join(get_args(Engine))}."
        problems.append(Problem("engine", f'There is no engine "{engine}".', remedy))
    return problems
