"""The JSON schemas by which editors complete and check scenarios and parameters.

`python -m simulator.scenario.schemas` writes them to `docs/schema/`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from simulator import files
from simulator.parameters import Parameter
from simulator.scenario.records import Scenario

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_FROM_ELSEWHERE = ("name", "sector")  # the key and the file name


def scenario_schema() -> dict[str, Any]:
    """Return the schema of a scenario file."""
    found = Scenario.model_json_schema(by_alias=True)
    # SkipJsonSchema leaves the record beside its own reference once a field speaks of it.
    return {
        "$schema": _DIALECT,
        **found,
        "title": "Scenario",
        "description": "A question, and the changes that ask it.",
    }


def parameters_schema() -> dict[str, Any]:
    """Return the schema of a sector's file of parameters: a mapping from name to record."""
    record = Parameter.model_json_schema()
    for field in _FROM_ELSEWHERE:
        record["properties"].pop(field)
    record["required"] = [field for field in record["required"] if field not in _FROM_ELSEWHERE]
    about = "The numbers of a sector, by name."
    return {
        "$schema": _DIALECT,
        "title": "Parameters",
        "description": about,
        "type": "object",
        "additionalProperties": record,
    }


def texts() -> dict[str, str]:
    """Return the text of each schema file, by name."""
    schemas = {"scenario.json": scenario_schema(), "parameters.json": parameters_schema()}
    return {name: json.dumps(schema, indent=2, ensure_ascii=False) + "\n" for name, schema in schemas.items()}


def folder() -> Path:
    """Return `docs/schema` of the checkout."""
    return files.package().parent / "docs" / "schema"


def write() -> None:
    """Write the schema files."""
    folder().mkdir(parents=True, exist_ok=True)
    for name, text in texts().items():
        (folder() / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
