"""The march of many members through few lanes, and what is written down on the way.

Every lane carries one member; one that arrives or fails leaves its lane to the next in the queue.
So no member waits for another or notices it: its numbers are the same, bit for bit, whoever else
runs.
"""

from __future__ import annotations

from math import inf, nan
from typing import NamedTuple

from simulator.integrate.board import (
    ACCEPTED,
    ARRIVAL,
    ARRIVED,
    AS_GIVEN,
    ATTEMPTS,
    BEFORE,
    BEGIN,
    CALLS,
    CHANGES,
    COUNT_ROWS,
    DUE,
    EMPTY,
    END,
    ENTERING,
    FAILED,
    FILLED,
    FIXED,
    INPUT_COUNT,
    LENGTH,
    LEVELS,
    MEMBER,
    PACE,
    PHASE,
    RATES,
    REJECTED,
    SEGMENT,
    SHARE,
    SLOPES,
    STATE_COUNT,
    STATES,
    STEP,
    STEPPING,
    TIME,
    TRIAL,
    WEIGHTS,
    WIDTH,
    Counts,
    Flags,
    Numbers,
    P,
    prelude,
    starts,
)
from simulator.integrate.stepping import tick
from simulator.integrate.words import maximum, minimum

# --- The equations end here; what follows is the same for every model. ---


class Task(NamedTuple):
    """What all members share, and where their results go."""

    constants: Numbers
    edges: Numbers
    levels: Numbers
    slopes: Numbers
    jumps: Flags
    times: Numbers
    kept: Counts
    absolute: Numbers
    relative: float
    most_attempts: int
    found: Numbers
    evaluations: Counts
    failed: Flags


def march(  # noqa: PLR0913, PLR0917 - compiled code takes plain arrays
    board: Numbers,
    counts: Counts,
    sample: Numbers,
    first: int,
    last: int,
    constants: Numbers,
    edges: Numbers,
    levels: Numbers,
    slopes: Numbers,
    jumps: Flags,
    times: Numbers,
    kept: Counts,
    absolute: Numbers,
    relative: float,
    most_attempts: int,
    found: Numbers,
    evaluations: Counts,
    failed: Flags,
) -> None:
    """Integrate the members from `first` up to `last`."""
    task = Task(
        constants,
        edges,
        levels,
        slopes,
        jumps,
        times,
        kept,
        absolute,
        relative,
        most_attempts,
        found,
        evaluations,
        failed,
    )
    queue, busy = first, 0
    for lane in range(WIDTH):
        if queue < last:
            seat(lane, queue, board, counts, task)
            queue += 1
            busy += 1
    while busy > 0:
        tick(board, counts, absolute, relative)
        record(board, counts, times, kept, found, sample)
        for lane in range(WIDTH):
            if counts[ACCEPTED, lane]:
                arrive(lane, board, counts, task)
            if counts[ATTEMPTS, lane] >= most_attempts and counts[PHASE, lane] == STEPPING:
                counts[PHASE, lane] = FAILED
            if counts[PHASE, lane] >= FAILED:
                leave(lane, board, counts, task)
                if queue < last:
                    seat(lane, queue, board, counts, task)
                    queue += 1
                else:
                    busy -= 1


def seat(lane: int, member: int, board: Numbers, counts: Counts, task: Task) -> None:
    """Give a lane to a member, at the start of its run."""
    for row in range(COUNT_ROWS):
        counts[row, lane] = 0
    counts[MEMBER, lane] = member
    constants = task.constants[member]
    for place in range(len(AS_GIVEN)):
        board[(FIXED + place) * WIDTH + lane] = constants[AS_GIVEN[place]]
    prelude(constants, board, lane)
    starts(constants, task.levels[0], board, lane)
    for state in range(STATE_COUNT):
        board[(RATES + state) * WIDTH + lane] = 0.0
    while counts[FILLED, lane] < len(task.times) and task.times[counts[FILLED, lane]] <= task.edges[0]:
        for place in range(len(task.kept)):
            task.found[member, counts[FILLED, lane], place] = board[(STATES + task.kept[place]) * WIDTH + lane]
        counts[FILLED, lane] += 1
    board[PACE * WIDTH + lane] = 0.0
    enter(lane, board, counts, task)


def enter(lane: int, board: Numbers, counts: Counts, task: Task) -> None:
    """Begin a stretch between two kinks of the inputs.

    The pace of the stretch before is kept; where no input jumps, so are the rates at its end.
    """
    segment = counts[SEGMENT, lane]
    counts[PHASE, lane] = ENTERING if task.jumps[segment] else STEPPING
    counts[REJECTED, lane] = 0
    counts[CALLS, lane] += 1  # of the rates at the beginning, known or not
    longest = task.edges[segment + 1] - task.edges[segment]
    board[STEP * WIDTH + lane] = minimum(board[PACE * WIDTH + lane], longest)
    board[BEFORE * WIDTH + lane] = board[PACE * WIDTH + lane]
    board[TIME * WIDTH + lane] = task.edges[segment]
    board[BEGIN * WIDTH + lane] = task.edges[segment]
    board[END * WIDTH + lane] = task.edges[segment + 1]
    for place in range(INPUT_COUNT):
        board[(LEVELS + place) * WIDTH + lane] = task.levels[segment, place]
        board[(SLOPES + place) * WIDTH + lane] = task.slopes[segment, place]


def arrive(lane: int, board: Numbers, counts: Counts, task: Task) -> None:
    """Adopt an accepted step; enter the next segment where one ends."""
    board[TIME * WIDTH + lane] = board[ARRIVAL * WIDTH + lane]
    length, before = board[LENGTH * WIDTH + lane], board[BEFORE * WIDTH + lane]
    board[BEFORE * WIDTH + lane] = length
    if board[TIME * WIDTH + lane] < board[END * WIDTH + lane]:
        return
    board[PACE * WIDTH + lane] = maximum(length, before)  # the last step may have been cut short
    counts[SEGMENT, lane] += 1
    if counts[SEGMENT, lane] + 1 < len(task.edges):
        enter(lane, board, counts, task)
    else:
        counts[PHASE, lane] = ARRIVED


def leave(lane: int, board: Numbers, counts: Counts, task: Task) -> None:
    """Write down how a member fared, and free its lane."""
    member = counts[MEMBER, lane]
    task.evaluations[member] = counts[CALLS, lane]
    finite = counts[PHASE, lane] == ARRIVED
    for state in range(STATE_COUNT):
        finite = finite and abs(board[(STATES + state) * WIDTH + lane]) < inf
    if not finite:
        task.failed[member] = True
        for time in range(len(task.times)):
            for place in range(len(task.kept)):
                task.found[member, time, place] = nan
    counts[PHASE, lane] = EMPTY


def record(board: Numbers, counts: Counts, times: Numbers, kept: Counts, found: Numbers, sample: Numbers) -> None:
    """Write down what was wanted on the way of the accepted steps, then adopt them."""
    while wanted(board, counts, times):
        for place in range(len(kept)):
            state = kept[place] & 0xFFFF  # shows the compiler that it is not negative
            for lane in range(WIDTH):
                total = 0.0
                for stage in range(7):
                    weight = board[(WEIGHTS + stage) * WIDTH + lane]
                    total += weight * board[(RATES + stage * STATE_COUNT + state) * WIDTH + lane]
                step = board[LENGTH * WIDTH + lane] * total
                sample[place * WIDTH + lane] = board[(STATES + state) * WIDTH + lane] + step
        for lane in range(WIDTH):
            if counts[DUE, lane]:
                row = found[counts[MEMBER, lane], counts[FILLED, lane]]
                for place in range(len(kept)):
                    row[place] = sample[place * WIDTH + lane]
                counts[FILLED, lane] += 1
    for state in range(STATE_COUNT):
        for lane in range(WIDTH):
            moved = counts[ACCEPTED, lane] == 1
            value, trial = board[(STATES + state) * WIDTH + lane], board[(TRIAL + state) * WIDTH + lane]
            first, last = board[(RATES + state) * WIDTH + lane], board[(CHANGES + state) * WIDTH + lane]
            board[(STATES + state) * WIDTH + lane] = trial if moved else value
            board[(RATES + state) * WIDTH + lane] = last if moved else first


def wanted(board: Numbers, counts: Counts, times: Numbers) -> bool:
    """Set the weights of the interpolating polynomial at each lane's next wanted time, if any."""
    found = False
    for lane in range(WIDTH):
        filled, due = counts[FILLED, lane], False
        if counts[ACCEPTED, lane] and filled < len(times) and times[filled] <= board[ARRIVAL * WIDTH + lane]:
            found = due = True
            share = (times[filled] - board[TIME * WIDTH + lane]) / board[LENGTH * WIDTH + lane]
            board[SHARE * WIDTH + lane] = share
        counts[DUE, lane] = due
    if found:
        for stage in range(7):
            p0, p1, p2, p3 = P[stage]
            for lane in range(WIDTH):
                x = board[SHARE * WIDTH + lane]
                board[(WEIGHTS + stage) * WIDTH + lane] = x * (p0 + x * (p1 + x * (p2 + x * p3)))
    return found
