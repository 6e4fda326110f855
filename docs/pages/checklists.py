"""The page of reporting checklists: what guidelines ask for, and where the answer is."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from docs.pages import markup
from simulator import fits
from simulator.cases import END, START
from simulator.cli.options import ENSEMBLE
from simulator.draws import DEFAULT_WORLDVIEW
from simulator.integrate import reference
from simulator.record import record, series
from simulator.record.citation import entries
from simulator.scenario import catalogue
from simulator.validation.replays import experiments

if TYPE_CHECKING:
    from simulator.model import Model

ROOT = Path(__file__).parents[2]
ITEMS = Path(__file__).with_name("checklists.yaml")
ANSWERS = ("yes", "partly", "no")
#: Packages whose pinned versions decide numbers.
_DECISIVE = ("numpy", "scipy", "numba", "xarray")

_ABOUT = """
Three guidelines say what a reader of a simulation study must be told.
Each item is put in our own words, and numbered or grouped in our own way where the guideline has no number; the
guidelines were recalled, not re-read.
Answers are links to pages that are made from the model; figures in them are worked out from it.
"""


def checklists(model: Model) -> str:
    """Return the page of all checklists."""
    lists: dict[str, Any] = yaml.safe_load(ITEMS.read_text(encoding="utf-8"))
    values = facts(model)
    return markup.page(
        "Checklists", _ABOUT, _glance(lists), *(_list(name, each, values) for name, each in lists.items())
    )


def _glance(lists: dict[str, Any]) -> str:
    rows = []
    for name, each in lists.items():
        counts = Counter(item["answered"] for item in each["items"])
        rows.append((f"[{name}](#{_place(name)})", len(each["items"]), *(counts[answer] for answer in ANSWERS)))
    return markup.table(("Guideline", "Items:", "Answered:", "Partly:", "Not:"), rows)


def _list(name: str, told: dict[str, Any], values: dict[str, object]) -> str:
    rows = [(each["item"], each["asks"], each["answered"], each["answer"].format_map(values)) for each in told["items"]]
    about = f"{told['title']} ({markup.sources(told['source'])})."
    return f"## {name}\n\n{about}\n\n{markup.table(('Item', 'Asks for', 'Answered', 'Where'), rows)}"


def _place(name: str) -> str:
    return re.sub(r"[^\w\- ]", "", name.lower()).replace(" ", "-")


def facts(model: Model) -> dict[str, object]:
    """Return what the answers may name, worked out from the model and its files."""
    kinds = Counter(equation.kind for equation in model.equations.values())
    roles = Counter(number.role for number in model.parameters.values())
    scenarios = Counter(each.kind for each in catalogue())
    shipped = fits.shipped(DEFAULT_WORLDVIEW)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {
        "equations": len(model.equations),
        "stocks": kinds["stock"],
        "flows": kinds["flow"],
        "auxiliaries": kinds["auxiliary"],
        "units": len({each.unit for each in (*model.equations.values(), *model.parameters.values())}),
        "sourced": sum(equation.source is not None for equation in model.equations.values()),
        "parameters": len(model.parameters),
        "constants": len(model.constants),
        "uncertain": sum(number.is_uncertain for number in model.parameters.values()),
        "levers": roles["lever"],
        "drivers": roles["driver"],
        "free": len(shipped.names) if shipped else 0,
        "policies": scenarios["policy"],
        "debates": scenarios["debate"],
        "series": len(series()),
        "values": sum(len(record(name).values) for name in series()),
        "references": len(entries()),
        "decisions": len(list((ROOT / "docs/decisions").glob("*.md"))),
        "experiments": len(experiments()),
        "start": f"{START:.0f}",
        "end": f"{END:.0f}",
        "ensemble": ENSEMBLE,
        "method": "Dormand and Prince's method of order 5 (RK45)",
        "tolerance": f"{reference.RELATIVE_TOLERANCE:g}",
        "python": project["requires-python"].removeprefix(">="),
        "licence": project["license"],
        "versions": ", ".join(f"{name} {pinned()[name]}" for name in _DECISIVE),
    }


def pinned() -> dict[str, str]:
    """Return the version of every package in the lock file; some have one for each Python."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)(?:\[[^]]*\])?==([^\s;\\]+)", text, re.MULTILINE):
        found.setdefault(name, []).append(version)
    return {name: " or ".join(versions) for name, versions in found.items()}
