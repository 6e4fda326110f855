"""Debates: every policy of a debate under each of its worldviews, and who is right if."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator import copies, scenario
from simulator.calling import called
from simulator.debate.cells import Cells, Measure, cells
from simulator.debate.contest import Contest, Place, contest, ranking
from simulator.draws import DEFAULT_WORLDVIEW
from simulator.errors import Problem, nearest, refuse
from simulator.fentanyl import fentanyl_model
from simulator.files import package

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Array = np.ndarray[Any, np.dtype[np.float64]]

#: What everything is held against.
BASE = "history"
#: The ten years after policies begin.
START, END = 2027.0, 2037.0
#: What a debate is about first, and what it also changes.
DEATHS = Measure("opioid_deaths", "total", START, END)
MEASURES = (
    DEATHS,
    Measure("people_with_use_disorder", "end", START, END),
    Measure("public_cost", "total", START, END),
    Measure("quality_adjusted_life_years_lost", "total", START, END),
    Measure("violent_deaths", "total", START, END),
    Measure("people_incarcerated", "mean", START, END),
    Measure("tariff_cost_to_households", "total", START, END),
)


@dataclass(frozen=True, eq=False)
class Debate:
    """One debate, run.

    Attributes:
        scenario: its question, its policies and its worldviews.
        cells: what was measured.
        contests: its rivals, the headline first.
        places: the ranking under each worldview.
    """

    scenario: scenario.Scenario
    cells: Cells
    contests: tuple[Contest, ...]
    places: dict[str, list[Place]]

    @property
    def policies(self) -> list[str]:
        """What is compared with history, in the order of what it averts under the deciding worldview."""
        order = {place.policy: place.rank for place in self.places[deciding(self.scenario)]}
        return sorted(order, key=order.__getitem__)

    def change(self, measure: Measure, policy: str, worldview: str) -> Array:
        """Return a measure less that of history, member by member; shape (member,), NaN where one failed."""
        base = self.cells.of(measure, BASE, worldview)
        return np.asarray(self.cells.of(measure, policy, worldview) - base)

    def averted(self, policy: str, worldview: str) -> Array:
        """Return deaths averted against history; shape (member,)."""
        return -self.change(DEATHS, policy, worldview)


def shipped() -> list[str]:
    """Return the names of the debates that travel with the package."""
    return list(rivals())


@cache
def rivals() -> dict[str, tuple[tuple[str, str], ...]]:
    """Return which policies each debate holds against each other."""
    import yaml

    read = yaml.safe_load(package("debate", "contests.yaml").read_text(encoding="utf-8"))
    return {name: tuple((first, second) for first, second in pairs) for name, pairs in read.items()}


def deciding(asked: scenario.Scenario) -> str:
    """Return the worldview that names the leader: the default one, or the last where that is missing."""
    return DEFAULT_WORLDVIEW if DEFAULT_WORLDVIEW in asked.worldviews else asked.worldviews[-1]


def debates(
    names: Sequence[str], *, members: int, seed: int = 1, progress: Callable[[int, int], None] | None = None
) -> list[Debate]:
    """Run debates; a cell that several of them need is solved once.

    Args:
        names: of shipped debates, or paths of files.
        members: of every cell, at least two.
        seed: of all draws.
        progress: told `(done, all)` after every cell.

    Raises:
        SimulatorError: for a name that is no debate, or a debate without history.
        NumbersFailedError: where not one member of a cell stays finite.
    """
    found = [_debate(name) for name in names]
    refuse(_faults(found), "This cannot be debated.")
    meant = [_meant(each) for each in found]
    pairs = [
        (known[policy], known[belief])
        for each, known in zip(found, meant, strict=True)
        for belief in each.worldviews
        for policy in each.policies
    ]
    solved = cells(pairs, MEASURES, members=members, seed=seed, progress=progress)
    return [_argued(each, solved.under(known)) for each, known in zip(found, meant, strict=True)]


def _debate(name: str) -> scenario.Scenario:
    known = name.endswith((".yaml", ".yml")) or name in {path.stem for path in scenario.shipped()}
    refuse([] if known else [_stranger(name)], "There is no such debate.")
    return called(name)


def _meant(asked: scenario.Scenario) -> dict[str, str]:
    """Return what the names in a debate call: the file of that name beside it, or what is shipped under the name.

    Two debates may each have a file of one name, and mean different things.
    """
    shipped_files = scenario.shipped()
    files = {name: scenario.located(name, Path(asked.path)) for name in (*asked.policies, *asked.worldviews)}
    return {name: name if path in shipped_files else str(path) for name, path in files.items()}


def _stranger(name: str) -> Problem:
    remedy = nearest(name, shipped()) or f"The debates are: {', '.join(shipped())}."
    return Problem(name, "There is no debate of that name.", remedy)


def _faults(found: Sequence[scenario.Scenario]) -> list[Problem]:
    problems = []
    for each in found:
        if each.kind != "debate":
            remedy = scenario.use_of(each.kind, each.path or each.name)
            problems.append(Problem(each.name, f"It is a {each.kind}, not a debate.", remedy))
        elif BASE not in each.policies or len(each.policies) < 3:  # noqa: PLR2004 - history and two rivals
            problems.append(Problem(each.name, "It needs history and two policies.", "Add them to `policies`."))
    return problems


def _argued(asked: scenario.Scenario, solved: Cells) -> Debate:
    others = [policy for policy in asked.policies if policy != BASE]
    whole = Debate(asked, solved, (), {})
    averted = {(policy, belief): whole.averted(policy, belief) for policy in others for belief in asked.worldviews}
    constants = fentanyl_model().constants
    places = {
        belief: ranking(
            {policy: averted[policy, belief] for policy in others},
            solved.seed,
            copies.alike(constants, solved.constants[belief], belief),
        )
        for belief in asked.worldviews
    }
    decisive = deciding(asked)
    best = sorted(places[decisive], key=lambda place: place.rank)[:2]
    stated = [pair for pair in rivals().get(asked.name, ()) if set(pair) <= set(others)]
    pairs = stated or [(best[0].policy, best[1].policy)]
    model = fentanyl_model()
    uncertain = [place for place, name in enumerate(model.constants) if model.parameters[name].is_uncertain]
    names = [model.constants[place] for place in uncertain]
    numbers = {belief: solved.constants[belief][:, uncertain] for belief in asked.worldviews}
    contests = tuple(contest(first, second, averted, decisive, names, numbers, solved.seed) for first, second in pairs)
    return Debate(asked, solved, contests, places)
