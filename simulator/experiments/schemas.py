"""The JSON schema by which editors complete and check designs.

`python -m simulator.experiments.schemas` writes it to `docs/schema/`.
"""

from __future__ import annotations

import json
from typing import Any

from simulator.experiments.design import Course, Design, Keep, Reduce, Sample
from simulator.scenario import schemas

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def design_schema() -> dict[str, Any]:
    """Return the schema of a design."""
    found = Design.model_json_schema()
    for record in (Design, Sample, Keep, Reduce):
        schemas.explain(found if record is Design else found["$defs"][record.__name__], record)
    found["$defs"].pop(Course.__name__, None)
    return {"$schema": _DIALECT, **schemas.plain(found)}


def texts() -> dict[str, str]:
    """Return the text of each schema file, by name."""
    return {"design.json": json.dumps(design_schema(), indent=2, ensure_ascii=False) + "\n"}


def write() -> None:
    """Write the schema file."""
    schemas.folder().mkdir(parents=True, exist_ok=True)
    for name, text in texts().items():
        (schemas.folder() / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
