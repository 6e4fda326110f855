"""XMILE: the model as the interchange format of system dynamics, for Stella, PySD, Simlin and others.

One element for every stock, flow, auxiliary and number, with its sentence and its unit, so that
whoever opens the file reads what we read. The form of the standard is XMILE 1.0 (OASIS, 2015).
"""

from __future__ import annotations

import ast
from importlib.metadata import version
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import numpy as np

from simulator.errors import Problem, refuse
from simulator.language import OUTSIDE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from simulator.integrate.tracks import Tracks
    from simulator.language import Equation
    from simulator.model import Model
    from simulator.parameters import Parameter

NAMESPACE = "http://docs.oasis-open.org/xmile/ns/XMILE/v1.0"

#: What the words and signs of our language are called there.
WORDS = {"minimum": "MIN", "maximum": "MAX", "exp": "EXP", "log": "LN", "sqrt": "SQRT"}
SIGNS: dict[type[ast.operator], tuple[str, int]] = {
    ast.Add: ("+", 1),
    ast.Sub: ("-", 1),
    ast.Mult: ("*", 2),
    ast.Div: ("/", 2),
    ast.Pow: ("^", 3),
}

#: Names that mean something else there.
TAKEN = frozenset(
    """
    abs and arccos arcsin arctan cos delay delay1 delay3 delayn dt else exp exprnd final_time forcst if inf init
    initial_time int ln log10 lognormal max mean min mod not or pi poisson previous pulse ramp random saveper self
    sin size smth1 smth3 smthn sqrt starttime step stoptime sum tan then time time_step trend
    """.split()  # noqa: SIM905 - easier to read
)

#: A jump is drawn as a line this steep (years; half a minute), since a graph has one value at a time.
JUMP = 1e-6

#: Two values nearer than this, relative to the larger, are one: it is the rounding of a straight line.
ROUNDING = 1e-12


def xmile(model: Model, tracks: Tracks, constants: NDArray[np.float64], *, steps_a_year: int = 48) -> str:
    """Return a model as the text of an XMILE file.

    Args:
        model: every equation and number of which becomes an element.
        tracks: the course of the inputs: graphical functions of time where they move, else numbers.
        constants: one value for each of `model.constants`.
        steps_a_year: how finely others are asked to integrate (fourth-order Runge-Kutta).

    Raises:
        SimulatorError: naming each quantity whose name means something else in XMILE.
    """
    taken = [name for name in (*model.equations, *model.parameters) if name.lower() in TAKEN]
    refuse([Problem(name, "The name means something else in XMILE.", "Choose another.") for name in taken])
    root = ET.Element("xmile", {"version": "1.0", "xmlns": NAMESPACE})
    header = ET.SubElement(root, "header")
    own_version = version("fentanyl-policy-simulator")
    _put(header, "vendor", "The fentanyl policy simulator authors")
    _put(header, "product", "Fentanyl policy simulator", {"version": own_version, "lang": "en"})
    specs = ET.SubElement(root, "sim_specs", {"method": "RK4", "time_units": "year"})
    _put(specs, "start", repr(float(tracks.edges[0])))
    _put(specs, "stop", repr(float(tracks.edges[-1])))
    _put(specs, "dt", str(steps_a_year), {"reciprocal": "true"})
    variables = ET.SubElement(ET.SubElement(root, "model"), "variables")
    for equation in model.equations.values():
        _add_equation(variables, equation, model)
    for name, value in zip(model.constants, constants.tolist(), strict=True):
        _put(_element(variables, "aux", model.parameters[name]), "eqn", repr(value))
    for place, name in enumerate(model.inputs):
        _add_input(_element(variables, "aux", model.parameters[name]), tracks, place)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def formula(expression: str) -> str:
    """Return a formula of our language as XMILE writes it.

    >>> formula("patience * minimum(queue, 1) ** (-2)")
    'patience * MIN(queue, 1) ^ (-2)'
    """
    return _spelt(ast.parse(expression, mode="eval").body)


def _spelt(node: ast.expr) -> str:
    """Return a part of a formula, with every parenthesis that another reader could need."""
    if isinstance(node, ast.BinOp):
        sign, rank = SIGNS[type(node.op)]
        return f"{_enclosed(node.left, rank)} {sign} {_enclosed(node.right, rank + 1)}"
    if isinstance(node, ast.UnaryOp):
        sign = "-" if isinstance(node.op, ast.USub) else "+"
        return sign + _enclosed(node.operand, len(SIGNS))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return f"{WORDS[node.func.id]}({', '.join(map(_spelt, node.args))})"
    return ast.unparse(node)


def _enclosed(node: ast.expr, rank: int) -> str:
    """Return an operand, in parentheses unless it binds at least as tightly as `rank` demands.

    Tools differ on `a ^ b ^ c` and `-a ^ b`, so both are always in parentheses.
    """
    own = SIGNS[type(node.op)][1] if isinstance(node, ast.BinOp) else 0
    loose = isinstance(node, (ast.BinOp, ast.UnaryOp)) and (own < rank or isinstance(node, ast.UnaryOp))
    nested = isinstance(node, ast.BinOp) and rank >= SIGNS[ast.Pow][1]
    return f"({_spelt(node)})" if loose or nested else _spelt(node)


def _add_equation(variables: ET.Element, equation: Equation, model: Model) -> None:
    tag = {"auxiliary": "aux"}.get(equation.kind, equation.kind)
    element = _element(variables, tag, equation)
    _put(element, "eqn", formula(equation.expression))
    if equation.kind == "stock":
        pipes = [model.equations[name] for name in model.flows]
        for pipe in pipes:
            if equation.name == pipe.enters != OUTSIDE:
                _put(element, "inflow", pipe.name)
        for pipe in pipes:
            if equation.name == pipe.leaves != OUTSIDE:
                _put(element, "outflow", pipe.name)


def _add_input(element: ET.Element, tracks: Tracks, place: int) -> None:
    points = list(_points(tracks, place))
    if len({value for _, value in points}) == 1:
        _put(element, "eqn", repr(points[0][1]))
        return
    _put(element, "eqn", "TIME")
    graph = ET.SubElement(element, "gf", {"type": "continuous"})
    _put(graph, "xpts", ",".join(repr(date) for date, _ in points))
    _put(graph, "ypts", ",".join(repr(value) for _, value in points))


def _points(tracks: Tracks, place: int) -> Iterator[tuple[float, float]]:
    """Yield the dates and values between which an input moves in straight lines."""
    edges, levels, slopes = tracks.edges.tolist(), tracks.levels[:, place].tolist(), tracks.slopes[:, place].tolist()
    ends = [
        level + slope * (edges[n + 1] - edges[n]) for n, (level, slope) in enumerate(zip(levels, slopes, strict=True))
    ]
    yield edges[0], levels[0]
    for segment in range(1, len(levels)):
        date, before, after = edges[segment], ends[segment - 1], levels[segment]
        jumps = abs(after - before) > ROUNDING * max(abs(before), abs(after))
        if jumps:
            yield date - JUMP, before - slopes[segment - 1] * JUMP
        if jumps or slopes[segment] != slopes[segment - 1]:
            yield date, after
    yield edges[-1], ends[-1]


def _element(variables: ET.Element, tag: str, thing: Equation | Parameter) -> ET.Element:
    """Add what is known of a quantity beside its formula."""
    element = ET.SubElement(variables, tag, {"name": thing.name})
    _put(element, "doc", thing.meaning if thing.source is None else f"{thing.meaning} Source: {thing.source}")
    _put(element, "units", thing.unit)
    return element


def _put(parent: ET.Element, tag: str, text: str, attributes: dict[str, str] | None = None) -> None:
    ET.SubElement(parent, tag, attributes or {}).text = text
