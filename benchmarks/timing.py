"""Taking turns: every peer once a round, so that a busy moment of the machine strikes all alike."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.peers import Peer
    from benchmarks.problem import Array, Problem


#: Members handed over at a time: few enough that their results find memory already in use. Fresh memory can
#: cost a virtual machine as much as the integration, and whoever runs first would pay for all.
CALL = 256

#: Members a second above which a warm-up is worth its while.
FAST = 100


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
    """Judge every peer, then time all of them in turns, from first to last and back.

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
        members = min(max(round(seconds * peer.speed), given), len(problem.constants))
        found.append(Measured(peer.name, members, judged, problem.error(states)))
    turns = list(zip(peers, found, strict=True))
    for number in range(rounds):
        tell(f"round {number + 1} of {rounds}")
        for peer, measured in turns if number % 2 == 0 else reversed(turns):
            calls = _calls(problem.constants, measured.members, max(CALL, peer.batch))
            if peer.speed > FAST:
                peer.run(calls[0])  # once for nothing: caches and memory
            begun = time.process_time()
            for members in calls:
                peer.run(members)
            measured.rates.append(sum(map(len, calls)) / (time.process_time() - begun))
    return found


def _calls(constants: Array, members: int, most: int) -> list[Array]:
    """Cut members into calls of equal size."""
    size = min(members, most)
    return [constants[first : first + size] for first in range(0, members - size + 1, size)]
