"""Numbers that hold still in the model, made to move at a date: for experiments that others have published.

A published experiment says, for example, that from 2022 on relapse is a fifth rarer. In the
model the rate of relapse is a constant. Here every mention of such a number is multiplied by
a new lever that stands at 1, and moves when the experiment says so; nothing else changes,
and while all levers stand at 1 the model is the shipped one.
"""

from __future__ import annotations

import ast
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from simulator.integrate.tracks import Tracks
from simulator.model import Model
from simulator.parameters import Parameter, unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: The lever that multiplies a number is called by this, and by the number.
PREFIX = "multiplier_of_"


def movable(model: Model, names: Iterable[str]) -> Model:
    """Return a model in which each of these numbers is multiplied by a lever that stands at 1.

    Args:
        model: left as it is.
        names: parameters of any role.

    Raises:
        SimulatorError: for a name that is no parameter, with the nearest one.
    """
    wanted = tuple(dict.fromkeys(names))
    for name in wanted:
        if name not in model.parameters:
            raise unknown(name, dict(model.parameters))
    multiplied = _Multiplied(frozenset(wanted))
    equations = {}
    for name, equation in model.equations.items():
        here = [each for each in wanted if each in equation.causes]
        if here:
            formula = ast.unparse(multiplied.visit(ast.parse(equation.expression, mode="eval")))
            causes = (*equation.causes, *(PREFIX + each for each in here))
            equations[name] = replace(equation, expression=formula, causes=causes)
        else:
            equations[name] = equation
    levers = {PREFIX + name: _lever(model.parameters[name]) for name in wanted}
    return Model(MappingProxyType(equations), MappingProxyType({**model.parameters, **levers}))


def ramped(model: Model, tracks: Tracks, factors: Mapping[str, float], start: float, over: float) -> Tracks:
    """Return tracks on which levers of `movable` go from 1 to their factors in a straight line, and stay.

    Args:
        model: what `movable` returned.
        tracks: of that model, such as its history.
        factors: by the number that each multiplies.
        start: decimal year in which the ramp begins.
        over: its length in years; nothing for a step.
    """
    end = start + over
    edges = np.union1d(tracks.edges, [start, end])
    edges = edges[(edges >= tracks.edges[0]) & (edges <= tracks.edges[-1])]
    starts = edges[:-1]
    levels = np.array([tracks.at(edge) for edge in starts])
    slopes = tracks.slopes[np.searchsorted(tracks.edges, starts, side="right") - 1].copy()
    for name, factor in factors.items():
        column = model.inputs.index(PREFIX + name)
        share = np.clip((starts - start) / over, 0, 1) if over else (starts >= start).astype(float)
        levels[:, column] = 1 + (factor - 1) * share
        slopes[:, column] = np.where((starts >= start) & (starts < end), (factor - 1) / over if over else 0.0, 0.0)
    return Tracks(edges, levels, slopes)


class _Multiplied(ast.NodeTransformer):
    """Replaces a name by the name times its lever."""

    def __init__(self, names: frozenset[str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id not in self.names:
            return node
        return ast.BinOp(node, ast.Mult(), ast.Name(PREFIX + node.id, ast.Load()))


def _lever(number: Parameter) -> Parameter:
    return Parameter(
        name=PREFIX + number.name,
        sector=number.sector,
        meaning=f"What multiplies {number.name} in a replayed experiment.",
        unit="1",
        value=1.0,
        role="lever",
        source="assumption",
        note="It stands at 1 unless an experiment moves it.",
    )
