"""What is wrong, where, and what to do about it.

Every fault a user can cause is a `Problem`; all of them are gathered before one
`SimulatorError` is raised, so that nobody mends a file one line at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: its place, what is wrong there, and the remedy (both sentences)."""

    place: str
    fault: str
    remedy: str = ""

    def __str__(self) -> str:
        """Return `place: fault remedy`, the form in which users read it."""
        return f"{self.place}: {self.fault} {self.remedy}".rstrip()


class SimulatorError(Exception):
    """Something the user can put right; the text lists every problem, one a line."""

    def __init__(self, problems: Sequence[Problem], title: str = "") -> None:
        """Keep the problems and join them below the title."""
        self.problems = tuple(problems)
        self.title = title
        lines = ([title] if title else []) + [str(problem) for problem in self.problems]
        super().__init__("\n".join(lines))


class NumbersFailedError(SimulatorError):
    """A run left the finite numbers: not the user's spelling but the model's behaviour."""


def refuse(problems: Sequence[Problem], title: str = "") -> None:
    """Raise `SimulatorError` if there is any problem; the one place that raises.

    Raises:
        SimulatorError: when `problems` is not empty.
    """
    if problems:
        raise SimulatorError(problems, title)


def nearest(name: str, known: Iterable[str]) -> str:
    """Return `Did you mean "x"?` for the closest known name, or an empty string."""
    matches = get_close_matches(str(name), [str(k) for k in known], n=1, cutoff=0.6)
    return f'Did you mean "{matches[0]}"?' if matches else ""
