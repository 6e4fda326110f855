"""Taking turns: every peer once a round, so that a busy moment of the machine strikes all alike."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.peers import Peer
    from benchmarks.problem import Problem


@dataclass
class Measured:
    """What was found about one peer.

    Attributes:
        rates: members a second of processor time, one a round.
        error: the worst over the judged members; see `Problem.error`.
    """

    name: str
    members: int
    judged: int
    error: float
    rates: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """The median over rounds."""
        return median(self.rates) if self.rates else float("nan")


def compare(
    peers: Sequence[Peer], problem: Problem, *, rounds: int, seconds: float, judging: float, tell: Callable[[str], None]
) -> list[Measured]:
    """Judge every peer, then time all of them in turns.

    Args:
        seconds: roughly how long one peer's turn takes.
        judging: roughly how long one peer may take to be judged; slow ones are judged on fewer members.
        tell: told what is going on.
    """
    found = []
    for peer in peers:
        judged = min(len(problem.truth), max(int(judging * peer.speed), 2))
        given = max(judged, peer.batch)
        tell(f"judging {peer.name}")
        states = peer.run(problem.constants[:given])[:judged]
        members = min(max(round(seconds * peer.speed), peer.batch), len(problem.constants))
        found.append(Measured(peer.name, members, judged, problem.error(states)))
        if members != given:
            peer.run(problem.constants[:members])  # once for nothing: JAX compiles for each shape
    for number in range(rounds):
        for peer, measured in zip(peers, found, strict=True):
            tell(f"round {number + 1} of {rounds}: {peer.name}")
            begun = time.process_time()
            peer.run(problem.constants[: measured.members])
            measured.rates.append(measured.members / (time.process_time() - begun))
    return found
