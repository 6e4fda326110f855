"""Write the pages that are derived from the model, the record and the calibrations.

`python -m docs.build` writes them; with `--check` it writes nothing, names every page that is
stale, and exits with 3 if there is one. The picture in README.md is apart (`docs/picture.py`),
for it takes a run.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from docs.pages import (
    accounts,
    attribution,
    checklists,
    equations,
    evidence,
    fits,
    leverage,
    numbers,
    scoreboard,
    validation,
    verdicts,
    words,
)
from simulator.experiments import schemas as designs
from simulator.fentanyl import fentanyl_model
from simulator.scenario import catalogue, readme, schemas

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]
STALE = 3


def pages() -> dict[str, Callable[[], str]]:
    """Return what makes each page, by its path from the root."""
    model = fentanyl_model()
    reference = {
        "quantities": lambda: equations.quantities(model),
        "parameters": lambda: numbers.parameters(model),
        "assumptions": lambda: numbers.assumptions(model),
        "loops": lambda: equations.loops(model),
        "record": evidence.evidence,
        "references": lambda: evidence.references(model),
        "calibration": fits.calibration,
        "scoreboard": scoreboard.scoreboard,
        "validation": lambda: validation.validation(model),
        "checklists": lambda: checklists.checklists(model),
        "glossary": lambda: words.glossary(model),
        "cli": words.commands,
    }
    schema = {
        f"docs/schema/{name}": (lambda text=text: text) for name, text in (schemas.texts() | designs.texts()).items()
    }
    return {
        **{f"docs/reference/{name}.md": made for name, made in reference.items()},
        "docs/reference/accounts.md": lambda: accounts.page(model),
        "docs/reference/why-deaths-fell.md": lambda: attribution.page(model),
        "docs/explanation/leverage.md": leverage.page,
        "scenarios/README.md": lambda: readme(catalogue()),
        **{f"docs/verdicts/{name}.md": (lambda text=text: text) for name, text in verdicts.verdicts().items()},
        **schema,
    }


def stale() -> list[tuple[Path, str]]:
    """Return the pages that are not as the model has them, each with its text."""
    made = [(ROOT / name, write()) for name, write in pages().items()]
    return [(path, text) for path, text in made if not path.exists() or path.read_text(encoding="utf-8") != text]


def main(arguments: list[str]) -> int:
    """Write what is stale, or with `--check` only name it; return the exit code."""
    if arguments not in ([], ["--check"]):
        print(f"Usage: python -m docs.build [--check], not {' '.join(arguments)}", file=sys.stderr)
        return 2
    found = stale()
    for path, text in found:
        if not arguments:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        print(f"{path.relative_to(ROOT)} {'is stale' if arguments else 'is written'}")
    if found and arguments:
        print("Bring them up to date with: make docs", file=sys.stderr)
    return STALE if found and arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
