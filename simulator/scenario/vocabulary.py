"""What a scenario may speak of: the parameters, the quantities and the sources of a model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from simulator.errors import nearest
from simulator.language import Equation
from simulator.parameters import Parameter
from simulator.scenario.amounts import AmountError, amount
from simulator.scenario.faults import Faults, Place, shown
from simulator.scenario.records import Amount, Belief, Change, Scenario

#: Whose parameters each kind of scenario sets.
MAY_SET: dict[str, tuple[str, ...]] = {
    "history": ("lever", "driver"),
    "policy": ("lever",),
    "worldview": ("uncertainty", "switch"),
}
_ELSEWHERE = {
    "lever": "Set it in a policy.",
    "driver": "What the world did stands in history; choose a lever.",
    "uncertainty": "It is a belief: set it in a worldview.",
    "switch": "It is a belief: set it in a worldview.",
}
_FEW = 5  # names in a remedy
_CALLED = {"lever": "a lever", "driver": "a driver", "uncertainty": "an uncertainty", "switch": "a switch"}


@dataclass(frozen=True)
class Vocabulary:
    """The words of a model.

    Attributes:
        parameters: by name.
        equations: stocks, flows and auxiliaries by name; without them, `watch` is not checked.
        sources: keys of the bibliography; None leaves sources unchecked.
    """

    parameters: Mapping[str, Parameter]
    equations: Mapping[str, Equation] = field(default_factory=dict)
    sources: AbstractSet[str] | None = None


def check(scenario: Scenario, words: Vocabulary, faults: Faults) -> None:
    """Look for everything that does not fit the model."""
    for place, entry in [*_places("changes", scenario.changes), *_places("beliefs", scenario.beliefs)]:
        source_is_unknown(entry, place, words, faults)
        if faults.is_clean((*place, "set")):
            name_may_not_be_set(scenario.kind, entry, place, words, faults)
            amounts_do_not_fit(entry, place, words, faults)
    for number, name in enumerate(scenario.watch if words.equations else ()):
        if faults.is_clean(("watch", number)) and name not in words.equations:
            cannot_be_watched(name, ("watch", number), words, faults)


def cannot_be_watched(name: str, place: Place, words: Vocabulary, faults: Faults) -> None:
    """What is looked at is something that the model works out."""
    if name in words.parameters:
        causes = [equation.name for equation in words.equations.values() if name in equation.causes]
        remedy = f"Watch what it causes: {', '.join(causes[:_FEW])}." if causes else "Watch what the model works out."
        faults.add(place, f'"{name}" is a parameter; no run shows it.', remedy)
    else:
        remedy = nearest(name, words.equations) or "List them with: fentsim quantities"
        faults.add(place, f'There is no quantity "{shown(name)}".', remedy)


def _places(field: str, entries: Iterable[Change | Belief]) -> list[tuple[Place, Change | Belief]]:
    return [((field, number), entry) for number, entry in enumerate(entries)]


def name_may_not_be_set(kind: str, entry: Change | Belief, place: Place, words: Vocabulary, faults: Faults) -> None:
    """Policies set levers, worldviews set uncertainties, and nobody sets what the model works out."""
    here, name, roles = (*place, "set"), entry.set, MAY_SET.get(kind, ())
    parameter, equation = words.parameters.get(name), words.equations.get(name)
    allowed = [each.name for each in words.parameters.values() if each.role in roles]
    if parameter is not None:
        if roles and parameter.role not in roles:
            fault = f'"{name}" is {_CALLED[parameter.role]}; a {kind} does not set it.'
            faults.add(here, fault, _ELSEWHERE[parameter.role])
    elif equation is not None:
        causes = [cause for cause in equation.causes if cause in allowed]
        remedy = f"Set what causes it: {', '.join(causes)}." if causes else "Set one of its causes."
        faults.add(here, f'"{name}" is {_article(equation.kind)}: the model works it out.', remedy)
    else:
        remedy = nearest(name, allowed) or nearest(name, words.parameters) or "List them with: fentsim quantities"
        faults.add(here, f'There is no parameter "{shown(name)}".', remedy)


def _article(kind: str) -> str:
    return f"an {kind}" if kind == "auxiliary" else f"a {kind}"


def amounts_do_not_fit(entry: Change | Belief, place: Place, words: Vocabulary, faults: Faults) -> None:
    """An amount has the parameter's dimension and stays within its bounds."""
    parameter = words.parameters.get(entry.set)
    if parameter is None:
        return
    given: list[tuple[Place, Amount | None]] = [((*place, "to"), entry.to)]
    if isinstance(entry, Change):
        given.append(((*place, "from"), entry.from_))
        points = entry.points if isinstance(entry.points, Mapping) else {}
        given += [((*place, "points", str(date)), value) for date, value in points.items()]
    for here, value in given:
        if value is None or not faults.is_clean(here):
            continue
        try:
            number = amount(value, parameter.unit)
        except AmountError as error:
            faults.add(here, error.fault, error.remedy)
            continue
        if not parameter.allows(number):
            faults.add(here, f'{shown(value)} is outside the limits of "{entry.set}".', parameter.advice)


def source_is_unknown(entry: Change | Belief, place: Place, words: Vocabulary, faults: Faults) -> None:
    """A source is a key of the bibliography, an address, or the word `assumption`."""
    here = (*place, "source")
    if words.sources is None or not entry.source or not faults.is_clean(here):
        return
    key = entry.source.partition(",")[0].strip()
    if key != "assumption" and key not in words.sources and not key.startswith("https://"):
        remedy = nearest(key, words.sources) or 'Add it there, or write "assumption".'
        faults.add(here, f'The source "{shown(key)}" is not in references.bib.', remedy)
