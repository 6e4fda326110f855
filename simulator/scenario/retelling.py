"""A scenario written out in full: every change, reason and source along its lineage, and what comes of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from simulator.parameters import Parameter
from simulator.scenario.courses import BEFORE_ALL, Course
from simulator.scenario.records import Belief, Change, Scenario
from simulator.scenario.resolving import resolved, settings

_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_ABOUT = ("name", "kind", "title", "question", "side", "claims", "builds_on")
_CLOSING = ("policies", "worldviews", "watch", "not_asked")


def resolved_text(scenario: Scenario, parameters: Mapping[str, Parameter]) -> str:
    """Return the resolved scenario as YAML: what its authors wrote, and the numbers that follow.

    `changes` are those of the whole lineage, each with the scenario it was written in;
    `inputs` are the courses of the parameters that move: from which decimal year, at which
    level, with which change a year.

    Raises:
        SimulatorError: when the scenario does not fit the parameters.
    """
    found = _written(scenario, _ABOUT)
    if scenario.base is not None:
        found["lineage"] = [each.name for each in scenario.lineage]
    if scenario.kind in ("history", "policy"):
        found["changes"] = [{"in": each.name, **_plain(change)} for each in scenario.lineage for change in each.changes]
        courses = resolved(scenario, parameters).courses
        found["inputs"] = {
            name: {"unit": parameters[name].unit, "course": _told(course)}
            for name, course in courses.items()
            if len(course) > 1 or course[0].since > BEFORE_ALL
        }
    elif scenario.kind == "worldview":
        numbers = settings(scenario, parameters)
        units = {name: parameters[name].unit for name in numbers}
        found["beliefs"] = [
            {**_plain(belief), "value": numbers[belief.set], "unit": units[belief.set]} for belief in scenario.beliefs
        ]
    found |= _written(scenario, _CLOSING)
    text: str = yaml.dump(found, Dumper=_DUMPER, sort_keys=False, allow_unicode=True, width=100)
    return text


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
