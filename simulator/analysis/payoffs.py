"""What every policy yields for every member under every worldview: the table that choices are made from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from simulator.analysis.question import BLOCK, yearly
from simulator.calling import called_each
from simulator.errors import NumbersFailedError, Problem, refuse
from simulator.fentanyl import fentanyl_model

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import xarray as xr

    from simulator.analysis.beliefs import Beliefs
    from simulator.analysis.question import Question
    from simulator.copies import Groups
    from simulator.integrate.tracks import Tracks

Array = np.ndarray[Any, np.dtype[np.float64]]

COST = "public_cost"
_FEWEST = 2


@dataclass(frozen=True, eq=False)
class Payoffs:
    """Losses, so that less is better, member by member.

    Attributes:
        policies, worldviews: names.
        loss: the outcome over the years; shape (policy, worldview, member).
        cost: public cash over the years, USD; same shape.
        numbers: what members believe; shape (worldview, member, constant).
        unit: of the loss.
        lost: members left out because a run failed under some policy or worldview.
        alike: by worldview, which members are copies; each of shape (member,).
    """

    policies: tuple[str, ...]
    worldviews: tuple[str, ...]
    loss: Array
    cost: Array
    numbers: Array
    unit: str
    lost: int
    alike: tuple[Groups, ...]

    def worth(self, price: float) -> Payoffs:
        """Return losses to which public cash is added, at so many dollars for one unit of the outcome."""
        return replace(self, loss=self.loss + self.cost / price)

    def dataset(self) -> xr.Dataset:
        """Return all of it with dims (policy, worldview, member)."""
        import xarray as xr

        dims = ("policy", "worldview", "member")
        constants = fentanyl_model().constants
        varied = [place for place in range(len(constants)) if np.ptp(self.numbers[:, :, place]) > 0]
        return xr.Dataset(
            {
                "loss": (dims, self.loss, {"units": self.unit, "long_name": "outcome, less is better"}),
                "cost": (dims, self.cost, {"units": "USD", "long_name": "public cash"}),
                **{constants[place]: (dims[1:], self.numbers[:, :, place]) for place in varied},
            },
            {"policy": list(self.policies), "worldview": list(self.worldviews)},
            {"title": f"{len(self.policies)} policies under {len(self.worldviews)} worldviews"},
        )


class Candidates(NamedTuple):
    """Names of what is to be weighed, and the debate's file beside which they are looked up first."""

    policies: list[str]
    worldviews: list[str]
    beside: Path | None = None


def candidates(names: Sequence[str], worldviews: Sequence[str], against: str = "history") -> Candidates:
    """Return policies and worldviews to weigh: those named, or those of a debate.

    Raises:
        SimulatorError: telling the faults of all that is named, of what they are held `against` too; for fewer than
            two policies, or a debate named among policies.
    """
    own = Path(names[0]) if len(names) == 1 and Path(names[0]).is_file() else None  # a debate of one's own
    found = called_each([*names, *worldviews, against], own)[: len(names)]
    debates = [each for each in found if each.kind == "debate"]
    if debates and len(found) > 1:
        refuse([Problem(debates[0].name, "A debate stands alone.", "Name one debate, or policies.")])
    policies = list(debates[0].policies) if debates else list(names)
    beliefs = list(worldviews) or (list(debates[0].worldviews) if debates else [])
    few = Problem("POLICY...", "There is nothing to choose from.", "Name a debate, or two policies or more.")
    refuse([few] if len(policies) < _FEWEST else [])
    return Candidates(policies, beliefs, Path(debates[0].path) if debates else None)


def payoffs(
    question: Question,
    policies: Sequence[str],
    beliefs: Sequence[Beliefs],
    *,
    members: int,
    seed: int,
    prior: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Payoffs:
    """Run every policy under every worldview with members of the same luck.

    Args:
        question: its outcome and years; its scenario is not used.
        policies: names of scenarios.
        beliefs: one a worldview.
        members: how many a worldview.
        seed: of the draws.
        prior: draw from the stated ranges alone.
        progress: told `(done, all)`.

    Raises:
        SimulatorError: for anything wrong with a scenario.
        NumbersFailedError: when hardly a member stayed finite everywhere.
    """
    tracks = [question.tracks_of(name) for name in policies]
    drawn = np.stack([each.members(members, seed, prior=prior) for each in beliefs])
    loss = np.empty((len(policies), len(beliefs), members))
    cost = np.empty_like(loss)
    for row, course in enumerate(tracks):
        for column in range(len(beliefs)):
            loss[row, column], cost[row, column] = outcome_and_cost(question, drawn[column], course)
            if progress:
                progress(row * len(beliefs) + column + 1, len(policies) * len(beliefs))
    well = np.isfinite(loss + cost).all(axis=(0, 1))
    if well.sum() < _FEWEST:
        fault = "Hardly a member stayed finite under every policy."
        raise NumbersFailedError([Problem("members", fault, "Look at what the policies set.")])
    names = tuple(each.worldview for each in beliefs)
    alike = tuple(each.alike(numbers)[well] for each, numbers in zip(beliefs, drawn, strict=True))
    return Payoffs(
        tuple(policies), names, loss[:, :, well], cost[:, :, well], drawn[:, well], question.unit, int((~well).sum()),
        alike,
    )  # fmt: skip


def outcome_and_cost(question: Question, constants: Array, tracks: Tracks) -> tuple[Array, Array]:
    """Return the outcome and public cash (USD) over the years, each of shape (member,)."""
    found = np.empty((2, len(constants)))
    for first in range(0, len(constants), BLOCK):
        block = slice(first, first + BLOCK)
        each = yearly(question.model, constants[block], tracks, [question.outcome, COST], question.years)
        found[:, block] = question.over_years(each[0]), each[1].sum(axis=-1)
    return found[0], found[1]
