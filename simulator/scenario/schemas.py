"""The JSON schemas by which editors complete and check scenarios and parameters.

`python -m simulator.scenario.schemas` writes them to `docs/schema/`.
"""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from simulator import files
from simulator.parameters import Parameter
from simulator.scenario.records import Belief, Change, Scenario

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_FROM_ELSEWHERE = ("name", "sector")  # the key and the file name


def scenario_schema() -> dict[str, Any]:
    """Return the schema of a scenario file."""
    found = Scenario.model_json_schema(by_alias=True)
    for record in (Scenario, Change, Belief):
        schema = found if record is Scenario else found["$defs"][record.__name__]
        explain(schema, record)
    return {"$schema": _DIALECT, **plain(found)}


def parameters_schema() -> dict[str, Any]:
    """Return the schema of a sector's file of parameters: a mapping from name to record."""
    record = Parameter.model_json_schema()
    explain(record, Parameter)
    for field in _FROM_ELSEWHERE:
        record["properties"].pop(field)
    record["required"] = [field for field in record["required"] if field not in _FROM_ELSEWHERE]
    about = {"title": "Parameters", "description": "The numbers of a sector, by name.", "type": "object"}
    return {"$schema": _DIALECT, **about, "additionalProperties": plain(record)}


def explain(schema: dict[str, Any], record: type[BaseModel]) -> None:
    """Move what the docstring says of each attribute to its field."""
    about, _, attributes = inspect.cleandoc(record.__doc__ or "").partition("\n\nAttributes:\n")
    schema["description"] = about.partition("\n")[0]
    said = re.findall(r"^    (\w[\w, ]*): (.*(?:\n {8}.*)*)", attributes, re.MULTILINE)
    for names, text in said:
        for name in names.split(", "):
            field = schema["properties"].get(name.rstrip("_"))
            if field is not None:
                words = " ".join(text.split()).replace("`", "")
                field["description"] = words[:1].upper() + words[1:]


def plain(schema: Any) -> Any:  # noqa: ANN401 - any part of a schema
    """Leave out titles and nulls: a field that is not there is left out, not empty."""
    if isinstance(schema, list):
        return [plain(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: plain(part) for key, part in schema.items() if (key, part) != ("default", None)}
    if isinstance(kept.get("title"), str) and "properties" not in kept:
        kept.pop("title")
    choices = [choice for choice in kept.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) == 1:
        kept.pop("anyOf")
        return {**choices[0], **kept}
    return {**kept, "anyOf": choices} if choices else kept


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
