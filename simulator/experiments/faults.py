"""From a design's YAML to its record: every fault in our words, each with its line."""

from __future__ import annotations

import copy
import math
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from simulator.errors import nearest, refuse
from simulator.experiments import fitting
from simulator.experiments.design import Design, Keep, Reduce, Sample
from simulator.scenario import folders
from simulator.scenario.faults import Faults, Place, shown
from simulator.scenario.loading import headline
from simulator.scenario.reading import read

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import BaseModel

    from simulator.errors import Problem
    from simulator.model import Model

_RECORDS: dict[str, type[BaseModel]] = {"sample": Sample, "keep": Keep, "reduce": Reduce}
_MISSING = {
    "question": 'Ask it in one sentence, ending with "?".',
    "scenarios": "List them, such as [history, treat-demand-first].",
    "sample": "Say how members are drawn, such as {kind: posterior, members: 1000}.",
    "kind": "Choose monte-carlo, latin-hypercube, sobol, grid, one-at-a-time, posterior or file.",
    "keep": "Say what is stored, such as {quantities: [synthetic_opioid_deaths]}.",
    "quantities": "Name at least one outcome.",
}
_EXPECTED = {
    "string_type": ("text", "Put it in quotes, or write words."),
    "tuple_type": ("a list", "Put it in brackets."),
    "model_type": ("a record of fields", 'Write "field: value" lines.'),
    "model_attributes_type": ("a record of fields", 'Write "field: value" lines.'),
    "mapping_type": ("a record of parameters", "Write one line for each, or prior or posterior for all."),
    "int_type": ("a whole number", "Write digits alone."),
    "int_parsing": ("a whole number", "Write digits alone."),
    "int_from_float": ("a whole number", "Write digits alone."),
    "float_type": ("a number", "Write digits."),
    "float_parsing": ("a number", "Write digits."),
    "string_too_short": ("text", "Fill it in, or remove the line."),
    "too_short": ("a list with something in it", "Name at least one."),
}
#: What stands in for a field with a fault, so that everything else can still be checked.
_SOUND: dict[str, Any] = {
    "question": "Does this sentence stand in?",
    "scenarios": ["history"],
    "sample": {"kind": "monte-carlo", "members": 1},
    "keep": {"quantities": ["synthetic_opioid_deaths"]},
}
#: And for an entry with a fault, in a field with several.
_STAND_INS: dict[str | int, Any] = dict.fromkeys(("scenarios", "worldviews", "quantities"), "stand-in")
_STAND_INS |= {"vary": "prior", "quantiles": 0.5}


def load(path: Path, model: Model) -> Design:
    """Return the design in a file, checked against the model.

    Raises:
        SimulatorError: listing every fault as `file:line: place: fault. remedy`.
    """
    design, problems = _examined(path, model)
    refuse(problems, headline(problems, str(path)))
    if design is None:  # pragma: no cover - there would be a problem
        raise ValueError(path)
    return design


def check(path: Path, model: Model) -> list[Problem]:
    """Return every fault of the design in a file."""
    return _examined(path, model)[1]


def _examined(path: Path, model: Model) -> tuple[Design | None, list[Problem]]:
    data, faults = read(path)
    if data is None:
        return None, faults.problems
    kind = folders.kind_of(path, data) or "policy"
    if not folders.is_design(path, data) and (path.parent.name in folders.FOLDERS or "name" in data):
        faults.add((), f"It is a {kind}, not the design of a sweep.", folders.use_of(kind, path), line=1)
        return None, faults.problems
    design = _validated(data, faults)
    fitting.check(design, path, model, faults)
    return design, faults.problems


def _validated(data: dict[str, Any], faults: Faults) -> Design:
    """Return the record; with faults, one in which what is unsound has been replaced."""
    try:
        return Design.model_validate(data)
    except ValidationError as error:
        told = error.errors(include_url=False)
        for fault in told:
            _tell(fault, data, faults)
        places = {_fault_place(fault, data) for fault in told if not _is_about_all(fault)}
        return Design.model_validate({**_SOUND, **_mended(data, sorted(places, key=len, reverse=True))})


def _mended(data: dict[str, Any], places: list[Place]) -> dict[str, Any]:
    """Return the data with something sound, or nothing where that will do, at each place; the deepest come first."""
    found = copy.deepcopy(data)
    for *above, last in places:
        inside: Any = found
        for part in above:
            inside = inside[part]
        sound = _sound((*above, last))
        if sound is None:
            inside.pop(last, None)
        else:
            inside[last] = sound
    return found


def _sound(place: Place) -> Any:  # noqa: ANN401 - plain data of any form
    """Return what may stand at a place; None where a field may be left out."""
    if len(place) > 1 and place[-2] in _STAND_INS:
        return _STAND_INS[place[-2]]
    found: Any = _SOUND
    for part in place:
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _is_about_all(fault: Any) -> bool:  # noqa: ANN401 - pydantic's ErrorDetails
    """Whether it only says that a record of what varies is not one word for everything."""
    return fault["loc"][0] == "vary" and fault["type"] == "literal_error" and isinstance(fault["input"], dict)


def _fault_place(fault: Any, data: Any) -> Place:  # noqa: ANN401 - pydantic's ErrorDetails, and plain data
    """Return where a fault is, a missing field by its name."""
    place = _place(fault["loc"], data)
    return (*place, str(fault["loc"][-1])) if fault["type"] == "missing" else place


def _place(location: tuple[str | int, ...], data: Any) -> Place:  # noqa: ANN401 - plain data of any form
    """Return the part of pydantic's location that is in the file, with a missing field last."""
    found: list[str | int] = []
    for part in location:
        inside = isinstance(data, dict) and part in data
        if inside or (isinstance(data, list) and isinstance(part, int) and part < len(data)):
            found.append(part)
            data = data[part]
    return tuple(found)


def _tell(fault: Any, data: dict[str, Any], faults: Faults) -> None:  # noqa: ANN401 - pydantic's ErrorDetails
    """Put one of pydantic's faults in our words."""
    place, kind, found = _place(fault["loc"], data), fault["type"], fault["input"]
    if _is_about_all(fault):
        return
    if fault["loc"][0] == "vary" and kind == "literal_error":
        faults.add(place, "This does not say what varies.", "Write prior, posterior, or one line a parameter.")
        return
    subject = f'"{shown(found)}"' if isinstance(found, (str, int, float)) and found != "" else "This"
    if isinstance(found, float) and not math.isfinite(found):
        faults.add(place, f"{subject} is not a finite number.", "Write digits.")
    elif kind == "told":
        faults.add(place, fault["ctx"]["fault"], fault["ctx"]["remedy"])
    elif kind == "missing":
        field = str(fault["loc"][-1])
        faults.add((*place, field), f'The field "{field}" is missing.', _MISSING.get(field, ""))
    elif kind == "extra_forbidden":
        record = _RECORDS.get(str(place[0]), Design) if len(place) > 1 else Design
        known = list(record.model_fields)
        remedy = nearest(str(place[-1]), known) or f"The fields are {', '.join(known)}."
        faults.add(place, f'There is no field "{shown(place[-1])}".', remedy, again=True)
    elif kind == "literal_error":
        faults.add(place, f"{subject} is not known here.", f"Choose {shown_choices(fault['ctx']['expected'])}.")
    elif kind in ("greater_than_equal", "less_than_equal"):
        least, most = fault["ctx"].get("ge"), fault["ctx"].get("le")
        small = (f"{subject} is too small.", f"The least is {least}.")
        faults.add(place, *(small if most is None else (f"{subject} is too large.", f"The most is {most}.")))
    else:
        expected, remedy = _EXPECTED.get(kind, ("what belongs here", "See docs/schema/design.json."))
        faults.add(place, f"{subject} is not {expected}.", remedy)


def shown_choices(expected: str) -> str:
    """Return pydantic's list of choices without its quotes."""
    return expected.replace("'", "")
