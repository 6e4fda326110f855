"""Ways to read the record: where the members of a calibration lie in several valleys, and what tells these apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.calibration.campaign import alone
from simulator.calibration.descent import descend
from simulator.calibration.frame import Frame
from simulator.calibration.readings import WORSE, grouped
from simulator.validation import statistics
from simulator.validation.knockout import misfit, shipped_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simulator.calibration.problem import Problem

Array = np.ndarray[Any, np.dtype[np.float64]]
Row = dict[str, Any]

#: Steps of each member's descent to the bottom of its valley.
STEPS = 60
#: A reading with a smaller share of the members is not told.
LEAST = 0.015
#: So many numbers are told, those by which the readings of a worldview differ most in units of their priors.
TOLD = 6


def ways(worldviews: Sequence[str] | None = None, *, progress: Callable[[int, int], None] | None = None) -> list[Row]:
    """Say of each worldview how many ways its members read the record, and in which numbers these differ.

    Every member goes downhill from where it is; those that come to the same valley, or to valleys without a ridge
    between, read the record in one way.

    Args:
        worldviews: with a shipped calibration; all of them if None.
        progress: told `(done, all)` after every worldview.

    Returns:
        Rows with `worldview, reading, misfit, record, share, number, value`, several for each reading: its best
        misfit, the part of that which is the record's, and the share of members; a worldview with one reading has
        one row, without a number.
    """
    names = list(worldviews) if worldviews is not None else statistics.worldviews()
    rows: list[Row] = []
    for number, name in enumerate(names):
        problem, places = shipped_problem(name)
        with alone():
            rows += [{"worldview": name, **row} for row in _ways(problem, places)]
        if progress:
            progress(number + 1, len(names))
    return rows


def _ways(problem: Problem, places: Array) -> list[Row]:
    frame = Frame.over(problem, places)
    found, costs = descend(frame.ground(problem), frame.inside(places), STEPS)
    order = np.argsort(costs, kind="stable")
    ends, costs = frame.outside(found)[order], costs[order]
    groups = grouped(problem, ends)
    best = [int(np.argmax(groups == each)) for each in range(groups.max() + 1)]
    told = [each for each, place in enumerate(best)
            if not each or (np.mean(groups == each) >= LEAST and costs[place] <= costs[0] + WORSE)]  # fmt: skip
    read = ends[[best[each] for each in told]]
    apart = np.argsort(-np.ptp(read, axis=0), kind="stable")[: TOLD if len(read) > 1 else 0].tolist()
    rows: list[Row] = []
    for number, place in enumerate(read):
        record, prior = misfit(problem, place)
        row = {"reading": number + 1, "misfit": record + prior, "record": record}
        row["share"] = float(np.mean(groups == told[number]))
        for column in apart:
            name = problem.free[column]
            rows.append({**row, "number": name, "value": float(problem.model.parameters[name].at(place[column]))})
        if not apart:
            rows.append({**row, "number": "", "value": None})
    return rows
