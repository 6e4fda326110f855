"""The pages of equations: every quantity, and every loop that can be switched off."""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from typing import TYPE_CHECKING

from docs.pages import markup

if TYPE_CHECKING:
    from simulator.language import Equation
    from simulator.model import Model
    from simulator.parameters import Parameter

_QUANTITIES = """
Every stock, flow and auxiliary of the model, sector by sector in causal order.
A quantity is a function, and its arguments are its causes; the formula stands as its author wrote it.
A stock's formula is its value at the start, and its rate of change follows from the flows that enter and leave it.
Numbers are on the page of [parameters](parameters.md).
"""

_LOOPS = """
Every feedback loop that can be switched off, so that its part in a result can be seen.
A switch is a number from 0 (off) to 1 (on); anything between weakens the loop.
Turn one off with `fentsim run history --set NAME=0`.
"""


def quantities(model: Model) -> str:
    """Return the page of all equations."""
    effects = _effects(model)
    parts = []
    for sector in dict.fromkeys(each.sector for each in model.equations.values()):
        own = [each for each in model.equations.values() if each.sector == sector]
        about = inspect.cleandoc(sys.modules[own[0].function.__module__].__doc__ or "")
        parts += [f"## Sector: {sector}\n\n{about}", *(_entry(each, model, effects) for each in own)]
    kinds = [each.kind for each in model.equations.values()]
    stocks, flows, auxiliaries = (kinds.count(kind) for kind in ("stock", "flow", "auxiliary"))
    counted = f"There are {stocks} stocks, {flows} flows and {auxiliaries} auxiliaries."
    return markup.page("Quantities", f"{_QUANTITIES}\n{counted}", *parts)


def _entry(equation: Equation, model: Model, effects: dict[str, list[str]]) -> str:
    pipe = f", `{equation.leaves} -> {equation.enters}`" if equation.kind == "flow" else ""
    causes = ", ".join(markup.quantity(name, model) for name in equation.causes)
    caused = ", ".join(markup.quantity(name, model) for name in effects[equation.name]) or "nothing within the model"
    return "\n".join(
        [
            f"### {equation.name}\n\n{equation.meaning}\n",
            f"```text\n{equation.name} = {as_written(equation)}\n```\n",
            f"- {equation.kind.capitalize()} in {markup.unit(equation.unit)}{pipe}",
            f"- Caused by: {causes}",
            f"- Causes: {caused}",
            f"- Source: {markup.sources(equation.source)}",
        ]
    )


def as_written(equation: Equation) -> str:
    """Return the formula with the line breaks that its author gave it."""
    lines = textwrap.dedent(inspect.getsource(equation.function)).splitlines()
    definition = ast.parse("\n".join(lines)).body[0]
    if not isinstance(definition, ast.FunctionDef):  # pragma: no cover - inspect gives a function
        raise TypeError(definition)
    first = definition.body[-1].lineno - 1
    return textwrap.dedent("\n".join(lines[first:])).removeprefix("return ").rstrip()


def _effects(model: Model) -> dict[str, list[str]]:
    """Return what each quantity or number acts on: the ends of its pipe, and the formulas it stands in."""
    found: dict[str, list[str]] = {name: [] for name in (*model.equations, *model.parameters)}
    for name, equation in model.equations.items():
        found[name] += [end for end in (equation.leaves, equation.enters) if end in model.stocks]
    for name, equation in model.equations.items():
        for cause in equation.causes:
            found[cause].append(name)
    return {name: list(dict.fromkeys(each)) for name, each in found.items()}


def loops(model: Model) -> str:
    """Return the page of all loop switches."""
    effects = _effects(model)
    switches = [each for each in model.parameters.values() if each.role == "switch"]
    rows = [
        (
            f"[`{each.name}`](parameters.md#{each.name})",
            each.sector,
            _loop(each),
            "on" if each.value else "off",
            ", ".join(markup.quantity(name, model) for name in effects[each.name]),
        )
        for each in switches
    ]
    off = sum(not each.value for each in switches)
    counted = f"There are {len(switches)} switches, {off} of them off unless asked for."
    return markup.page("Loops", f"{_LOOPS}\n{counted}",
                       markup.table(("Switch", "Sector", "Loop", "Unless set", "Enters"), rows))  # fmt: skip


def _loop(switch: Parameter) -> str:
    text = switch.meaning.partition("to 1 on: ")[2] or switch.meaning
    return text[:1].upper() + text[1:]
