"""How the fall of deaths from 2022 to 2024 divides among causes, member by member.

A cause is absent when its inputs hold from 1 July 2022, the summer in which deaths stood at
their highest, the level they had; or when the stock of its loop stands still from then on.
All combinations of causes are run, and each cause gets its Shapley value. What remains when
all are absent was under way: tolerance, a maturing market, controls and care of years before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator import draws, scenario
from simulator.cases import START, Engine, solve
from simulator.errors import NumbersFailedError, Problem
from simulator.fentanyl import fentanyl_model
from simulator.record import evidence
from simulator.report.spread import summary
from simulator.validation import causes as shipped
from simulator.validation import moving, statistics
from simulator.validation.holding import held
from simulator.validation.shapley import shapley

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simulator.integrate.tracks import Tracks
    from simulator.model import Model

Array = np.ndarray[Any, np.dtype[np.float64]]
Row = dict[str, Any]

#: From this date on a cause is absent: deaths of twelve months stood near their peak.
FREEZE = 2022.5
#: The calendar years compared.
BEFORE, AFTER = 2022.0, 2024.0
OUTCOME = "synthetic_opioid_deaths"
#: What is no cause: what remains without any, the whole fall, and the record's.
UNDER_WAY, MODELLED, RECORDED = "under way", "modelled", "recorded"
#: The default worldview's own calibration, in which no account fixes a number, in place of the mixture of accounts.
OPEN = "nothing fixed"
#: The numbers of a worldview are those of so many members.
MEMBERS = 100


def worldviews() -> list[str]:
    """Return the worldviews that have a shipped calibration, the default first."""
    return sorted(statistics.worldviews(), key=lambda name: (name != draws.DEFAULT_WORLDVIEW, name))


def worths(
    worldview: str,
    *,
    members: int = MEMBERS,
    seed: int = 1,
    causes: tuple[shipped.Cause, ...] = shipped.CAUSES,
    engine: Engine = "ensemble",
    progress: Callable[[int, int], None] | None = None,
) -> Array:
    """Return the fall of deaths in every combination of causes, of members finite in all; shape (2 ** causes, member).

    Args:
        worldview: whose calibration members are drawn from; `OPEN` for the default's own.
        causes: what may be taken away; bit `i` of the place of a combination says whether cause `i` is present.
        progress: told `(done, all)` after every combination.

    Raises:
        SimulatorError: for a worldview, an input or a switch that does not exist.
        NumbersFailedError: when not one member stays finite.
    """
    shipped.check(causes)
    model = moving.movable(fentanyl_model(), [name for cause in causes for name in cause.loops])
    belief = scenario.find(draws.DEFAULT_WORLDVIEW if worldview == OPEN else worldview)
    fixed = scenario.settings(belief, model.parameters)
    numbers = draws.constants(model, belief.name, fixed, members=members, seed=seed, mixed=worldview != OPEN)
    history = scenario.resolve(scenario.find("history"), model.parameters, START, AFTER + 1)
    times = np.array([START, BEFORE, BEFORE + 1, AFTER, AFTER + 1])
    found, failed = np.empty((2 ** len(causes), members)), np.zeros(members, bool)
    for place in range(len(found)):
        absent = [cause for bit, cause in enumerate(causes) if not place >> bit & 1]
        run = solve(model, (OUTCOME,), numbers, without(model, history, absent), times, engine=engine)
        years = run.mean_between(OUTCOME, [BEFORE, AFTER], [BEFORE + 1, AFTER + 1])
        found[place], failed = years[:, 0] - years[:, 1], failed | run.failed
        if progress:
            progress(place + 1, len(found))
    if failed.all():
        fault = "No member stayed finite without some of the causes."
        raise NumbersFailedError([Problem(worldview, fault, "Look at what was calibrated last.")])
    return found[:, ~failed]


def without(model: Model, tracks: Tracks, absent: Sequence[shipped.Cause], at: float = FREEZE) -> Tracks:
    """Return tracks on which causes are absent from a date on.

    Args:
        model: in which the switches of loops are `moving.movable`.
        tracks: of that model.
        at: decimal year.
    """
    still = held(model, tracks, [name for cause in absent for name in cause.inputs], at)
    return moving.ramped(model, still, {name: 0.0 for cause in absent for name in cause.loops}, at, 0)


def divided(worth: Array, causes: tuple[shipped.Cause, ...] = shipped.CAUSES) -> list[Row]:
    """Return a row for each cause, what was under way, and the whole.

    Args:
        worth: as `worths` returns it; shape (2 ** causes, member).

    Returns:
        Rows with `cause, title, median, lower90, upper90` in deaths a year fewer (a rise is negative), `mean`, which
        adds up over rows but the last, `share` of it in the mean fall, and `largest`: the share of members for whom
        no other part is larger.
    """
    parts = np.vstack([shapley(worth), worth[:1]])
    whole = worth[-1]
    first = np.argmax(parts, axis=0)
    titles = {cause.name: cause.title for cause in causes}
    titles |= {UNDER_WAY: "what was under way", MODELLED: "the modelled fall"}
    rows = []
    for place, (values, name) in enumerate(zip([*parts, whole], titles, strict=True)):
        largest = None if name == MODELLED else float(np.mean(first == place))
        share = float(values.mean() / whole.mean())
        rows.append({"cause": name, "title": titles[name], **summary(values), "mean": float(values.mean()),
                     "share": share, "largest": largest, "members": len(values)})  # fmt: skip
    return rows


def recorded() -> Row:
    """Return the row of the fall that was counted."""
    record = evidence(OUTCOME)
    years = {int(year): float(value) for year, value in zip(record.time.dt.year.values, record.values, strict=True)}
    fall = years[int(BEFORE)] - years[int(AFTER)]
    return {"cause": RECORDED, "title": "the recorded fall", "median": fall, "lower90": None, "upper90": None,
            "mean": fall, "share": None, "largest": None, "members": None}  # fmt: skip


def attribution(
    chosen: Sequence[str] | None = None,
    *,
    members: int = MEMBERS,
    seed: int = 1,
    causes: tuple[shipped.Cause, ...] = shipped.CAUSES,
    engine: Engine = "ensemble",
    progress: Callable[[int, int], None] | None = None,
) -> list[Row]:
    """Divide the fall under each worldview.

    Args:
        chosen: worldviews; all that ship, and `OPEN`, if None.
        progress: told `(done, all)` after every worldview.

    Returns:
        Rows of `divided` and `recorded`, each with its `worldview`.

    Raises:
        SimulatorError: as `worths` does.
    """
    names = list(chosen) if chosen is not None else [*worldviews(), OPEN]
    rows: list[Row] = []
    for done, name in enumerate(names):

        def told(here: int, whole: int, done: int = done) -> None:
            if progress:
                progress(done * whole + here, len(names) * whole)

        worth = worths(name, members=members, seed=seed, causes=causes, engine=engine, progress=told)
        rows += [{"worldview": name, **row} for row in (*divided(worth, causes), recorded())]
    return rows
