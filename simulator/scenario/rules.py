"""What a scenario may say, whatever the model: one function a rule, named as a statement."""

from __future__ import annotations

from pathlib import Path

from simulator.scenario import dates
from simulator.scenario.courses import span
from simulator.scenario.faults import Faults, Place, shown
from simulator.scenario.records import Change, Scenario, Shape

#: What each shape needs, of all that a shape may take.
NEEDED: dict[Shape, tuple[str, ...]] = {
    "step": ("to", "starting"),
    "ramp": ("to", "starting", "over"),
    "pulse": ("to", "starting", "until"),
    "table": ("points",),
}
_ALL = ("to", "starting", "until", "over", "points")
_MISSING = {
    "to": "Say what it becomes.",
    "starting": "Say from when, such as 2027 or 2027-03.",
    "until": "Say until when, such as 2029.",
    "over": 'Say how long it takes, such as "2 years".',
    "points": "Give dates and amounts.",
}
_BELONGS = {"until": "pulse", "over": "ramp", "points": "table"}

#: The fields that each kind holds, of those that not all do.
HELD: dict[str, tuple[str, ...]] = {
    "history": ("changes",),
    "policy": ("builds_on", "changes"),
    "worldview": ("beliefs",),
    "debate": ("policies", "worldviews"),
}
_PARTICULAR = ("builds_on", "changes", "beliefs", "policies", "worldviews")
_WANTED: dict[str, dict[str, str]] = {
    "policy": {"builds_on": 'Add "builds_on: history".', "changes": "Set at least one lever."},
    "debate": {"policies": "List the policies to compare.", "worldviews": "List the beliefs to run them under."},
}


def check(scenario: Scenario, faults: Faults) -> None:
    """Look for everything that can be wrong without knowing the parameters."""
    name_differs_from_file(scenario, faults)
    kind_holds_other_fields(scenario, faults)
    for number, change in enumerate(scenario.changes):
        place = ("changes", number)
        fields_do_not_fit_shape(change, place, faults)
        points_do_not_increase(change, place, faults)
        ends_before_it_starts(change, place, faults)
        source_is_missing(scenario, change, place, faults)
    changes_contradict(scenario, faults)
    beliefs_contradict(scenario, faults)


def name_differs_from_file(scenario: Scenario, faults: Faults) -> None:
    """People find a scenario by its name, and the name by its file."""
    stem = Path(scenario.path).stem
    if scenario.path and faults.is_clean(("name",)) and scenario.name != stem:
        fault = f'The name "{scenario.name}" is not that of the file.'
        faults.add(("name",), fault, f'Write "name: {shown(stem)}", or rename the file.')


def kind_holds_other_fields(scenario: Scenario, faults: Faults) -> None:
    """Policies, beliefs and debates are kept apart."""
    held, wanted = HELD[scenario.kind], _WANTED.get(scenario.kind, {})
    for field in _PARTICULAR:
        there = getattr(scenario, field)
        if there and field not in held:
            owner = next(kind for kind, fields in HELD.items() if field in fields and kind != "history")
            fault = f'A {scenario.kind} has no "{field}".'
            faults.add((field,), fault, f"It belongs in a {owner}: move it there, or remove it.")
        elif not there and field in wanted:
            faults.add((field,), f'A {scenario.kind} needs "{field}".', wanted[field])


def fields_do_not_fit_shape(change: Change, place: Place, faults: Faults) -> None:
    """A step, a ramp, a pulse and a table are each told by their own fields."""
    if not faults.is_clean((*place, "shape")) or faults.is_quiet(place):
        return
    shape = change.course
    for field in _ALL:
        there = getattr(change, field) is not None
        if field in NEEDED[shape] and not there:
            faults.add((*place, field), f'A {shape} needs "{field}".', _MISSING[field])
        elif there and field not in NEEDED[shape]:
            other = _BELONGS.get(field)
            remedy = f'Say "shape: {other}", or remove it.' if other and shape != "table" else "Remove it."
            faults.add((*place, field), f'A {shape} has no "{field}".', remedy)


def points_do_not_increase(change: Change, place: Place, faults: Faults) -> None:
    """A table is read from its earliest date to its latest."""
    here = (*place, "points")
    if change.points is None or not faults.is_clean(here):
        return
    if len(change.points) < 2:  # noqa: PLR2004 - a line has two ends
        faults.add(here, "A table has at least two points.", "Add one, or use a step.")
    last = 0.0
    for date in change.points:
        this = dates.decimal_year(date)
        if this <= last:
            faults.add((*here, str(date)), f"{date} does not come after the date above it.", "Put the dates in order.")
        last = this


def ends_before_it_starts(change: Change, place: Place, faults: Faults) -> None:
    """A pulse has a length."""
    here = (*place, "until")
    if change.until is None or change.starting is None:
        return
    if not faults.is_clean(here) or not faults.is_clean((*place, "starting")):
        return
    if dates.decimal_year(change.until) <= dates.decimal_year(change.starting):
        faults.add(here, f"{change.until} does not come after {change.starting}.", "Exchange the two dates.")


def source_is_missing(scenario: Scenario, change: Change, place: Place, faults: Faults) -> None:
    """What happened has a source; what might be done needs only a reason."""
    if scenario.kind == "history" and not change.source:
        faults.add((*place, "source"), "History gives its sources.", "Cite a key of references.bib.")


def is_sound(place: Place, faults: Faults) -> bool:
    """Whether the change can be worked out: nothing was said about the fields that move it."""
    return all(faults.is_clean((*place, field)) for field in ("set", "shape", *_ALL))


def changes_contradict(scenario: Scenario, faults: Faults) -> None:
    """At one time, one change moves a parameter."""
    spans: dict[str, list[tuple[float, float, int]]] = {}
    for number, change in enumerate(scenario.changes):
        if is_sound(("changes", number), faults):
            spans.setdefault(change.set, []).append((*span(change), number))
    for name, entries in spans.items():
        entries.sort(key=lambda entry: (entry[0], entry[2]))
        latest = entries[0]
        for entry in entries[1:]:
            if entry[0] < latest[1] or entry[0] == latest[0]:
                place = ("changes", entry[2])
                field = "points" if scenario.changes[entry[2]].course == "table" else "starting"
                fault = f'changes[{latest[2]}] moves "{name}" at the same time.'
                faults.add((*place, field), fault, "Let one end before the other starts.")
            latest = max(latest, entry, key=lambda each: (each[1], each[0]))


def beliefs_contradict(scenario: Scenario, faults: Faults) -> None:
    """A worldview holds one belief about each number."""
    first: dict[str, int] = {}
    for number, belief in enumerate(scenario.beliefs):
        place = ("beliefs", number, "set")
        if faults.is_clean(place) and first.setdefault(belief.set, number) != number:
            fault = f'beliefs[{first[belief.set]}] says already what "{belief.set}" is.'
            faults.add(place, fault, "Keep one of the two.")
