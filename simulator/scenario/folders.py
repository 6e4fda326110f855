"""Where scenarios lie, and what kind each is: the folder tells."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simulator import files
from simulator.errors import Problem
from simulator.scenario.records import Kind

#: The folders of `scenarios/`, in the order in which they are listed.
FOLDERS: dict[str, Kind] = {"policies": "policy", "worldviews": "worldview", "debates": "debate"}

#: Where designs of sweeps lie, which are no scenarios; and the fields by which the two are told apart.
DESIGNS = "designs"
_OF_DESIGNS, _OF_SCENARIOS = {"sample", "vary", "keep"}, {"changes", "beliefs", "policies"}


def shipped() -> list[Path]:
    """Return the shipped files: history, then policies, worldviews and debates by name."""
    top = files.shipped("scenarios")
    return [
        *sorted(top.glob("*.yaml")),
        *(path for folder in FOLDERS for path in sorted((top / folder).glob("*.yaml"))),
    ]


def named(beside: Path | None = None) -> dict[str, Path]:
    """Return the scenarios that can be called by name; those `beside` a file come before shipped ones."""
    found = {path.stem: path for path in shipped()}
    if beside is not None:
        home = beside.absolute().parent
        folders = [home.parent, *(home.parent / each for each in FOLDERS)] if home.name in FOLDERS else []
        for folder in (*folders, home):
            found |= {path.stem: path for path in folder.glob("*.yaml")}
    return found


def names_are_taken_twice() -> list[Problem]:
    """A name calls one scenario, whatever its kind."""
    first: dict[str, Path] = {}
    return [
        Problem(str(path), f"{first[path.stem]} has the same name.", "Rename one of the two.")
        for path in shipped()
        if first.setdefault(path.stem, path) != path
    ]


def is_design(path: Path, data: Mapping[str, Any]) -> bool:
    """Whether a file is the design of a sweep, by its folder or its fields."""
    if path.absolute().parent.name == DESIGNS:
        return True
    return len(_OF_DESIGNS & data.keys()) > len(_OF_SCENARIOS & data.keys())


def called(path: Path | str) -> str:
    """Return what a command calls a scenario by: its name if it is shipped, else its file."""
    return Path(path).stem if Path(path).absolute() in shipped() else str(path)


def use_of(kind: Kind, path: Path | str) -> str:
    """Say by which command a scenario is used."""
    name = called(path)
    if kind == "worldview":
        return f"Hold it in a run: fentsim run history -w {name}"
    return f"Run it with: fentsim {'debate' if kind == 'debate' else 'run'} {name}"


def kind_of(path: Path, data: Mapping[str, Any] | None = None) -> Kind | None:
    """Return the kind that the folder tells, or for a user's own file its fields."""
    if path.parent.name in FOLDERS:
        return FOLDERS[path.parent.name]
    if path.stem == "history":
        return "history"
    if data is None:
        return None
    if "beliefs" in data and "changes" not in data:
        return "worldview"
    return "debate" if "policies" in data or "worldviews" in data else "policy"
