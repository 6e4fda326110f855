"""The page `scenarios/README.md`: one line a question."""

from __future__ import annotations

from collections.abc import Iterable

from simulator.scenario.folders import FOLDERS
from simulator.scenario.records import Kind, Scenario

_HEADINGS: dict[Kind, tuple[str, str]] = {
    "history": ("What happened", "The record of levers and drivers, then today's policy kept as it is."),
    "policy": ("Policies", "What somebody would do."),
    "worldview": ("Worldviews", "What somebody believes about how the world works. Any policy runs under any of them."),
    "debate": ("Debates", "Policies set against each other, each under every belief listed."),
}


def readme(scenarios: Iterable[Scenario]) -> str:
    """Return the text of the page for these scenarios."""
    parts = ["# Scenarios\n\nGenerated from the files; see `make docs`. Run one with `fentsim run NAME`.\n"]
    listed = list(scenarios)
    for kind, (heading, about) in _HEADINGS.items():
        lines = [_line(scenario) for scenario in listed if scenario.kind == kind]
        if lines:
            parts.append(f"## {heading}\n\n{about}\n\n" + "\n".join(lines) + "\n")
    return "\n".join(parts)


def _line(scenario: Scenario) -> str:
    folder = next((f"{folder}/" for folder, kind in FOLDERS.items() if kind == scenario.kind), "")
    whose = ", ".join(filter(None, [scenario.side, " ".join(scenario.claims)]))
    question = " ".join(scenario.question.split())
    return f"- [`{scenario.name}`]({folder}{scenario.name}.yaml): {question}" + (f" ({whose})" if whose else "")
