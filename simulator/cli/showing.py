"""One thing in full: a scenario as it runs, a quantity, or the function that is integrated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulator.cli.options import Json
from simulator.cli.telling import Teller

if TYPE_CHECKING:
    from simulator.model import Model

DERIVATIVES = "derivatives"


def show(
    name: Annotated[str, typer.Argument(help="A scenario, a scenario file, a quantity, or: derivatives.")],
    own: Annotated[
        bool,
        typer.Option("--own", help="Of a scenario, tell its own changes only, and what it builds on in one line."),
    ] = False,
    json: Json = False,
) -> None:
    """Show what a scenario changes, a quantity with its causes, or the derivatives that are integrated."""
    from simulator.calling import called
    from simulator.errors import Problem, SimulatorError, nearest
    from simulator.fentanyl import fentanyl_model
    from simulator.scenario import folders, resolved_text

    teller = Teller(json)
    model = fentanyl_model()
    known = {*folders.named(), *model.equations, *model.parameters, DERIVATIVES}
    if name == DERIVATIVES:
        _derivatives(teller, model)
    elif name in model.equations or name in model.parameters:
        _quantity(teller, model, name)
    elif name in known or "/" in name or name.endswith((".yaml", ".yml")):
        asked = called(name)
        _scenario(teller, resolved_text(asked, model.parameters, whole=not own))
        if asked.base is not None and not own:
            teller.note(f"Its own changes by themselves: fentsim show {name} --own")
    else:
        remedy = nearest(name, known) or "List them with: fentsim scenarios, fentsim quantities"
        raise SimulatorError([Problem(f'"{name}"', "There is no scenario or quantity of that name.", remedy)])


def _derivatives(teller: Teller, model: Model) -> None:
    text = model.system().derivatives_text()
    teller.say(text.rstrip())
    teller.result({"name": DERIVATIVES, "text": text})


def _scenario(teller: Teller, text: str) -> None:
    import yaml

    teller.say(text.rstrip())
    teller.result(yaml.safe_load(text) if teller.as_json else None)


def _quantity(teller: Teller, model: Model, name: str) -> None:
    from simulator.cli.describing import described

    found = described(model, name)
    for key, value in found.items():
        if value not in (None, "", [], False):
            teller.say(f"{key.replace('_', ' '):<10} {_worded(value)}")
    teller.result(found)


def _worded(value: Any) -> str:  # noqa: ANN401 - a text, a number, a list of names or a range
    if isinstance(value, list):
        return ", ".join(value)
    return f"{value[0]:g} to {value[1]:g}" if isinstance(value, tuple) else str(value)
