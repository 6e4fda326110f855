"""Loops knocked out in turn: what each is worth to the account of the past, and to the future.

A loop that can be cut without loss, once the other numbers have been fitted again, is not
proved by the record; the policies that rest on it then rest on judgement.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator import fits, scenario
from simulator.calibration.campaign import UNTIL, posed
from simulator.calibration.fit import fit
from simulator.calibration.problem import Problem
from simulator.cases import START
from simulator.dates import month_starts
from simulator.draws import DEFAULT_WORLDVIEW
from simulator.errors import Problem as Fault
from simulator.errors import refuse
from simulator.fentanyl import fentanyl_model

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Array = np.ndarray[Any, np.dtype[np.float64]]

#: Steps of a quick search, and from how many of the shipped members, beside the best fit, it begins.
STEPS, BEGUN = 60, 47
#: Ten years of projection, 2027 to 2036, over which deaths are added up.
YEARS = (2027.0, 2037.0)
#: Deaths that are added up.
OUTCOME = "synthetic_opioid_deaths"
#: The row in which every loop is as shipped.
NONE = "none"


def switches() -> tuple[str, ...]:
    """Return the names of all switches of loops, in the order of the sectors."""
    return tuple(name for name, number in fentanyl_model().parameters.items() if number.role == "switch")


def shipped_problem(worldview: str = DEFAULT_WORLDVIEW, until: float = UNTIL) -> tuple[Problem, Array]:
    """Return the calibration problem of a worldview, and its shipped best fit and members, shape (1 + member, free).

    Numbers that are free now and were not when the fit was shipped stand at the middle of their priors.

    Raises:
        SimulatorError: when the worldview has no shipped calibration.
    """
    found = fits.shipped(worldview)
    if found is None:
        refuse([Fault(worldview, "It has no shipped calibration.", "Calibrate it: fentsim calibrate.")])
        raise AssertionError  # pragma: no cover - refuse has raised
    problem = posed(worldview, until)
    return problem, found.places(problem.free)


def misfit(problem: Problem, z: Array) -> tuple[float, float]:
    """Return half the squared distances of the record and of the priors at `z`, shape (free,)."""
    return 0.5 * float(np.sum(problem.residuals(z[None]) ** 2)), 0.5 * float(z @ z)


def knockout(
    chosen: Sequence[str] | None = None,
    *,
    worldview: str = DEFAULT_WORLDVIEW,
    steps: int = STEPS,
    until: float = UNTIL,
    progress: Callable[[int, int], None] | None = None,
) -> list[dict[str, Any]]:
    """Turn each loop off in turn (or on, where it is off), with and without a quick fit of all other numbers.

    Args:
        chosen: switches; all of them if None.
        worldview: whose best fit is the start.
        steps: of each fit; none at 0.
        until: the record that is used ends here.
        progress: told `(done, all)` after every loop.

    Returns:
        Rows with `switch, turned, record, record_refitted, misfit, change, refitted, change_refitted, deaths,
        deaths_refitted`: misfits with the record alone, then with record and priors, and the changes of these
        against the row `none`, and deaths of 2027-36. `none` is given the same quick fit, so that a fit that was
        not quite finished does not count for the others.

    Raises:
        SimulatorError: for a switch that does not exist.
    """
    problem, places = shipped_problem(worldview, until)
    z = places[0]
    known = switches()
    refuse([Fault(name, "It is no switch of a loop.", "See: fentsim quantities switch") for name in chosen or ()
            if name not in known])  # fmt: skip
    names = [NONE, *(chosen or known)]
    rows: list[dict[str, Any]] = []
    for name in names:
        own, turned = problem, ""
        if name != NONE:
            level = 0.0 if problem.model.parameters[name].value else 1.0
            own, turned = replace(problem, settings={**problem.settings, name: level}), "on" if level else "off"
        again = fit(own, starts=0, known=places[: 1 + BEGUN], stages=(steps,)).z if steps else z
        (record, prior), (record_again, prior_again) = misfit(own, z), misfit(own, again)
        before, after = record + prior, record_again + prior_again
        first = rows[0] if rows else {"misfit": before, "refitted": after}
        rows.append(
            {
                "switch": name,
                "turned": turned,
                "record": record,
                "record_refitted": record_again,
                "misfit": before,
                "change": before - first["misfit"],
                "refitted": after,
                "change_refitted": after - first["refitted"],
                "deaths": deaths(own, z),
                "deaths_refitted": deaths(own, again),
            }
        )
        if progress:
            progress(len(rows), len(names))
    return rows


def deaths(problem: Problem, z: Array) -> float:
    """Return synthetic-opioid deaths of 2027-36 at coordinates `z`, shape (free,), when policy stands still."""
    start, end = YEARS
    tracks = scenario.resolve(scenario.find("history"), problem.model.parameters, START, end)
    solution = problem.solve(problem.model, (OUTCOME,), problem.constants(z[None]), tracks, month_starts(START, end))
    return float(solution.mean_between(OUTCOME, start, end)[0, 0] * (end - start))
