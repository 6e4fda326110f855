"""Work that holds still during a run is lifted out of the derivatives and done once.

    infections / (illness * town) ** immunity      becomes, with all but `infections` constant,
    infections * lifted_0                          and lifted_0 = 1 / (illness * town) ** immunity

Products are regrouped so that constants meet, and each is divided at most once; powers become
the word `power`, which compilers can do on many members at once. What is regrouped differs from
the formula as written by rounding alone.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simulator.emission import System

Assignments = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Work:
    """The derivatives of a system, split by how often each part is done.

    Attributes:
        prelude: `(name, expression)` done once a run.
        rest: `(name, expression)` done at every instant, causes first.
        rates: the expression of each state's rate of change.
        fixed: names that hold still and that `rest` or `rates` use.
    """

    prelude: Assignments
    rest: Assignments
    rates: tuple[str, ...]
    fixed: tuple[str, ...]


def as_written(system: System) -> Work:
    """Return the formulas just as their authors wrote them, nothing lifted."""
    return Work((), system.assignments, system.rates, system.constants)


def lift(system: System) -> Work:
    """Return the formulas with all work on constants lifted into the prelude."""
    lifter = _Lifter(system.constants)
    rest = []
    for name, expression in system.assignments:
        tree = ast.parse(expression, mode="eval").body
        if lifter.holds_still(tree):
            lifter.prelude[name] = expression
            lifter.still.add(name)
        else:
            rest.append((name, ast.unparse(lifter.rewrite(tree))))
    rates = tuple(ast.unparse(lifter.rewrite(ast.parse(rate, mode="eval").body)) for rate in system.rates)
    used = names_in(expression for _, expression in rest) | names_in(rates)
    fixed = tuple(name for name in (*system.constants, *lifter.prelude) if name in used)
    return Work(tuple(lifter.prelude.items()), tuple(rest), rates, fixed)


class _Lifter:
    """Rewrites one formula after another, and remembers what it has lifted."""

    def __init__(self, constants: Iterable[str]) -> None:
        self.still = set(constants)
        self.prelude: dict[str, str] = {}
        self.lifted: dict[str, str] = {}

    def holds_still(self, node: ast.expr) -> bool:
        """Whether nothing in the formula changes during a run."""
        if isinstance(node, ast.Call):
            return all(self.holds_still(argument) for argument in node.args)
        names = [part for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)]
        return node.id in self.still if isinstance(node, ast.Name) else all(map(self.holds_still, names))

    def rewrite(self, node: ast.expr) -> ast.expr:
        """Return the formula with every constant part replaced by one name."""
        if self.holds_still(node):
            return self.hold(node)
        match node:
            case ast.BinOp(op=ast.Mult() | ast.Div()):
                found = self.product(node)
            case ast.BinOp(op=ast.Pow()):
                found = self.power(node)
            case ast.BinOp(left, operator, right):
                found = ast.BinOp(self.rewrite(left), operator, self.rewrite(right))
            case ast.UnaryOp(operator, operand):
                found = ast.UnaryOp(operator, self.rewrite(operand))
            case ast.Call(function, arguments):
                found = ast.Call(function, [self.rewrite(argument) for argument in arguments], [])
            case _:
                found = node
        return found

    def hold(self, node: ast.expr) -> ast.expr:
        """Return the name under which a constant part is worked out, once a run."""
        if isinstance(node, (ast.Name, ast.Constant)):
            return node
        text = ast.unparse(node)
        name = self.lifted.setdefault(text, f"lifted_{len(self.lifted)}")
        self.prelude.setdefault(name, text)
        return ast.Name(name, ast.Load())

    def product(self, node: ast.expr) -> ast.expr:
        """Return a product as one constant, times what moves, divided once."""
        over, under = _factors(node)
        still = _quotient([f for f in over if self.holds_still(f)], [f for f in under if self.holds_still(f)])
        above = [self.rewrite(factor) for factor in over if not self.holds_still(factor)]
        below = [self.rewrite(factor) for factor in under if not self.holds_still(factor)]
        if not (isinstance(still, ast.Constant) and still.value == 1):
            above.insert(0, self.hold(still))
        return _quotient(above, below)

    def power(self, node: ast.BinOp) -> ast.expr:
        """Return a power with a whole exponent as it is, any other by its logarithm."""
        if isinstance(node.right, ast.Constant) and isinstance(node.right.value, int):
            return ast.BinOp(self.rewrite(node.left), node.op, node.right)
        if self.holds_still(node.left):
            logarithm = self.hold(ast.Call(ast.Name("log", ast.Load()), [node.left], []))
            return ast.Call(ast.Name("raised_", ast.Load()), [logarithm, self.rewrite(node.right)], [])
        return ast.Call(ast.Name("power_", ast.Load()), [self.rewrite(node.left), self.rewrite(node.right)], [])


def _factors(node: ast.expr) -> tuple[list[ast.expr], list[ast.expr]]:
    """Return what is multiplied and what is divided by in a product, however it is nested."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div)):
        (over, under), (other_over, other_under) = _factors(node.left), _factors(node.right)
        if isinstance(node.op, ast.Div):
            other_over, other_under = other_under, other_over
        return over + other_over, under + other_under
    return [node], []


def _quotient(over: list[ast.expr], under: list[ast.expr]) -> ast.expr:
    """Return the product of some factors over that of others."""
    above = reduce(lambda left, right: ast.BinOp(left, ast.Mult(), right), over) if over else ast.Constant(1)
    below = reduce(lambda left, right: ast.BinOp(left, ast.Mult(), right), under) if under else None
    return above if below is None else ast.BinOp(above, ast.Div(), below)


def names_in(expressions: Iterable[str]) -> set[str]:
    """Return every name that some expressions use."""
    return {part.id for text in expressions for part in ast.walk(ast.parse(text)) if isinstance(part, ast.Name)}


def chosen(expression: str) -> str:
    """Return a formula with `minimum` and `maximum` of plain names and numbers written as a choice."""
    return ast.unparse(_Choosing().visit(ast.parse(expression, mode="eval")))


class _Choosing(ast.NodeTransformer):
    def visit_Call(self, node: ast.Call) -> ast.expr:
        """Write `minimum(a, b)` as `b if b < a else a`, as Python's own `min` decides."""
        self.generic_visit(node)
        sign = {"minimum": ast.Lt(), "maximum": ast.Gt()}.get(getattr(node.func, "id", ""))
        if sign is None or not all(isinstance(each, (ast.Name, ast.Constant)) for each in node.args):
            return node
        one, other = node.args
        return ast.IfExp(ast.Compare(other, [sign], [one]), other, one)
