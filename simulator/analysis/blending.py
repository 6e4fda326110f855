"""Blends of policies: each carried out in part, the changes they make to levers added up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.fentanyl import fentanyl_model
from simulator.integrate.tracks import Tracks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.analysis.question import Question

Array = np.ndarray[Any, np.dtype[np.float64]]

_INSTANT = 1e-9  # years: dates no further apart are one
_NONE = 0.005  # a smaller share rounds to nothing


@dataclass(frozen=True, eq=False)
class Blender:
    """What policies change of their base, ready to be added up.

    Attributes:
        policies: names.
        edges: every kink or jump of any of them, in decimal years; shape (segment + 1,).
        base_levels, base_slopes: of the base; shape (segment, input).
        levels, slopes: what each policy adds at full scale; shape (policy, segment, input).
        least, most: what levers allow; shape (input,).
    """

    policies: tuple[str, ...]
    edges: Array
    base_levels: Array
    base_slopes: Array
    levels: Array
    slopes: Array
    least: Array
    most: Array

    @classmethod
    def of(cls, policies: Sequence[str], base: str, question: Question) -> Blender:
        """Return the blender of policies that start from the same base, to the last year of a question.

        Raises:
            SimulatorError: for a name that is no policy.
        """
        every = [question.tracks_of(name) for name in (base, *policies)]
        edges = _merged([each.edges for each in every])
        levels = np.stack([[each.at(edge) for edge in edges[:-1]] for each in every])
        middles = (edges[:-1] + edges[1:]) / 2
        halves = ((edges[1:] - edges[:-1]) / 2)[:, None]
        slopes = np.stack([[each.at(middle) for middle in middles] for each in every])
        slopes = (slopes - levels) / halves
        model = fentanyl_model()
        limits = [model.parameters[name].limits or (-np.inf, np.inf) for name in model.inputs]
        least, most = np.array(limits, float).T
        return cls(
            tuple(policies), edges, levels[0], slopes[0], levels[1:] - levels[0], slopes[1:] - slopes[0], least, most
        )

    def blend(self, shares: Array) -> Tracks:
        """Return the base plus so much of each policy, within what levers allow.

        Args:
            shares: 0 (nothing) to 1 (as written) of each policy; shape (policy,).
        """
        length = np.diff(self.edges)[:, None]
        start = self.base_levels + np.tensordot(shares, self.levels, 1)
        end = start + (self.base_slopes + np.tensordot(shares, self.slopes, 1)) * length
        start, end = np.clip(start, self.least, self.most), np.clip(end, self.least, self.most)
        return Tracks(self.edges, start, (end - start) / length)


def _merged(edges: Sequence[Array]) -> Array:
    """Return all dates in order, those no further apart than an instant once."""
    ordered = np.unique(np.concatenate(edges))
    return np.asarray(ordered[np.concatenate([[True], np.diff(ordered) > _INSTANT])])


def told(policies: Sequence[str], shares: Sequence[float]) -> str:
    """Return a blend in words: per cent of each policy that has a part in it."""
    parts = [f"{100 * share:.0f} % {name}" for name, share in zip(policies, shares, strict=True) if share >= _NONE]
    return ", ".join(parts) or "none of them"
