"""Steps of the integrator: how much an answer changes when they are made finer."""

from __future__ import annotations

from typing import Any

import numpy as np

from simulator import draws, scenario
from simulator.cases import START, solve
from simulator.dates import month_starts
from simulator.draws import DEFAULT_WORLDVIEW
from simulator.fentanyl import fentanyl_model
from simulator.integrate import reference

#: What the design promises: no outcome changes by more than this.
MOST = 0.01
#: Against which tolerance others are measured, and which are: the one in use, and a hundred times as loose.
STRICT = 1e-10
TOLERANCES = (reference.RELATIVE_TOLERANCE, 100 * reference.RELATIVE_TOLERANCE)
#: Annual outcomes that are compared.
OUTCOMES = ("synthetic_opioid_deaths", "opioid_deaths", "seizures_reported", "fentanyl_consumed")


def convergence(until: float = 2036.0) -> list[dict[str, Any]]:
    """Integrate the likeliest run with ever finer steps and compare calendar years.

    Returns:
        Rows with `tolerance, worst, where, most, met`: the largest relative change of any year of any outcome
        against the strictest run, and whether it is below the promise.
    """
    model = fentanyl_model()
    settings = scenario.settings(scenario.find(DEFAULT_WORLDVIEW), model.parameters)
    numbers = draws.constants(model, DEFAULT_WORLDVIEW, settings)
    tracks = scenario.resolve(scenario.find("history"), model.parameters, START, until)
    times = month_starts(START, until)

    def years(tolerance: float) -> np.ndarray:
        run = solve(model, OUTCOMES, numbers, tracks, times, engine="reference", relative_tolerance=tolerance)
        return np.stack([run.annual_means(name)[1][0] for name in OUTCOMES])

    strict = years(STRICT)
    rows = []
    for tolerance in TOLERANCES:
        change = np.abs(years(tolerance) / strict - 1).max(axis=1)
        worst = int(np.argmax(change))
        rows.append(
            {
                "tolerance": tolerance,
                "worst": float(change[worst]),
                "where": OUTCOMES[worst],
                "most": MOST,
                "met": bool(change[worst] < MOST),
            }
        )
    return rows
