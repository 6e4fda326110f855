"""Straight-line code run backwards: from what a result is worth to what its causes are worth.

Every formula is taken apart into single operations. Their derivatives are those of the schoolbook,
and are summed in reverse order (Griewank and Walther 2008, chapter 3), so that one pass gives the
slope of one result with respect to every cause. At the corner of a `minimum` the slope is that of
the side on which the numbers stand.

    tap = pressure * width              bar_pressure = bar_tap * width
                                        bar_width = bar_tap * pressure
"""

from __future__ import annotations

import ast
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_SIGNS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}
#: A base below this counts as this where the slope of a power divides by it or takes its logarithm.
_BASE = "maximum({x}, 1e-300)"
_POWER = (f"{{w}} * {{y}} * {{t}} / {_BASE}", f"{{w}} * {{t}} * log({_BASE})")
#: What the causes x and y of a result t are worth when it is worth w.
_WORTHS = {
    "copy": ("{w}",),
    "negative": ("-{w}",),
    "+": ("{w}", "{w}"),
    "-": ("{w}", "-{w}"),
    "*": ("{w} * {y}", "{w} * {x}"),
    "/": ("{w} / {y}", "-{w} * {t} / {y}"),
    "**": _POWER,
    "power_": _POWER,
    "raised_": ("{w} * {t} * {y}", "{w} * {t} * {x}"),
    "exp": ("{w} * {t}",),
    "log": ("{w} / {x}",),
    "sqrt": ("{w} * 0.5 / {t}",),
    "minimum": ("pick_({y} < {x}, 0.0, {w})", "pick_({y} < {x}, {w}, 0.0)"),
    "maximum": ("pick_({y} > {x}, 0.0, {w})", "pick_({y} > {x}, {w}, 0.0)"),
}


class Step(NamedTuple):
    """One operation: `name = operation(*causes)`, causes being names or numbers."""

    name: str
    operation: str
    causes: tuple[str, ...]

    @property
    def text(self) -> str:
        """The operation as a formula."""
        match self.operation, self.causes:
            case "copy", (one,):
                return one
            case "negative", (one,):
                return f"-{one}"
            case ("+" | "-" | "*" | "/" | "**") as sign, (one, other):
                return f"{one} {sign} {other}"
            case word, causes:
                return f"{word}({', '.join(causes)})"

    def pulls(self, worth: str) -> Iterator[tuple[str, str]]:
        """Yield every cause with what it is worth when the result is worth `worth`."""
        x, y = (*self.causes, "")[:2]
        if self.operation == "**" and y.isdigit():
            yield x, f"{worth} * {y} * {x} ** {int(y) - 1}"
            return
        if self.operation not in _WORTHS:
            raise NotImplementedError(f"There is no slope of {self.operation}.")
        for cause, text in zip(self.causes, _WORTHS[self.operation], strict=True):
            yield cause, text.format(w=worth, t=self.name, x=x, y=y)


class Tape:
    """Formulas taken apart, in the order in which they are worked out."""

    def __init__(self, sought: Iterable[str]) -> None:
        """Begin with the names whose slopes are sought."""
        self.moving = set(sought)
        self.steps: list[Step] = []
        self._parts = count()

    def read(self, name: str, expression: str) -> None:
        """Take one assignment apart."""
        self._operation(name, ast.parse(expression, mode="eval").body)

    def forward(self) -> list[str]:
        """Return the lines that work everything out."""
        return [f"{step.name} = {step.text}" for step in self.steps]

    def backward(self, worths: dict[str, str]) -> tuple[list[str], set[str]]:
        """Return the lines that give every cause its worth, and the names that have one.

        Args:
            worths: what results are worth, as text; that of a name `x` ends up in `bar_x`.
        """
        worth: set[str] = set()
        lines: list[str] = []

        def add(name: str, text: str) -> None:
            if name in self.moving:
                lines.append(f"bar_{name} = bar_{name} + {text}" if name in worth else f"bar_{name} = {text}")
                worth.add(name)

        for name, text in worths.items():
            add(name, text)
        for step in reversed(self.steps):
            if step.name in worth:
                for cause, text in step.pulls(f"bar_{step.name}"):
                    add(cause, text)
        return lines, worth

    def _atom(self, node: ast.expr) -> str:
        if isinstance(node, (ast.Name, ast.Constant)):
            return ast.unparse(node)
        return self._operation(f"part_{next(self._parts)}_", node)

    def _operation(self, name: str, node: ast.expr) -> str:
        causes: tuple[str, ...]
        match node:
            case ast.BinOp(left, operator, right):
                operation, causes = _SIGNS[type(operator)], (self._atom(left), self._atom(right))
            case ast.UnaryOp(ast.USub(), operand):
                operation, causes = "negative", (self._atom(operand),)
            case ast.Call(ast.Name(word), arguments):
                operation, causes = word, tuple(self._atom(argument) for argument in arguments)
            case ast.UnaryOp(ast.UAdd(), operand):
                operation, causes = "copy", (self._atom(operand),)
            case ast.Name() | ast.Constant():
                operation, causes = "copy", (ast.unparse(node),)
            case _:
                raise NotImplementedError(f"There is no slope of {ast.unparse(node)}.")
        if not self.moving.isdisjoint(causes):
            self.moving.add(name)
        self.steps.append(Step(name, operation, causes))
        return name


def renamed(expression: str, names: Mapping[str, str]) -> str:
    """Return a formula in which some names are others."""
    tree = ast.parse(expression, mode="eval")
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = names.get(node.id, node.id)
    return ast.unparse(tree)
