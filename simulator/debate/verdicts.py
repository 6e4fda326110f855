"""Verdicts: does a claim hold, under which beliefs, and on what does it turn.

The rules, which are the same for every claim:

- A claim *holds* in a member when every comparison in `claims.yaml` holds in that member.
- Under a worldview it is *likely* when it holds in two thirds of members or more, *unlikely*
  when it holds in one third or fewer, else *open*. (The IPCC uses *likely* for two thirds.)
- *supported*: likely under every worldview.
- *contradicted*: unlikely under every worldview.
- *depends on*: everything else. The belief named is the one number that best divides the
  members of `evidence-weighted`, if a tenth of them or more are on either side and it does so
  better than chance; else the worldviews alone are named.
- A fact check is *contradicted* when any figure in it is more than a tenth off like for like.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from simulator import draws, scenario
from simulator.copies import alike, effective
from simulator.debate.cells import Cells, Measure, cells
from simulator.debate.claims import SIZES, Claim, Comparison
from simulator.debate.contest import LIKELY
from simulator.debate.facts import Checked, checked
from simulator.debate.splitting import Split, split
from simulator.draws import DEFAULT_WORLDVIEW
from simulator.fentanyl import fentanyl_model
from simulator.report.spread import summary
from simulator.scenario import catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Array = np.ndarray[Any, np.dtype[np.float64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]
Word = Literal["supported", "contradicted", "depends on", "outside the model"]

#: How rarely the rarer answer may come among members that are to be divided by one belief.
BOTH = 0.10


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a comparison comes out under one worldview: relative change (or share), and how often as expected."""

    median: float
    lower90: float
    upper90: float
    share: float


@dataclass(frozen=True)
class Verdict:
    """What becomes of one claim.

    Attributes:
        name: its number.
        shares: of members in which it holds, by worldview.
        outcomes: by worldview, one for each comparison.
        belief: the number that divides members of the default worldview best, where the verdict depends.
        facts: figures checked, for fact checks.
        outside: whether the model cannot answer.
    """

    name: str
    shares: Mapping[str, float]
    outcomes: Mapping[str, tuple[Outcome, ...]]
    belief: Split | None = None
    facts: tuple[Checked, ...] = ()
    outside: bool = False

    @property
    def word(self) -> Word:
        """The verdict, by the rules at the head of this file."""
        if self.outside:
            return "outside the model"
        if self.facts:
            return "supported" if all(each.stands for each in self.facts) else "contradicted"
        return ruled(self.shares)

    def where(self, likelihood: str) -> list[str]:
        """Return the worldviews under which it is `likely`, `unlikely` or `open`."""
        return [worldview for worldview, share in self.shares.items() if likely(share) == likelihood]


def likely(share: float) -> Literal["likely", "unlikely", "open"]:
    """Say in a word how often something holds."""
    return "likely" if share >= LIKELY else "unlikely" if share <= 1 - LIKELY else "open"


def ruled(shares: Mapping[str, float]) -> Word:
    """Return the verdict that follows from shares of members, by worldview."""
    words = {likely(share) for share in shares.values()}
    if words == {"likely"}:
        return "supported"
    return "contradicted" if words == {"unlikely"} else "depends on"


def others(shares: Mapping[str, float], members: Mapping[str, float]) -> list[Word]:
    """Return the verdicts that other members could give: shares moved by two Monte-Carlo standard errors either way.

    Args:
        shares: in which a claim holds, by worldview.
        members: how many independent ones know as much, by worldview; see `independent`.
    """
    errors = {name: float(np.sqrt(share * (1 - share) / members[name])) for name, share in shares.items()}
    moved = {ruled({name: share + sign * 2 * errors[name] for name, share in shares.items()}) for sign in (-1, 1)}
    return sorted(moved - {ruled(shares)})


@cache
def independent(worldview: str, members: int, seed: int) -> float:
    """Return how many independent members know as much as those drawn, of whom some are copies of one fit."""
    model = fentanyl_model()
    settings = scenario.settings(scenario.find(worldview), model.parameters)
    numbers = draws.constants(model, worldview, settings, members=members, seed=seed)
    return effective(alike(model.constants, numbers, worldview))


def worldviews() -> list[str]:
    """Return every shipped worldview, the default one first."""
    names = [each.name for each in catalogue() if each.kind == "worldview"]
    return sorted(names, key=lambda name: (name != DEFAULT_WORLDVIEW, name))


def judged(
    claims: Mapping[str, Claim],
    *,
    members: int,
    seed: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> list[Verdict]:
    """Judge claims under every worldview; a cell that several of them need is solved once.

    Args:
        claims: by number.
        members: of every cell, at least two.
        seed: of all draws.
        progress: told `(done, all)` after every cell.

    Raises:
        SimulatorError: for a comparison of what does not exist.
        NumbersFailedError: where not one member of a cell stays finite.
    """
    compared = [each for claim in claims.values() for each in claim.decided_by]
    solved = None
    if compared:
        policies = [policy for each in compared for policy in (each.policy, each.base)]
        measures: list[Measure] = list(dict.fromkeys(measure for each in compared for measure in each.measures))
        pairs = [(policy, belief) for belief in worldviews() for policy in policies]
        solved = cells(pairs, measures, members=members, seed=seed, progress=progress)
    return [_verdict(name, claim, solved) for name, claim in claims.items()]


def _verdict(name: str, claim: Claim, solved: Cells | None) -> Verdict:
    if claim.outside or claim.facts or solved is None:
        return Verdict(name, {}, {}, facts=tuple(map(checked, claim.facts)), outside=bool(claim.outside))
    shares, outcomes, held = {}, {}, {}
    for belief in worldviews():
        seen = [compared(each, solved, belief) for each in claim.decided_by]
        well = np.all([np.isfinite(change) for change, _ in seen], axis=0)
        outcomes[belief] = tuple(_outcome(change[well], holds[well]) for change, holds in seen)
        held[belief] = np.all([holds for _, holds in seen], axis=0)[well], solved.constants[belief][well]
        shares[belief] = float(held[belief][0].mean())
    if ruled(shares) != "depends on":
        return Verdict(name, shares, outcomes)
    return Verdict(name, shares, outcomes, _belief(*held[DEFAULT_WORLDVIEW], solved.seed))


def compared(asked: Comparison, solved: Cells, worldview: str) -> tuple[Array, Bools]:
    """Return how a comparison comes out member by member, and where it does as expected.

    Returns:
        The relative change, or for `is at least` the ratio, NaN where a member failed; and
        whether it is as expected. Shapes (member,), (member,).
    """
    ours, theirs = asked.measures
    value = solved.of(ours, asked.policy, worldview)
    base = solved.of(theirs, asked.base, worldview)
    sign, word = asked.sign
    size = SIZES[word]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where((value == 0) & (base == 0), 1.0, value / base)
    if sign == "is at least":
        return ratio, ratio >= size
    change = ratio - 1
    expected = {
        "falls": change <= -size, "rises": change >= size,
        "does not fall": change > -size, "does not rise": change < size,
    }  # fmt: skip
    return change, expected[sign]


def _outcome(change: Array, holds: Bools) -> Outcome:
    told = summary(change)
    median, lower, upper = (float(told[key] or 0.0) for key in ("median", "lower90", "upper90"))
    return Outcome(median, lower, upper, float(holds.mean()))


def _belief(holds: Bools, constants: Array, seed: int) -> Split | None:
    """Divide members by one belief, where they disagree enough."""
    if not BOTH <= float(holds.mean()) <= 1 - BOTH:
        return None
    model = fentanyl_model()
    uncertain = [place for place, name in enumerate(model.constants) if model.parameters[name].is_uncertain]
    names, numbers = [model.constants[place] for place in uncertain], constants[:, uncertain]
    return split(names, numbers, holds, seed, alike(names, numbers, DEFAULT_WORLDVIEW))
