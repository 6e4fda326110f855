"""What a store says of itself: what was asked, where the numbers come from, whether all are there."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from simulator import provenance
from simulator.errors import Problem, SimulatorError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from simulator.experiments.plan import Plan

FORMAT = 1

#: What a store made of other things is told.
_REMEDY = "Choose another place for the new one, or go back to what this one was made of."


def fresh(plan: Plan, command: str) -> dict[str, Any]:
    """Return the manifest of a sweep that has not begun."""
    return {
        "format": FORMAT,
        "question": plan.design.question,
        "design": plan.path.read_text(encoding="utf-8"),
        "sample": plan.design.sample.model_dump(mode="json"),
        "members": plan.sampler.members,
        "blocks": len(plan.blocks),
        "begun": datetime.now(UTC).isoformat(timespec="seconds"),
        "identity": plan.identity,
        "texts": dict(plan.texts),
        "attributes": _attributes(plan, command),
    }


def _attributes(plan: Plan, command: str) -> dict[str, Any]:
    """Return the attributes of the store: strings and numbers only."""
    packages = (*provenance.PACKAGES, "zarr")
    return {
        **provenance.METADATA,
        "title": f"Fentanyl policy simulator: {plan.design.question}",
        "institution": "fentanyl-policy-simulator",
        "version": provenance.own_version(),
        "commit": provenance.commit(),
        "command": command or "simulator.experiments.sweep",
        "seed": plan.sampler.seed,
        "sample": plan.sampler.kind,
        "parameters_sha256": provenance.parameters_hash(),
        "packages": ", ".join(f"{name} {_version(name)}" for name in packages),
        "scenario_text": "\n---\n".join(plan.texts.values()),
        "design_text": plan.path.read_text(encoding="utf-8"),
        "references": "docs/references.bib; sources of each variable in its attribute `source`",
        "about_integration_error": "the worst of some members, relative to the state at each instant",
        "complete": "no",
        "comment": (
            "Intervals among members carry the uncertainty of parameters only; they are not forecasts. "
            "What the record cannot settle is a matter of worldview."
        ),
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"


def read(path: Path, plan: Plan) -> dict[str, Any]:
    """Return the manifest of a store that this plan may go on with.

    Raises:
        SimulatorError: when it is not there, or was made of another design or other numbers.
    """
    try:
        found = json.loads(path.read_bytes())
        identity: Mapping[str, str] = found["identity"]
        known = found["format"] == FORMAT and isinstance(found["attributes"], dict)
    except (ValueError, KeyError, TypeError):
        known, identity = False, {}
    if not known:
        problem = Problem(str(path), "It cannot be read as a manifest.", "Remove the store, and begin again.")
        raise SimulatorError([problem])
    changed = [what for what, mark in plan.identity.items() if identity.get(what) != mark]
    if changed:
        fault = f"It was made with a different {' and a different '.join(changed)}."
        raise SimulatorError([Problem(str(path.parent), fault, _REMEDY)])
    return dict(found)
