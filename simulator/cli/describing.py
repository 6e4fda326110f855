"""One quantity in full, or all in one line each, as rows."""

from __future__ import annotations

from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.language import Equation
    from simulator.model import Model
    from simulator.parameters import Parameter


def listed(model: Model, pattern: str = "") -> list[dict[str, Any]]:
    """Return `name, kind, unit, meaning, source` of what fits the pattern, sector by sector."""
    sectors = list(dict.fromkeys(each.sector for each in model.equations.values()))
    everything: list[Equation | Parameter] = [*model.equations.values(), *model.parameters.values()]
    place = {sector: number for number, sector in enumerate(sectors)}
    rows = [
        {
            "name": each.name,
            "kind": getattr(each, "kind", None) or getattr(each, "role", ""),
            "unit": each.unit,
            "meaning": " ".join(each.meaning.split()),
            "source": each.source or "assumption",
        }
        for each in sorted(everything, key=lambda one: place.get(one.sector, len(place)))
    ]
    return [row for row in rows if _fits(row, pattern.strip().lower())]


def _fits(row: dict[str, Any], pattern: str) -> bool:
    if any(sign in pattern for sign in "*?["):
        return fnmatch(row["name"].lower(), pattern)
    return pattern in row["name"].lower() or pattern in row["meaning"].lower()


def described(model: Model, name: str) -> dict[str, Any]:
    """Return what is known of one quantity: meaning, unit, formula, what causes it and what it causes."""
    from simulator.record.citation import cite, entries

    about = model.describe(name)
    source = about.source or "assumption"
    key = source.partition(",")[0].strip()
    found: dict[str, Any] = {
        "name": name,
        "kind": getattr(about, "kind", None) or getattr(about, "role", ""),
        "sector": about.sector,
        "unit": about.unit,
        "meaning": " ".join(about.meaning.split()),
    }
    if name in model.equations:
        equation = model.equations[name]
        found["formula"] = equation.expression
        if equation.kind == "flow":
            found["pipe"] = f"{equation.leaves} -> {equation.enters}"
        found["caused_by"] = list(equation.causes)
    else:
        number = model.parameters[name]
        found |= {"value": number.value, "range": number.range, "shape": number.shape, "limits": number.limits}
        found |= {"deep": number.deep, "note": " ".join(number.note.split())}
    found["causes"] = _effects(model, name)
    found["source"] = source
    found["citation"] = cite(key) if key in entries() else ""
    return found


def _effects(model: Model, name: str) -> list[str]:
    """Return what a quantity acts on: formulas it stands in, and for a flow the stocks at its ends."""
    found = [each.name for each in model.equations.values() if name in each.causes]
    equation = model.equations.get(name)
    ends = [equation.leaves, equation.enters] if equation is not None and equation.kind == "flow" else []
    return [*(end for end in ends if end in model.stocks), *found]
