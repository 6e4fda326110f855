"""One attempted step in every lane: Dormand and Prince's method, as `scipy.integrate.RK45` has it.

Each lane has its own time and its own step. A tick is six evaluations of the derivatives: one
attempted step or, for a lane that begins its run, the choice of its first step, which takes two of
the six, or for one whose inputs have jumped, a look at its new rates, which takes one. Error
estimate, step control and first step are scipy's to the letter.
"""

from __future__ import annotations

from math import inf, sqrt

import numpy as np

from simulator.integrate.board import (
    ACCEPTED,
    ARRIVAL,
    ATTEMPTS,
    BEGIN,
    CALLS,
    CHANGES,
    ELAPSED,
    END,
    ENTERING,
    ERROR_EXPONENT,
    FAILED,
    LENGTH,
    LENGTHS,
    MAX_FACTOR,
    MIN_FACTOR,
    NORM,
    PACE,
    PHASE,
    RATES,
    REJECTED,
    SAFETY,
    STATE_COUNT,
    STATES,
    STEP,
    STEPPING,
    TIME,
    TRIAL,
    WIDTH,
    A,
    B,
    C,
    Counts,
    E,
    Numbers,
    derivatives,
)
from simulator.integrate.words import maximum, minimum

# --- The equations end here; what follows is the same for every model. ---


def tick(board: Numbers, counts: Counts, absolute: Numbers, relative: float) -> None:
    """Attempt one step in every lane, or choose the first."""
    choose_lengths(board, counts)
    evaluate(board, A[1], C[1])
    look_at_first_rates(board, counts, absolute, relative)
    evaluate(board, A[2], C[2])
    choose_first_step(board, counts, absolute, relative)
    evaluate(board, A[3], C[3])
    evaluate(board, A[4], C[4])
    evaluate(board, A[5], C[5])
    evaluate(board, B, 1.0)
    measure(board, absolute, relative)
    judge(board, counts)


def choose_lengths(board: Numbers, counts: Counts) -> None:
    """Clip each step to the end of its segment; a step below the spacing of numbers fails."""
    for lane in range(WIDTH):
        length = 0.0
        counts[ACCEPTED, lane] = 0
        if counts[PHASE, lane] == STEPPING:
            time, step = board[TIME * WIDTH + lane], board[STEP * WIDTH + lane]
            smallest = 10 * spacing(time)
            if step < smallest and counts[REJECTED, lane]:
                counts[PHASE, lane] = FAILED
            else:
                arrival, end = time + maximum(step, smallest), board[END * WIDTH + lane]
                board[ARRIVAL * WIDTH + lane] = minimum(arrival, end)
                length = board[ARRIVAL * WIDTH + lane] - time
        board[LENGTH * WIDTH + lane] = length
    for state in range(STATE_COUNT):
        for lane in range(WIDTH):
            board[(LENGTHS + state) * WIDTH + lane] = board[LENGTH * WIDTH + lane]


def spacing(time: float) -> float:
    """Return the distance from a time to the next number."""
    return abs(np.int64(np.float64(time).view(np.int64) + 1).view(np.float64) - time)


def evaluate(board: Numbers, weights: tuple[float, ...], share: float) -> None:
    """Evaluate the derivatives at one more stage of the step, from the stages before it."""
    for place in range(STATE_COUNT * WIDTH):
        total = 0.0
        for stage in range(len(weights)):
            total += weights[stage] * board[(RATES + stage * STATE_COUNT) * WIDTH + place]
        board[TRIAL * WIDTH + place] = board[STATES * WIDTH + place] + board[LENGTHS * WIDTH + place] * total
    for lane in range(WIDTH):
        now = board[TIME * WIDTH + lane] + share * board[LENGTH * WIDTH + lane]
        board[ELAPSED * WIDTH + lane] = now - board[BEGIN * WIDTH + lane]
    derivatives(board)
    for place in range(STATE_COUNT * WIDTH):
        board[(RATES + len(weights) * STATE_COUNT) * WIDTH + place] = board[CHANGES * WIDTH + place]


def look_at_first_rates(board: Numbers, counts: Counts, absolute: Numbers, relative: float) -> None:
    """Guess a first step from the size of the states and of their rates (Hairer, II.4).

    Both stages so far are then the same, so that the next one is a straight step of that guess.
    A lane that has been under way keeps its pace instead.
    """
    for lane in range(WIDTH):
        if counts[PHASE, lane] != ENTERING:
            continue
        size, speed = 0.0, 0.0
        for state in range(STATE_COUNT):
            value, rate = board[(STATES + state) * WIDTH + lane], board[(CHANGES + state) * WIDTH + lane]
            board[(RATES + state) * WIDTH + lane] = rate
            scale = absolute[state] + abs(value) * relative
            size += (value / scale) ** 2
            speed += (rate / scale) ** 2
        if not (size < inf and speed < inf):
            counts[PHASE, lane] = FAILED
            continue
        size, speed = sqrt(size) / STATE_COUNT**0.5, sqrt(speed) / STATE_COUNT**0.5
        guess = 1e-6 if size < 1e-5 or speed < 1e-5 else 0.01 * size / speed  # noqa: PLR2004 - scipy's numbers
        longest = board[END * WIDTH + lane] - board[TIME * WIDTH + lane]
        if board[PACE * WIDTH + lane] > 0:
            board[STEP * WIDTH + lane] = minimum(board[PACE * WIDTH + lane], longest)
            counts[PHASE, lane] = STEPPING
            continue
        guess = minimum(guess, longest)
        board[STEP * WIDTH + lane] = guess
        board[NORM * WIDTH + lane] = speed
        stretch(lane, board, guess / C[2])


def stretch(lane: int, board: Numbers, length: float) -> None:
    """Set the length of the step that a lane attempts, for every state."""
    board[LENGTH * WIDTH + lane] = length
    for state in range(STATE_COUNT):
        board[(LENGTHS + state) * WIDTH + lane] = length


def choose_first_step(board: Numbers, counts: Counts, absolute: Numbers, relative: float) -> None:
    """Choose the first step from how much the rates change over the small one."""
    for lane in range(WIDTH):
        if counts[PHASE, lane] != ENTERING:
            continue
        bend = 0.0
        for state in range(STATE_COUNT):
            change = board[(CHANGES + state) * WIDTH + lane] - board[(RATES + state) * WIDTH + lane]
            bend += (change / (absolute[state] + abs(board[(STATES + state) * WIDTH + lane]) * relative)) ** 2
        guess, speed = board[STEP * WIDTH + lane], board[NORM * WIDTH + lane]
        bend = sqrt(bend) / STATE_COUNT**0.5 / guess
        if speed <= 1e-15 and bend <= 1e-15:  # noqa: PLR2004 - scipy's numbers
            chosen = maximum(1e-6, guess * 1e-3)
        else:
            chosen = (0.01 / maximum(speed, bend)) ** -ERROR_EXPONENT
        chosen = minimum(100 * guess, chosen)
        longest = board[END * WIDTH + lane] - board[TIME * WIDTH + lane]
        board[STEP * WIDTH + lane] = minimum(chosen, longest)
        stretch(lane, board, 0.0)
        counts[PHASE, lane] = STEPPING
        counts[CALLS, lane] += 1


def measure(board: Numbers, absolute: Numbers, relative: float) -> None:
    """Set each lane's error: the root mean square over states, in units of the tolerance."""
    for lane in range(WIDTH):
        board[NORM * WIDTH + lane] = 0.0
    for state in range(STATE_COUNT):
        smallest = absolute[state]
        for lane in range(WIDTH):
            total = 0.0
            for stage in range(7):
                total += E[stage] * board[(RATES + stage * STATE_COUNT + state) * WIDTH + lane]
            before, after = abs(board[(STATES + state) * WIDTH + lane]), abs(board[(TRIAL + state) * WIDTH + lane])
            scale = smallest + maximum(before, after) * relative
            error = total * board[LENGTH * WIDTH + lane] / scale
            board[NORM * WIDTH + lane] += error * error


def judge(board: Numbers, counts: Counts) -> None:
    """Accept or reject each step and choose the next; what is not a number is rejected."""
    for lane in range(WIDTH):
        length = board[LENGTH * WIDTH + lane]
        if length == 0.0:
            continue
        counts[CALLS, lane] += 6
        counts[ATTEMPTS, lane] += 1
        norm = sqrt(board[NORM * WIDTH + lane]) / STATE_COUNT**0.5
        factor = SAFETY * norm**ERROR_EXPONENT if norm > 0 else MAX_FACTOR
        if norm < 1:
            most = 1.0 if counts[REJECTED, lane] else MAX_FACTOR
            factor = minimum(most, factor)
            counts[ACCEPTED, lane] = 1
        elif not norm < inf or factor < MIN_FACTOR:
            factor = MIN_FACTOR
        counts[REJECTED, lane] = 1 - counts[ACCEPTED, lane]
        board[STEP * WIDTH + lane] = length * factor
