"""What there is: scenarios, quantities, and whether files are sound."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulator.cli.guarding import INVALID
from simulator.cli.options import Json
from simulator.cli.telling import Teller, cells

if TYPE_CHECKING:
    from simulator.errors import Problem


def scenarios(json: Json = False) -> None:
    """List scenarios, worldviews and debates, each with its question."""
    from simulator.scenario import catalogue

    teller = Teller(json)
    rows: list[dict[str, Any]] = [
        {
            "name": each.name,
            "kind": each.kind,
            "title": each.title,
            "question": " ".join(each.question.split()),
            "side": each.side,
            "claims": list(each.claims),
        }
        for each in catalogue()
    ]
    teller.table("", cells(kind="kind", name="name", title="title", question="question"), rows)
    teller.result(rows)


def check(
    files: Annotated[
        list[str] | None, typer.Argument(metavar="[FILE]...", help="Files of scenarios or designs. [all shipped]")
    ] = None,
    json: Json = False,
) -> None:
    """Validate files of scenarios, or designs of sweeps: every fault as `file:line: place: fault. remedy`."""
    from simulator import scenario
    from simulator.calling import words
    from simulator.scenario import folders
    from simulator.scenario.loading import is_design

    teller = Teller(json)
    paths = files or [str(path) for path in folders.shipped()]
    apart = [path for path in files or [] if is_design(Path(path))]
    problems = [] if files else folders.names_are_taken_twice()
    problems += scenario.check([path for path in paths if path not in apart], words())
    problems += _faults_of_designs(apart)
    for problem in problems:
        teller.say(str(problem))
    what = f"{len(paths)} files" if len(paths) != 1 else paths[0]
    faults = f"{len(problems)} faults" if len(problems) != 1 else "one fault"
    teller.note(f"{what}: {faults}." if problems else f"{what}: no faults.")
    teller.result([{"place": each.place, "fault": each.fault, "remedy": each.remedy} for each in problems])
    if problems:
        raise typer.Exit(INVALID)


def _faults_of_designs(paths: list[str]) -> list[Problem]:
    from simulator.fentanyl import fentanyl_model

    if not paths:
        return []
    from simulator.experiments.faults import check

    return [problem for path in paths for problem in check(Path(path), fentanyl_model())]


def quantities(
    pattern: Annotated[str, typer.Argument(help="Part of a name or a meaning; * and ? are understood. [all]")] = "",
    json: Json = False,
) -> None:
    """List every stock, flow, auxiliary and number: unit, meaning, source."""
    from simulator.cli.describing import listed
    from simulator.errors import Problem, SimulatorError, nearest
    from simulator.fentanyl import fentanyl_model

    teller = Teller(json)
    model = fentanyl_model()
    rows = listed(model, pattern)
    if pattern and not rows:
        known = {*model.equations, *model.parameters}
        fault = "No name and no meaning holds it."
        raise SimulatorError(
            [Problem(f'"{pattern}"', fault, nearest(pattern, known) or "List all: fentsim quantities")]
        )
    teller.table("", cells(name="name", kind="kind", unit="unit", meaning="meaning", source="source"), rows)
    teller.result(rows)
