"""From equations to source text: straight-line functions that a person can read.

The same lines, in causal order, are wrapped three ways: plain Python on numbers
(the reference), compiled on one member, compiled on a block of members side by side.
Work that depends on constants alone is lifted out and done once a run.
"""

from __future__ import annotations

import ast
import linecache
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

#: What the words of the language mean on single numbers: faster than numpy by ten.
SCALAR_WORDS: dict[str, Any] = {
    "minimum": min,
    "maximum": max,
    "exp": math.exp,
    "log": math.log,
    "sqrt": math.sqrt,
}


@dataclass(frozen=True)
class System:
    """A system of ordinary differential equations as text: all an integrator may know.

    Attributes:
        states: names of the state vector, running totals last.
        constants: names of the numbers that hold still during a run.
        inputs: names of the numbers that move, linearly between kink dates.
        assignments: `(name, expression)` in causal order.
        rates: the expression of each state's rate of change.
        scales: the smallest change of each state worth resolving (absolute tolerance is
            the relative tolerance times this).
        starts: `(name, expression)` of initial values, causes first; running totals start at zero.
    """

    states: tuple[str, ...]
    constants: tuple[str, ...]
    inputs: tuple[str, ...]
    assignments: tuple[tuple[str, str], ...]
    rates: tuple[str, ...]
    scales: tuple[float, ...]
    starts: tuple[tuple[str, str], ...]

    def derivatives_text(self, name: str = "derivatives") -> str:
        """Return the readable straight-line function `derivatives(time, states, constants, inputs)`."""
        text = f'def {name}(time, states, constants, inputs):\n    """Rates of change of every state."""\n'
        text += unpack(self.states, "states", "    ") + unpack(self.constants, "constants", "    ")
        text += unpack(self.inputs, "inputs", "    ") + Lines(self.assignments).text("    ")
        joined = "".join(f"        {rate},  # {state}\n" for state, rate in zip(self.states, self.rates, strict=True))
        return f"{text}    return [\n{joined}    ]\n"

    def starts_text(self, name: str = "starts") -> str:
        """Return the function `starts(constants, inputs)` that gives the state at the start."""
        text = f'def {name}(constants, inputs):\n    """Initial value of every state."""\n'
        text += unpack(self.constants, "constants", "    ") + unpack(self.inputs, "inputs", "    ")
        text += Lines(self.starts).text("    ")
        given = {state for state, _ in self.starts}
        joined = ", ".join(state if state in given else "0.0" for state in self.states)
        return f"{text}    return [{joined}]\n"


@dataclass(frozen=True)
class Lines:
    """Straight-line code: assignments in causal order, and the names they need."""

    assignments: tuple[tuple[str, str], ...]

    def text(self, indent: str) -> str:
        """Return the assignments, one a line."""
        return "".join(f"{indent}{name} = {expression}\n" for name, expression in self.assignments)


def compiled(name: str, text: str, words: Mapping[str, Any]) -> Callable[..., Any]:
    """Turn source text into a function whose tracebacks quote that text.

    `exec` runs only text that was emitted from parsed equations of this package or of a
    caller's own Python modules, never anything read from a scenario file; `linecache`
    holds the text so that a traceback shows the failing line.
    """
    filename = f"<equations:{name}:{hash(text) & 0xFFFFFFFF:08x}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    space: dict[str, Any] = dict(words)
    exec(compile(text, filename, "exec"), space)  # noqa: S102 - see above
    function: Callable[..., Any] = space[name]
    return function


def unpack(names: Iterable[str], array: str, indent: str) -> str:
    """Return the line that unpacks a sequence into names."""
    joined = ", ".join(names)
    return f"{indent}({joined},) = {array}\n" if joined else ""


class Lifter(ast.NodeTransformer):
    """Replace every part of a formula that depends on constants alone by one name.

    `x ** y` with a lifted y keeps its form; parts that are a single name or number stay.
    """

    def __init__(self, constants: set[str]) -> None:
        """Start with the names that do not change during a run."""
        self.constants = constants
        self.lifted: dict[str, str] = {}

    def visit(self, node: ast.AST) -> ast.AST:
        """Lift the largest constant part, else look inside."""
        if isinstance(node, (ast.BinOp, ast.Call, ast.UnaryOp)) and self._is_constant(node):
            text = ast.unparse(node)
            name = self.lifted.setdefault(text, f"lifted_{len(self.lifted)}")
            return ast.copy_location(ast.Name(name, ast.Load()), node)
        if isinstance(node, ast.Call):
            node.args = [self.visit(argument) for argument in node.args]  # type: ignore[misc]
            return node
        return self.generic_visit(node)

    def _is_constant(self, node: ast.AST) -> bool:
        names = [part.id for part in ast.walk(node) if isinstance(part, ast.Name)]
        calls = [part.func for part in ast.walk(node) if isinstance(part, ast.Call)]
        words = [function.id for function in calls if isinstance(function, ast.Name)]
        return bool(names) and all(name in self.constants or name in words for name in names)


def lift(assignments: Iterable[tuple[str, str]], constants: Iterable[str]) -> tuple[Lines, Lines]:
    """Split assignments into those done once a run and those done at every instant.

    Nothing is regrouped, so the numbers stay bit for bit those of the formulas as written: the
    reference needs that. The compiled engine regroups for speed; see `integrate/lifting.py`.

    Returns:
        The prelude (constant quantities and lifted parts) and the rest, rewritten.
    """
    fixed = set(constants)
    prelude: list[tuple[str, str]] = []
    rest: list[tuple[str, str]] = []
    lifter = Lifter(fixed)
    for name, expression in assignments:
        tree = ast.parse(expression, mode="eval")
        if lifter._is_constant(tree.body):  # noqa: SLF001 - same module
            prelude.append((name, expression))
            fixed.add(name)
            continue
        before = len(lifter.lifted)
        lifted = ast.unparse(lifter.visit(tree.body))
        prelude += [(key, text) for text, key in list(lifter.lifted.items())[before:]]
        rest.append((name, lifted))
    return Lines(tuple(prelude)), Lines(tuple(rest))
