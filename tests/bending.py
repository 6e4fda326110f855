"""History bent: inputs of the shipped model held at a level of their own from a date on."""

from functools import cache

import numpy as np

from simulator import draws, scenario
from simulator.cases import START, solve
from simulator.dates import month_starts
from simulator.fentanyl import fentanyl_model
from simulator.integrate.tracks import Tracks

MODEL = fentanyl_model()
END = 2037.0
INTEGRALS = (
    "opioid_deaths", "synthetic_opioid_deaths", "unaware_deaths", "illicit_fentanyl_deaths", "fentanyl_consumed",
    "fentanyl_produced", "arrivals", "initiation", "precursor_deliveries", "mail_arrivals",
)  # fmt: skip


@cache
def history():
    """Return how every input moved, the status quo to 2037 included."""
    return scenario.resolve(scenario.find("history"), MODEL.parameters, START, END)


def bent(since, **levers):
    """Return history with some inputs at a level of their own from a date on."""
    whole = history()
    edges = np.union1d(whole.edges, [since])
    levels = np.array([whole.at(edge) for edge in edges[:-1]])
    slopes = whole.slopes[np.searchsorted(whole.edges, edges[:-1], side="right") - 1]
    for name, level in levers.items():
        column, later = MODEL.inputs.index(name), edges[:-1] >= since
        levels[later, column], slopes[later, column] = level, 0.0
    return Tracks(edges, levels, slopes)


def run(since=2018.0, numbers=None, **levers):
    """Return the most probable member under bent history; `numbers` are constants of its own."""
    constants = draws.constants(MODEL, overrides=numbers)
    return solve(MODEL, INTEGRALS, constants, bent(since, **levers), month_starts(START, END), engine="reference")


def mean(solution, name, start, end):
    """Return the mean of a quantity between two dates."""
    return float(solution.mean_between(name, start, end)[0, 0])
