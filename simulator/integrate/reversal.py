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
#: Below this a base counts as this where a power's slope divides by it or takes its logarithm.
_LEAST = "1e-300"


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
        one, other = (*self.causes, "")[:2]
        t = self.name
        match self.operation:
            case "copy":
                yield one, worth
            case "negative":
                yield one, f"-{worth}"
            case "+":
                yield from ((one, worth), (other, worth))
            case "-":
                yield from ((one, worth), (other, f"-{worth}"))
            case "*":
                yield from ((one, f"{worth} * {other}"), (other, f"{worth} * {one}"))
            case "/":
                yield from ((one, f"{worth} / {other}"), (other, f"-{worth} * {t} / {other}"))
            case "**" if other.isdigit():
                yield one, f"{worth} * {other} * {one} ** {int(other) - 1}"
            case "**" | "power_":
                base = f"maximum({one}, {_LEAST})"
                yield from ((one, f"{worth} * {other} * {t} / {base}"), (other, f"{worth} * {t} * log({base})"))
            case "raised_":
                yield from ((one, f"{worth} * {t} * {other}"), (other, f"{worth} * {t} * {one}"))
            case "exp":
                yield one, f"{worth} * {t}"
            case "log":
                yield one, f"{worth} / {one}"
            case "sqrt":
                yield one, f"{worth} * 0.5 / {t}"
            case "minimum":
                yield from _choice(f"{other} < {one}", one, other, worth)
            case "maximum":
                yield from _choice(f"{other} > {one}", one, other, worth)
            case unknown:
                raise NotImplementedError(f"There is no slope of {unknown}.")


def _choice(second: str, one: str, other: str, worth: str) -> Iterator[tuple[str, str]]:
    yield one, f"pick_({second}, 0.0, {worth})"
    yield other, f"pick_({second}, {worth}, 0.0)"


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
        match node:
            case ast.BinOp(left, operator, right):
                operation, causes = _SIGNS[type(operator)], (self._atom(left), self._atom(right))
            case ast.UnaryOp(ast.USub(), operand):
                operation, causes = "negative", (self._atom(operand),)
            case ast.Call(ast.Name(word), arguments):
                operation, causes = word, tuple(self._atom(argument) for argument in arguments)
            case _:
                operation, causes = "copy", (ast.unparse(node),)
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
