"""A scenario written out in full: every change, reason and source along its lineage, and what comes of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from simulator.parameters import Parameter
from simulator.scenario.courses import BEFORE_ALL, Course
from simulator.scenario.folders import called
from simulator.scenario.records import Belief, Change, Scenario
from simulator.scenario.resolving import resolved, settings

_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_ABOUT = ("name", "kind", "title", "question", "side", "claims", "builds_on")
_CLOSING = ("policies", "worldviews", "watch", "not_asked")


def resolved_text(scenario: Scenario, parameters: Mapping[str, Parameter], *, whole: bool = True) -> str:
    """Return the resolved scenario as YAML: what its authors wrote, and the numbers that follow.

    `changes` are those of the whole lineage, each with the scenario it was written in;
    `inputs` are the courses of the parameters that move: from which decimal year, at which
    level, with which change a year. Unless it is to be `whole`, only its own changes are told,
    and where to read of what it builds on.

    Raises:
        SimulatorError: when the scenario does not fit the parameters.
    """
    found = _written(scenario, _ABOUT)
    if scenario.kind in ("history", "policy"):
        courses = resolved(scenario, parameters).courses
        found |= _moved(scenario, courses, parameters) if whole else {"changes": [*map(_plain, scenario.changes)]}
    elif scenario.kind == "worldview":
        numbers = settings(scenario, parameters)
        units = {name: parameters[name].unit for name in numbers}
        found["beliefs"] = [
            {**_plain(belief), "value": numbers[belief.set], "unit": units[belief.set]} for belief in scenario.beliefs
        ]
    found |= _written(scenario, _CLOSING)
    text: str = yaml.dump(found, Dumper=_DUMPER, sort_keys=False, allow_unicode=True, width=100)
    return text if whole or scenario.base is None else _referred(text, scenario.base)


def _moved(scenario: Scenario, courses: Mapping[str, Course], parameters: Mapping[str, Parameter]) -> dict[str, Any]:
    """Return every change along the lineage, and how every input moves because of them."""
    found: dict[str, Any] = {"lineage": [each.name for each in scenario.lineage]} if scenario.base is not None else {}
    found["changes"] = [{"in": each.name, **_plain(change)} for each in scenario.lineage for change in each.changes]
    found["inputs"] = {
        name: {"unit": parameters[name].unit, "course": _told(course)}
        for name, course in courses.items()
        if len(course) > 1 or course[0].since > BEFORE_ALL
    }
    return found


def _referred(text: str, base: Scenario) -> str:
    """Add to the line that names the base how many changes come before, and the command that shows them."""
    count = sum(len(each.changes) for each in base.lineage)
    line = f"builds_on: {base.name}"
    return text.replace(f"\n{line}\n", f"\n{line}  # {count} changes, see: fentsim show {called(base.path)}\n", 1)


def _written(scenario: Scenario, fields: tuple[str, ...]) -> dict[str, Any]:
    found = {field: getattr(scenario, field) for field in fields}
    return {field: list(value) if isinstance(value, tuple) else value for field, value in found.items() if value}


def _plain(entry: Change | Belief) -> dict[str, Any]:
    found: dict[str, Any] = entry.model_dump(by_alias=True, exclude_none=True, warnings=False)
    return {**found, "points": dict(found["points"])} if "points" in found else found


def _told(course: Course) -> list[dict[str, float]]:
    return [
        {"since": piece.since, "level": piece.level, "slope": piece.slope}
        if piece.since > BEFORE_ALL
        else {"level": piece.level}
        for piece in course
    ]
