"""Fact checks: figures that are quoted, against the record, by arithmetic alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.errors import Problem, SimulatorError
from simulator.record import record

if TYPE_CHECKING:
    from simulator.debate.claims import Fact, Figure

#: A quoted figure stands where it is no further than this from the figure like for like.
NEAR = 0.10


@dataclass(frozen=True, slots=True)
class Checked:
    """A quoted figure, checked.

    Attributes:
        fact: what is said.
        actual: the figure like for like.
        origin: what the quoted figure was made from.
    """

    fact: Fact
    actual: float
    origin: float

    @property
    def stands(self) -> bool:
        """Whether the quoted figure is within a tenth of the figure like for like; what nobody claimed stands."""
        return self.fact.claimed is None or abs(self.fact.claimed / self.actual - 1) <= NEAR


def checked(fact: Fact) -> Checked:
    """Work out a fact from the record."""
    return Checked(fact, worth(fact.like_for_like), worth(fact.comes_from))


def worth(figure: Figure) -> float:
    """Return a figure of the record: a value less amounts, over another where it is a ratio.

    Raises:
        SimulatorError: where the record has not exactly one such value.
    """
    found = record(figure.series)
    rows = [
        value
        for start, value, measure in zip(found.starts, found.values, found.measures, strict=True)
        if start == figure.year and figure.measure in (None, measure)
    ]
    if len(rows) != 1:
        fault = f"{len(rows)} values of {figure.year} fit."
        raise SimulatorError([Problem(figure.series, fault, "Name the measure, or another year.")])
    value = float(rows[0]) - sum(figure.less)
    return value / worth(figure.over) if figure.over is not None else value


def arithmetic(figure: Figure) -> str:
    """Return a figure as a sum that a reader can follow, each number with its series and year."""
    top = f"{_plain(worth(figure.model_copy(update={'over': None, 'less': ()})))} ({_named(figure)})"
    for each in figure.less:
        top += f" − {_plain(each)}"
    if figure.over is None:
        return top
    top = f"({top})" if figure.less else top
    return f"{top} / {arithmetic(figure.over)} = {worth(figure):.3g}"


def _named(figure: Figure) -> str:
    return f"{figure.series}, {figure.year}" + (f", {figure.measure}" if figure.measure else "")


def _plain(value: float) -> str:
    return f"{value:,.0f}"
