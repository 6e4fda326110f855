"""The language of equations: three words, `stock`, `flow` and `auxiliary`.

A quantity is a function whose arguments are its causes; assembly connects them by
name. The body is one `return` of arithmetic and a few array functions, so the same
text can run as Python, on arrays, compiled, as LaTeX or as XMILE.

    @flow("person/year", "waiting -> in_treatment")
    def admissions(waiting, free_places, shortest_wait):
        \"\"\"People or places, whichever is scarcer, one paperwork delay at a time.\"\"\"
        return minimum(waiting, free_places) / shortest_wait
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.errors import Problem, refuse

if TYPE_CHECKING:
    from collections.abc import Callable

#: The cloud: what a flow leaves or enters when it crosses the boundary of the model.
OUTSIDE = "outside"

#: The only functions an equation may call; each is shown equal in numpy, numba and pint.
FUNCTIONS = ("minimum", "maximum", "exp", "log", "sqrt")


@dataclass(frozen=True, slots=True)
class Equation:
    """One quantity: a frozen, callable record of its formula and what is known about it.

    Attributes:
        name: the quantity.
        kind: `stock`, `flow` or `auxiliary`.
        unit: its unit, as pint reads it.
        causes: the quantities and parameters in its signature.
        expression: the formula as its author wrote it.
        meaning: one sentence of cause, from the docstring.
        source: a key of `docs/references.bib`, or None for an assumption.
        leaves, enters: for a flow, the stocks at the ends of its pipe.
        function: the Python function itself.
        sector: the module it was written in.
    """

    name: str
    kind: str
    unit: str
    causes: tuple[str, ...]
    expression: str
    meaning: str
    source: str | None
    leaves: str
    enters: str
    function: Callable[..., Any]
    sector: str

    def __call__(self, *causes: Any) -> Any:  # noqa: ANN401 - numbers, arrays or pint quantities
        """Evaluate the formula, so that an equation can be tested as a plain function."""
        return self.function(*causes)


def stock(unit: str, source: str | None = None) -> Callable[[Callable[..., Any]], Equation]:
    """Declare a stock; its body is the value at the start."""
    return lambda function: _equation(function, "stock", unit, source)


def flow(unit: str, pipe: str, source: str | None = None) -> Callable[[Callable[..., Any]], Equation]:
    """Declare a flow through `pipe`, drawn as `"here -> there"`; `outside` is the cloud.

    Raises:
        SimulatorError: when the pipe is not drawn as `here -> there`.
    """
    ends = tuple(end.strip() for end in pipe.split("->"))
    if len(ends) != 2 or not all(ends):  # noqa: PLR2004 - a pipe has two ends
        refuse([Problem("pipe", f'"{pipe}" is not a pipe.', 'Draw it as "here -> there".')])
    return lambda function: _equation(function, "flow", unit, source, ends)


def auxiliary(unit: str, source: str | None = None) -> Callable[[Callable[..., Any]], Equation]:
    """Declare an auxiliary: a quantity that follows at once from its causes."""
    return lambda function: _equation(function, "auxiliary", unit, source)


def _equation(
    function: Callable[..., Any], kind: str, unit: str, source: str | None, ends: tuple[str, ...] = (OUTSIDE, OUTSIDE)
) -> Equation:
    name = function.__name__
    expression = _formula(function)
    meaning = " ".join((function.__doc__ or "").split())
    causes = tuple(inspect.signature(function).parameters)
    sector = function.__module__.rpartition(".")[2]
    return Equation(name, kind, unit, causes, expression, meaning, source, ends[0], ends[1], function, sector)


def _formula(function: Callable[..., Any]) -> str:
    """Return the text of the single `return`, after checking that nothing else is there."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    definition = tree.body[0]
    if not isinstance(definition, ast.FunctionDef):  # pragma: no cover - inspect gives a function
        raise TypeError(function)
    body = [line for line in definition.body if not _is_docstring(line)]
    place = f"{function.__module__}.{function.__name__}"
    if len(body) != 1 or not isinstance(body[0], ast.Return) or body[0].value is None:
        fault = "An equation is one sentence and one return."
        refuse([Problem(place, fault, "Name the intermediate as an auxiliary.")])
    formula = body[0].value  # type: ignore[attr-defined]
    refuse(_foreign_words(place, formula, set(inspect.signature(function).parameters)))
    return ast.unparse(formula)


def _is_docstring(line: ast.stmt) -> bool:
    return isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant)


def _foreign_words(place: str, formula: ast.expr, causes: set[str]) -> list[Problem]:
    """Name everything in the formula that is not arithmetic on its causes."""
    allowed = (
        ast.BinOp, ast.UnaryOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.USub, ast.UAdd,
        ast.Call, ast.Name, ast.Load, ast.Constant,
    )  # fmt: skip
    problems = []
    for node in ast.walk(formula):
        if not isinstance(node, allowed):
            word = type(node).__name__
            problems.append(Problem(place, f"{word} is not part of the language of equations.", "Use arithmetic."))
        elif isinstance(node, ast.Call) and _is_odd_call(node, causes):
            fault = "Only the functions of the language can be called, with plain arguments."
            problems.append(Problem(place, fault, f"They are {', '.join(FUNCTIONS)}."))
        elif isinstance(node, ast.Name) and node.id not in causes and node.id not in FUNCTIONS:
            fault = f'"{node.id}" is neither a cause of this equation nor a known function.'
            problems.append(Problem(place, fault, "Add it to the arguments."))
        elif isinstance(node, ast.Constant) and node.value not in (0, 1, 2):
            fault = f"The number {node.value!r} stands in a formula."
            problems.append(Problem(place, fault, "Give it a name, a unit and a source beside the sector."))
    return problems


def _is_odd_call(node: ast.Call, causes: set[str]) -> bool:
    """Return whether something is called that is not the plain name of a function, or with keywords."""
    return not isinstance(node.func, ast.Name) or node.func.id in causes or bool(node.keywords)
