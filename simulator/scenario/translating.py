"""From plain data to records: every fault in our words, and the rest saved for further checks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, get_args

from pydantic import ValidationError

from simulator.errors import nearest
from simulator.scenario.faults import Faults, Place, shown
from simulator.scenario.records import HIDDEN, Belief, Change, Record, Scenario, Shape

R = TypeVar("R", bound=Record)

_MISSING = {
    "name": "Add the name of the file, without .yaml.",
    "title": "Add a title of a few words.",
    "question": 'Ask it in one sentence, ending with "?".',
    "set": "Name the parameter that moves.",
    "to": "Say what it becomes.",
    "because": "Every change gives its reason. Add one sentence.",
    "source": 'Cite a key of references.bib, or write "assumption".',
}
_EXPECTED = {
    "string_type": ("text", "Put it in quotes, or write words."),
    "tuple_type": ("a list", 'Begin each entry with "- ".'),
    "dict_type": ("a record of dates", 'Write lines such as "2027: 100".'),
    "model_type": ("a record of fields", 'Write "field: value" lines.'),
    "model_attributes_type": ("a record of fields", 'Write "field: value" lines.'),
    "literal_error": ("a shape", f"Choose among {', '.join(get_args(Shape))}."),
    "string_too_short": ("text", "Fill it in, or remove the line."),
    "string_pattern_mismatch": ("a claim of the debate table", "Write its letter and number, such as A6."),
}
_RECORDS: dict[str, type[Record]] = {"changes": Change, "beliefs": Belief}


def validated(data: dict[str, Any], given: Mapping[str, Any], faults: Faults) -> Scenario:
    """Return the scenario that the data make; with faults, a sketch of it for further checks.

    `given` holds the fields that a file does not: kind, base, path and lines.
    """
    for field in HIDDEN:
        if field in data:
            faults.add((field,), f'There is no field "{field}".', "Remove it: the folder tells.", again=True)
    data = {field: value for field, value in data.items() if field not in HIDDEN}
    try:
        return Scenario.model_validate({**data, **given})
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            _tell(fault, faults)
        return _sketch(data, given)


def _tell(fault: Any, faults: Faults) -> None:  # noqa: ANN401 - pydantic's ErrorDetails
    """Put one of pydantic's faults in our words."""
    place: Place = tuple(part for part in fault["loc"] if part != "[key]")
    kind, field = fault["type"], str(place[-1])
    if kind == "told":
        faults.add(place, fault["ctx"]["fault"], fault["ctx"]["remedy"])
    elif kind == "missing":
        faults.add(place, f'The field "{field}" is missing.', _MISSING.get(field, ""))
    elif kind == "extra_forbidden":
        known = _fields(_RECORDS.get(str(place[0]), Scenario) if len(place) > 1 else Scenario)
        remedy = nearest(field, known) or f"The fields are {', '.join(known)}."
        faults.add(place, f'There is no field "{shown(field)}".', remedy, again=True)
    else:
        expected, remedy = _EXPECTED.get(kind, ("what belongs here", "See docs/schema/scenario.json."))
        found = fault["input"]
        subject = f'"{shown(found)}"' if isinstance(found, (str, int, float)) and found != "" else "This"
        faults.add(place, f"{subject} is not {expected}.", remedy)


def _fields(record: type[Record]) -> list[str]:
    """Return the fields of a record as a file spells them."""
    return [field.alias or name for name, field in record.model_fields.items() if name not in HIDDEN]


def _sketch(data: dict[str, Any], given: Mapping[str, Any]) -> Scenario:
    """Build the scenario without checks; who reads it asks first whether a place is clean."""
    found = dict(data)
    for field, record in _RECORDS.items():
        items = found.get(field)
        found[field] = tuple(_unchecked(record, item) for item in items) if isinstance(items, list) else ()
    for field in ("claims", "policies", "worldviews", "watch"):
        items = found.get(field)
        found[field] = tuple(items) if isinstance(items, list) else ()
    return _unchecked(Scenario, {**found, **given})


def _unchecked(record: type[R], found: object) -> R:
    """Build a record without checks; a field that is missing is empty."""
    known = {field: found[field] for field in _fields(record) if field in found} if isinstance(found, dict) else {}
    hidden = {field: found[field] for field in HIDDEN if field in found} if isinstance(found, dict) else {}
    blank = {field: "" for field, about in record.model_fields.items() if about.is_required()}
    built: R = record.model_construct(**{**blank, **known, **hidden})  # type: ignore[assignment]
    return built
