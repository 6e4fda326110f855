"""From changes to tracks: what every input does over time, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from simulator.errors import Problem, refuse
from simulator.integrate.tracks import Tracks
from simulator.parameters import Parameter
from simulator.scenario import folders, rules, vocabulary
from simulator.scenario.amounts import amount
from simulator.scenario.courses import Course, at, before, changed, piece_at, span, steady
from simulator.scenario.faults import Faults, Place
from simulator.scenario.records import Change, Kind, Scenario
from simulator.scenario.vocabulary import Vocabulary

#: `from` is written for a reader, who rounds: it may differ by this share.
ROUNDING = 0.005
_INSTANT = 1e-9  # years: dates no further apart are one


@dataclass(frozen=True)
class Resolved:
    """A scenario worked out: the course of every input, in the order of the parameters."""

    scenario: Scenario
    courses: Mapping[str, Course]

    def tracks(self, start: float, end: float) -> Tracks:
        """Return what integrators consume between two dates.

        Raises:
            SimulatorError: when the end does not come after the start.
        """
        if not start < end:
            refuse([Problem("until", f"A run from {start:g} cannot end in {end:g}.", "Choose a later end.")])
        edges = self._edges(start, end)
        rows = [[piece_at(course, edge + _INSTANT) for course in self.courses.values()] for edge in edges]
        shape = (len(edges), len(self.courses))
        levels = [[piece.at(edge) for piece in row] for row, edge in zip(rows, edges, strict=True)]
        slopes = [[piece.slope for piece in row] for row in rows]
        return Tracks(
            np.array([*edges, end]), np.array(levels, float).reshape(shape), np.array(slopes, float).reshape(shape)
        )

    def _edges(self, start: float, end: float) -> list[float]:
        """Return the start, and every kink or jump between it and the end."""
        edges = [start]
        for date in sorted({piece.since for course in self.courses.values() for piece in course}):
            if edges[-1] + _INSTANT < date < end - _INSTANT:
                edges.append(date)
        return edges


def resolve(
    scenario: Scenario, parameters: Mapping[str, Parameter], start: float = 2013.0, end: float = 2036.0
) -> Tracks:
    """Return how every lever and driver moves from `start` to `end`.

    Inputs stand in the order of `parameters`; what no change touches holds its value.

    Raises:
        SimulatorError: listing everything in the scenario that does not fit the parameters.
    """
    return resolved(scenario, parameters).tracks(start, end)


def resolved(scenario: Scenario, parameters: Mapping[str, Parameter]) -> Resolved:
    """Return the course of every input under a policy or history.

    Changes apply from the oldest scenario of the lineage to the youngest, and within one
    by date; `courses` says what each does to what it builds on.

    Raises:
        SimulatorError: listing everything in the scenario that does not fit the parameters.
    """
    courses = {name: steady(parameter.value) for name, parameter in parameters.items() if parameter.is_input}
    _refuse_kind(scenario, ("policy", "history"))
    problems: list[Problem] = []
    for each in scenario.lineage:
        faults = Faults(each.path or each.name, each.lines)
        rules.check(each, faults)
        vocabulary.check(each, Vocabulary(parameters), faults)
        if each.builds_on and each.base is None:
            faults.add(("builds_on",), f'"{each.builds_on}" is not loaded.', "Load the scenario with find or load.")
        courses = follow(each, parameters, courses, faults)
        problems += faults.problems
    refuse(problems, f"{scenario.name} does not fit the model.")
    return Resolved(scenario, courses)


def settings(worldview: Scenario, parameters: Mapping[str, Parameter]) -> dict[str, float]:
    """Return the numbers that a worldview sets, in the parameters' own units.

    Raises:
        SimulatorError: listing everything in the worldview that does not fit the parameters.
    """
    _refuse_kind(worldview, ("worldview",))
    faults = Faults(worldview.path or worldview.name, worldview.lines)
    rules.check(worldview, faults)
    vocabulary.check(worldview, Vocabulary(parameters), faults)
    refuse(faults.problems, f"{worldview.name} does not fit the model.")
    return {belief.set: amount(belief.to, parameters[belief.set].unit) for belief in worldview.beliefs}


def _refuse_kind(scenario: Scenario, wanted: tuple[Kind, ...]) -> None:
    """Refuse one kind of scenario where another is meant, and say what this one is for."""
    if scenario.kind not in wanted:
        place = scenario.path or scenario.name
        fault = f"{scenario.name} is a {scenario.kind}, not a {wanted[0]}."
        refuse([Problem(place, fault, folders.use_of(scenario.kind, place))])


def follow(
    scenario: Scenario, parameters: Mapping[str, Parameter], courses: Mapping[str, Course], faults: Faults
) -> dict[str, Course]:
    """Apply one scenario's changes to the courses it builds on, checking each `from` on the way.

    What cannot be worked out because of a fault already told is left as it was.
    """
    found = dict(courses)
    for name, changes in _by_parameter(scenario, faults).items():
        if name not in found:
            continue
        for place, change in changes:
            from_is_false(change, place, parameters[name], found[name], faults)
            found[name] = changed(found[name], change, parameters[name].unit)
    return found


def _by_parameter(scenario: Scenario, faults: Faults) -> dict[str, list[tuple[Place, Change]]]:
    """Gather the changes of each parameter by date; one that is unsound silences its parameter."""
    found: dict[str, list[tuple[Place, Change]]] = {}
    unsound: set[str] = set()
    for number, change in enumerate(scenario.changes):
        place: Place = ("changes", number)
        if not faults.is_clean((*place, "set")):
            continue
        if rules.is_sound(place, faults):
            found.setdefault(change.set, []).append((place, change))
        else:
            unsound.add(change.set)
    sorted_by_date: Iterable[tuple[str, list[tuple[Place, Change]]]] = (
        (name, sorted(changes, key=lambda entry: span(entry[1])[0])) for name, changes in found.items()
    )
    return {name: changes for name, changes in sorted_by_date if name not in unsound}


def from_is_false(change: Change, place: Place, parameter: Parameter, course: Course, faults: Faults) -> None:
    """`from` states what the change leaves, or where the base jumps at that very date what it replaces."""
    here = (*place, "from")
    if change.from_ is None or not faults.is_clean(here):
        return
    start, _ = span(change)
    given = amount(change.from_, parameter.unit)
    left = before(course, start)
    true = [left] if change.course == "ramp" else [left, at(course, start)]
    if not any(abs(given - value) <= ROUNDING * max(abs(given), abs(value)) for value in true):
        unit = "" if parameter.unit == "1" else f" {parameter.unit}"
        fault = f"What it builds on has {true[-1]:.6g}{unit} there, not {change.from_}."
        faults.add(here, fault, f'Write "from: {true[-1]:.6g}", and see whether the change is still meant.')
