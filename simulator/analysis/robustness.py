"""Which policy holds up under which beliefs: all that `fentsim robust` asks, in one record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator import copies, draws, scenario
from simulator.analysis import information, regret, swapping
from simulator.analysis.beliefs import Beliefs, refuse_strangers
from simulator.analysis.blending import Blender
from simulator.analysis.front import Mix, front
from simulator.analysis.pairing import Pairing, paired
from simulator.analysis.payoffs import Payoffs, payoffs
from simulator.errors import Problem, refuse
from simulator.fentanyl import fentanyl_model

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simulator.analysis.question import Question
    from simulator.copies import Groups

    Tell = Callable[[str], Callable[[int, int], None]]

Array = np.ndarray[Any, np.dtype[np.float64]]

#: What the debate turns on, and what one would most like to know before choosing.
DECISIVE = ("precursor_slack", "substitution_time", "tariff_effect_on_cooperation")
#: All of these at once.
TOGETHER = "all of these"
#: Members along which two policies are compared at most: nine points for each of two policies add up.
SCANNED = 400
#: Members that a search for mixes uses; others, this far away in the row of seeds, judge it.
SEARCHERS, ELSEWHERE = 24, 1_000_003


@dataclass(frozen=True)
class Choice:
    """What is to be weighed.

    Attributes:
        policies, worldviews: names.
        base: what outcomes are held against.
        members, seed, prior: of the draws.
        overrides: numbers fixed by the user.
        satisfied: share by which a policy should lower the outcome of the base.
        price: dollars of public cash that weigh as much as one unit of the outcome; None leaves cash out.
        know: numbers whose knowledge is valued.
        scanned: numbers along which two policies are compared.
        pair: those two; None for the best two.
    """

    policies: tuple[str, ...]
    worldviews: tuple[str, ...]
    base: str = "history"
    members: int = 200
    seed: int = 1
    prior: bool = False
    overrides: Mapping[str, float] = field(default_factory=dict)
    satisfied: float = 0.1
    price: float | None = None
    know: tuple[str, ...] = DECISIVE
    scanned: tuple[str, ...] = DECISIVE
    pair: tuple[str, str] | None = None


@dataclass(frozen=True, eq=False)
class Verdict:
    """What was found.

    Attributes:
        payoffs: losses, with cash in them where it was given a price.
        ranking: one row a policy; see `simulator.analysis.regret.robustness`.
        winners: one row a worldview.
        believed: the worldview whose members choose; all of them, alike, where the default is not among them.
        worth: by name of the number, of everything, and of those numbers together.
        pair: the two policies that were compared along numbers.
        swaps: by name of the number.
        pairing: which beliefs divide the two; None where scikit-learn is not installed.
    """

    payoffs: Payoffs
    ranking: list[dict[str, Any]]
    winners: list[dict[str, Any]]
    believed: str
    worth: dict[str, information.Worth]
    pair: tuple[str, str]
    swaps: dict[str, swapping.Swap]
    pairing: Pairing | None


def every_worldview() -> list[str]:
    """Return the names of all shipped worldviews."""
    return [each.name for each in scenario.catalogue() if each.kind == "worldview"]


def weigh(question: Question, choice: Choice, *, tell: Tell | None = None) -> Verdict:
    """Run every policy under every worldview, and ask which one to choose.

    Args:
        question: outcome and years; its scenario is not used.
        choice: what is to be weighed.
        tell: given what is being done, returns what is told of progress.

    Raises:
        SimulatorError: for names that do not exist, or a base or pair that is not among the policies.
        NumbersFailedError: when hardly a member stayed finite.
    """
    policies = tuple(dict.fromkeys([choice.base, *choice.policies]))
    wrong = [name for name in choice.pair or () if name not in policies]
    refuse([Problem("--pair", f'"{name}" is not among the policies.', "Name it with the others.") for name in wrong])
    beliefs = [Beliefs.of(name, choice.overrides, question.beside) for name in choice.worldviews]
    varied = [name for name, each in fentanyl_model().parameters.items() if each.is_uncertain]
    refuse_strangers(choice.know, varied, "--know")
    found = payoffs(
        question, policies, beliefs, members=choice.members, seed=choice.seed, prior=choice.prior,
        progress=tell("Running") if tell else None,
    )  # fmt: skip
    if choice.price is not None:
        found = found.worth(choice.price)
    ranking = regret.robustness(found, seed=choice.seed, satisfied=choice.satisfied, base=choice.base)
    believed, loss, numbers, alike = _believed(found)
    pair = choice.pair or _best_two(found.policies, loss)
    swaps = {}
    scanning = tell("Scanning") if tell else None
    for name in choice.scanned:
        swaps[name] = swapping.scan(
            question, pair, name, numbers[:SCANNED], seed=choice.seed, price=choice.price, groups=alike[:SCANNED]
        )
        if scanning:
            scanning(len(swaps), len(choice.scanned))
    divided = _paired(found, pair, loss, numbers, alike, choice.seed)
    worth = _worth(loss, numbers, alike, choice)
    return Verdict(found, ranking, regret.winners(found), believed, worth, pair, swaps, divided)


def _believed(found: Payoffs) -> tuple[str, Array, Array, Groups]:
    """Return whose members choose, their losses (policy, member), numbers (member, constant), and which are copies.

    All worldviews draw member i by the same luck, so that it counts once however many believe it.
    """
    if draws.DEFAULT_WORLDVIEW in found.worldviews:
        place = found.worldviews.index(draws.DEFAULT_WORLDVIEW)
        return draws.DEFAULT_WORLDVIEW, found.loss[:, place], found.numbers[place], found.alike[place]
    policies, worldviews, members = found.loss.shape
    loss = found.loss.reshape(policies, worldviews * members)
    alike = np.tile(copies.coarsest(found.alike), worldviews)
    return "all worldviews alike", loss, found.numbers.reshape(worldviews * members, -1), alike


def _paired(
    found: Payoffs, pair: tuple[str, str], loss: Array, numbers: Array, groups: Groups, seed: int
) -> Pairing | None:
    """Ask which beliefs divide two policies, where there is the library to ask."""
    from importlib.util import find_spec

    if find_spec("sklearn") is None:
        return None
    one, other = (loss[found.policies.index(name)] for name in pair)
    return paired(pair, (one, other), numbers, seed=seed, groups=groups)


def _best_two(policies: tuple[str, ...], loss: Array) -> tuple[str, str]:
    one, other = np.argsort(loss.mean(axis=1), kind="stable")[:2]
    return policies[one], policies[other]


def _worth(loss: Array, numbers: Array, groups: Groups, choice: Choice) -> dict[str, information.Worth]:
    """Value knowing everything, each number, and those numbers together."""
    constants = fentanyl_model().constants
    worth = {"everything": information.perfect(loss, seed=choice.seed, groups=groups)}
    columns = [constants.index(name) for name in choice.know]
    for name, column in zip(choice.know, columns, strict=True):
        worth[name] = information.partial(loss, numbers[:, [column]], seed=choice.seed, groups=groups)
    if len(columns) > 1:
        worth[TOGETHER] = information.partial(loss, numbers[:, columns], seed=choice.seed, groups=groups)
    return worth


def mixes(
    question: Question, choice: Choice, *, budget: float | None, evaluations: int, tell: Tell | None = None
) -> list[Mix]:
    """Search for the best mixes of the policies, the base being what is there without them.

    Args:
        question: outcome and years.
        choice: its policies may each be carried out in part; its default worldview, or its first, is believed.
        budget: the most public cash beyond the base, USD a year; None for any.
        evaluations: mixes tried.
        tell: as for `weigh`.

    Raises:
        SimulatorError: where a library is missing.
    """
    default = draws.DEFAULT_WORLDVIEW
    believed = default if default in choice.worldviews else choice.worldviews[0]
    beliefs = Beliefs.of(believed, choice.overrides, question.beside)
    policies = [name for name in choice.policies if name != choice.base]
    fresh = beliefs.members(choice.members, choice.seed, prior=choice.prior)
    return front(
        question,
        Blender.of(policies, choice.base, question),
        beliefs.members(SEARCHERS, choice.seed + ELSEWHERE, prior=choice.prior),
        fresh,
        groups=beliefs.alike(fresh),
        budget=None if budget is None else budget * len(question.years),
        evaluations=evaluations,
        seed=choice.seed,
        progress=tell("Mixing") if tell else None,
    )
