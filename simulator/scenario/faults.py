"""Gathering the faults of one file, each with its line, so that all are told at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from simulator.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Where something stands in a file: `("changes", 0, "set")`.
Place = tuple[str | int, ...]

_LONGEST = 60


class Faults:
    """The faults found so far in one file.

    A place about which something was said stays quiet afterwards: an amount that YAML
    read as false is not reported a second time as missing.
    """

    def __init__(self, file: str, lines: Mapping[str, int] | None = None) -> None:
        """Start with no fault; `lines` are the lines of the places, as `spelt`."""
        self.file = file
        self.lines = dict(lines or {})
        self._found: list[tuple[int, Problem]] = []
        self._quiet: set[Place] = set()
        self._around: set[Place] = set()

    def add(self, place: Place, fault: str, remedy: str = "", *, line: int = 0, again: bool = False) -> None:
        """Keep a fault of `place`, unless something was said about it already (or `again`)."""
        if not again and self.is_quiet(place):
            return
        if not again:
            self._quiet.add(place)
            self._around.update(place[:length] for length in range(len(place)))
        line = line or self._line(place)
        where = f"{self.file}:{line}" if line else self.file
        self._found.append((line, Problem(f"{where}: {spelt(place)}" if place else where, fault, remedy)))

    def is_quiet(self, place: Place) -> bool:
        """Whether this place, or one that encloses it, has its fault already."""
        return any(place[:length] in self._quiet for length in range(1, len(place) + 1))

    def is_clean(self, place: Place) -> bool:
        """Whether nothing was said about this place, what encloses it or what is in it."""
        return not self.is_quiet(place) and place not in self._around

    @property
    def problems(self) -> list[Problem]:
        """Everything found, from the top of the file to its end."""
        return [problem for _, problem in sorted(self._found, key=lambda pair: pair[0])]

    def _line(self, place: Place) -> int:
        """Return the line of the place, or of the nearest one that encloses it and is in the file."""
        spellings = (spelt(place[:length]) for length in range(len(place), -1, -1))
        return next((self.lines[spelling] for spelling in spellings if spelling in self.lines), 0)


def spelt(place: Place) -> str:
    """Write a place as people do: `changes[0].set`."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{_plain(part)}" for part in place]
    return "".join(parts).removeprefix(".")


def _plain(key: str) -> str:
    return key if re.fullmatch(r"[\w-]{1,40}", key) else f'"{shown(key)}"'


def shown(value: object) -> str:
    """Return a value as it may stand in a sentence: on one line, and short."""
    text = " ".join(str(value).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
