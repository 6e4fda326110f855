"""What conclusions about policies rest on: numbers that the record narrows, or numbers that it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator import draws, scenario
from simulator.analysis.optional import optional
from simulator.cases import START, Engine, solve
from simulator.errors import Problem, refuse
from simulator.fentanyl import fentanyl_model
from simulator.report.spread import summary
from simulator.validation.identified import identified
from simulator.validation.knockout import OUTCOME, YEARS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Array = np.ndarray[Any, np.dtype[np.float64]]
Row = dict[str, Any]

#: The policies about whose deaths averted conclusions are drawn.
POLICIES = ("care-package", "supply-package", "verified-controls", "border-surge", "treat-demand-first")
MEMBERS = 400
#: A regression is tried on this many parts of the members in turn, each time fitted to all others.
FOLDS = 5
#: Strengths of the ridge among which each fit chooses for itself.
RIDGES = np.geomspace(1.0, 1e5, 21)


def resting(
    policies: Sequence[str] = POLICIES,
    *,
    members: int = MEMBERS,
    seed: int = 1,
    engine: Engine = "ensemble",
    progress: Callable[[int, int], None] | None = None,
) -> list[Row]:
    """Divide the spread of what each policy averts among numbers that the record narrows and that it does not.

    Args:
        policies: names of scenarios; each is set against history.
        members: of evidence-weighted; at least twice `FOLDS`.
        progress: told `(done, all)` after every policy.

    Returns:
        Rows with `policy, median, lower90, upper90` (deaths averted in 2027-36), `fewer` (share of members with fewer
        deaths), shares of variance explained out of sample by a ridge regression on `every` number, on the
        `identified` and on the `open` ones alone, the same of the members' ranks (`every_ranks` and so on), and
        `first, first_rank, second, second_rank`: the two numbers with the strongest rank correlation, with what the
        record says of them (`first_why, second_why`).

    Raises:
        SimulatorError: for a policy that does not exist, for too few members, or where scikit-learn is missing.
    """
    from scipy.stats import rankdata

    if members < 2 * FOLDS:
        refuse([Problem("members", f"{members} are too few to regress on.", f"Ask for {2 * FOLDS} or more.")])
    model = fentanyl_model()
    why = {row["number"]: row["why"] for row in identified()}
    known = {row["number"] for row in identified() if row["identified"]}
    belief = scenario.find(draws.DEFAULT_WORLDVIEW)
    numbers = draws.constants(
        model, belief.name, scenario.settings(belief, model.parameters), members=members, seed=seed
    )
    names = [name for place, name in enumerate(model.constants) if name in why and np.ptp(numbers[:, place]) > 0]
    beliefs = coordinates(numbers, names)
    start, end = YEARS
    totals = {}
    for name in ("history", *policies):
        tracks = scenario.resolve(scenario.find(name), model.parameters, START, end)
        run = solve(model, (OUTCOME,), numbers, tracks, np.array([START, start, end]), engine=engine)
        totals[name] = np.where(run.failed, np.nan, run.mean_between(OUTCOME, start, end)[:, 0] * (end - start))
        if progress:
            progress(len(totals), len(policies) + 1)
    inside = np.array([name in known for name in names])
    rows = []
    for name in policies:
        averted = np.round(totals["history"] - totals[name])  # parts of a death are rounding of the solver
        well = np.isfinite(averted)
        row = {"policy": name, **summary(averted[well]), "fewer": float(np.mean(averted[well] > 0))}
        row |= divided(beliefs[well], averted[well], inside, seed=seed)
        ranked = divided(beliefs[well], rankdata(averted[well]), inside, seed=seed)
        row |= {f"{kind}_ranks": share for kind, share in ranked.items()}
        for place, (number, rank) in zip(("first", "second"), strongest(beliefs[well], averted[well], names),
                                         strict=True):  # fmt: skip
            row |= {place: number, f"{place}_rank": rank, f"{place}_why": why[number]}
        rows.append({**row, "members": int(well.sum())})
    return rows


def coordinates(numbers: Array, names: Sequence[str]) -> Array:
    """Return the standard normal coordinates of numbers; shape (member, name).

    Args:
        numbers: shape (member, constant).
        names: of uncertain constants.
    """
    model = fentanyl_model()
    columns = [(model.parameters[name], numbers[:, model.constants.index(name)]) for name in names]
    return np.array([[parameter.locate(value) for value in values] for parameter, values in columns]).T


def divided(beliefs: Array, outcome: Array, inside: np.ndarray[Any, np.dtype[np.bool_]], *, seed: int) -> Row:
    """Return shares of variance explained out of sample by `every`, the `identified` and the `open` numbers.

    Members that were drawn from the same fitted one are never on both sides of a test.

    Args:
        beliefs: shape (member, number).
        outcome: shape (member,).
        inside: which numbers are identified; shape (number,).
        seed: of the parts into which members are divided.
    """
    groups = np.unique(beliefs[:, inside].round(9), axis=0, return_inverse=True)[1].ravel()
    kinds = {"every": np.ones_like(inside), "identified": inside, "open": ~inside}
    return {kind: _explained(beliefs[:, chosen], outcome, groups, seed) for kind, chosen in kinds.items()}


def _explained(beliefs: Array, outcome: Array, groups: np.ndarray[Any, Any], seed: int) -> float:
    """Return one less squared error over variance on members not fitted to, and no less than nothing."""
    if beliefs.shape[1] == 0 or np.ptp(outcome) == 0:
        return 0.0
    linear, selection = optional("sklearn.linear_model"), optional("sklearn.model_selection")
    preprocessing, pipeline = optional("sklearn.preprocessing"), optional("sklearn.pipeline")
    guess = pipeline.make_pipeline(preprocessing.StandardScaler(), linear.RidgeCV(RIDGES))
    parts = selection.GroupKFold(FOLDS, shuffle=True, random_state=seed)
    found = selection.cross_val_predict(guess, beliefs, outcome, groups=groups, cv=parts)
    return max(0.0, float(1 - np.sum((outcome - found) ** 2) / np.sum((outcome - outcome.mean()) ** 2)))


def strongest(beliefs: Array, outcome: Array, names: Sequence[str]) -> list[tuple[str, float]]:
    """Return the two numbers that rank members most as the outcome does, each with its rank correlation."""
    from scipy.stats import rankdata

    ranks = np.column_stack([rankdata(beliefs, axis=0), rankdata(outcome)])
    found = np.corrcoef(ranks, rowvar=False)[-1, :-1]
    order = np.argsort(-np.abs(found))[:2]
    return [(names[place], float(found[place])) for place in order]
