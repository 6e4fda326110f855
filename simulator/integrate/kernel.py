"""How many members are stepped side by side; the text from which compiled engines are made.

Every lane carries one member, at its own time and with its own step; a member that arrives or
fails leaves its lane to the next in the queue. So no member waits for another or notices it: its
numbers are the same, bit for bit, whoever else runs. All lanes share one `tick`: six evaluations
of the derivatives, which is one attempted step of Dormand and Prince's method with the step
control of `scipy.integrate.RK45`, or, for a lane that has just entered a segment, the choice of
its first step (two of the six evaluations).

`compilation.py` puts a model's own equations where the bathtub stands below, and compiles the
rest as it is. Uncompiled, this module is plain Python that fills a bathtub. All numbers stand on
one flat `board`, row after row of one number a lane: with a single array whose offsets it knows,
the compiler can prove that no two lanes touch, and turns loops over lanes into vector instructions.
"""

from __future__ import annotations

from math import inf, nan, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]

STATE_COUNT, FIXED_COUNT, INPUT_COUNT, WIDTH = 1, 2, 1, 2
AS_GIVEN = np.array([1])
A, C = ((), (0.5,), (0.0, 0.5), (0.0, 0.0, 0.5), (0.5,) + (0.0,) * 3, (0.5,) + (0.0,) * 4), (0.0,) + (0.5,) * 5
B, E = (0.0, 1.0) + (0.0,) * 4, (0.0,) * 7
P = ((1.0, -1.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), *((0.0,) * 4,) * 5)
SAFETY, MIN_FACTOR, MAX_FACTOR, ERROR_EXPONENT = 0.9, 0.2, 10.0, -0.2


def prelude(constants_: Numbers, board_: Numbers, lane_: int) -> None:
    """Work out, for one member, all that holds still during a run."""
    patience = constants_[0]
    board_[4 + lane_] = 1 / patience


def starts(constants_: Numbers, inputs_: Numbers, board_: Numbers, lane_: int) -> None:
    """Set the initial value of every state of one member."""
    tap = inputs_[0]
    patience = constants_[0]
    board_[14 + lane_] = tap * patience


def derivatives(board_: Numbers) -> None:
    """Set the rate of change of every state, in every lane."""
    for lane_ in range(WIDTH):
        water = board_[0 + lane_]
        leak = board_[2 + lane_]
        lifted_0 = board_[4 + lane_]
        tap = board_[6 + lane_] + board_[8 + lane_] * board_[10 + lane_]
        board_[12 + lane_] = tap - leak - lifted_0 * water


# --- The equations end here; what follows is the same for every model. ---

# Rows of the board, on which all numbers stand, one column a lane.
TRIAL = 0
FIXED = TRIAL + STATE_COUNT
LEVELS = FIXED + FIXED_COUNT
SLOPES = LEVELS + INPUT_COUNT
ELAPSED = SLOPES + INPUT_COUNT
CHANGES = ELAPSED + 1
STATES = CHANGES + STATE_COUNT
RATES = STATES + STATE_COUNT
LENGTHS = RATES + 7 * STATE_COUNT
WEIGHTS = LENGTHS + STATE_COUNT
TIME = WEIGHTS + 7
BEGIN, END, STEP, LENGTH, ARRIVAL, NORM, SHARE, ROWS = range(TIME + 1, TIME + 9)

# Rows of the counts.
PHASE, MEMBER, SEGMENT, FILLED, ATTEMPTS, CALLS, REJECTED, ACCEPTED, DUE, COUNTS = range(10)
EMPTY, ENTERING, STEPPING, FAILED, ARRIVED = range(5)


class Task(NamedTuple):
    """What all members share, and where their results go."""

    constants: Numbers
    edges: Numbers
    levels: Numbers
    slopes: Numbers
    times: Numbers
    kept: Counts
    absolute: Numbers
    relative: float
    most_attempts: int
    found: Numbers
    evaluations: Counts
    failed: Flags


def march(  # noqa: PLR0913 - compiled code takes plain arrays
    board: Numbers,
    counts: Counts,
    sample: Numbers,
    first: int,
    last: int,
    constants: Numbers,
    edges: Numbers,
    levels: Numbers,
    slopes: Numbers,
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
        constants, edges, levels, slopes, times, kept, absolute, relative, most_attempts, found, evaluations, failed
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
    for row in range(COUNTS):
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
    enter(lane, board, counts, task)


def enter(lane: int, board: Numbers, counts: Counts, task: Task) -> None:
    """Begin a stretch between two kinks of the inputs."""
    segment = counts[SEGMENT, lane]
    counts[PHASE, lane] = ENTERING
    board[TIME * WIDTH + lane] = task.edges[segment]
    board[BEGIN * WIDTH + lane] = task.edges[segment]
    board[END * WIDTH + lane] = task.edges[segment + 1]
    for place in range(INPUT_COUNT):
        board[(LEVELS + place) * WIDTH + lane] = task.levels[segment, place]
        board[(SLOPES + place) * WIDTH + lane] = task.slopes[segment, place]


def arrive(lane: int, board: Numbers, counts: Counts, task: Task) -> None:
    """Adopt an accepted step; enter the next segment where one ends."""
    board[TIME * WIDTH + lane] = board[ARRIVAL * WIDTH + lane]
    if board[TIME * WIDTH + lane] < board[END * WIDTH + lane]:
        return
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
                arrival, end = time + (step if step > smallest else smallest), board[END * WIDTH + lane]
                board[ARRIVAL * WIDTH + lane] = arrival if arrival < end else end
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
        guess = guess if guess < longest else longest
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
            chosen = 1e-3 * guess if guess > 1e-3 else 1e-6  # noqa: PLR2004 - scipy's numbers
        else:
            chosen = (0.01 / (bend if bend > speed else speed)) ** -ERROR_EXPONENT
        chosen = chosen if chosen < 100 * guess else 100 * guess
        longest = board[END * WIDTH + lane] - board[TIME * WIDTH + lane]
        board[STEP * WIDTH + lane] = chosen if chosen < longest else longest
        stretch(lane, board, 0.0)
        counts[PHASE, lane] = STEPPING
        counts[REJECTED, lane] = 0
        counts[CALLS, lane] += 2


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
            scale = smallest + (after if after > before else before) * relative
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
            factor = factor if factor < most else most
            counts[ACCEPTED, lane] = 1
        elif not norm < inf or factor < MIN_FACTOR:
            factor = MIN_FACTOR
        counts[REJECTED, lane] = 1 - counts[ACCEPTED, lane]
        board[STEP * WIDTH + lane] = length * factor


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
