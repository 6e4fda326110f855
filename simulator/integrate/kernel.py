"""How many members are stepped side by side; the text from which compiled engines are made.

Every lane carries one member, at its own time and with its own step; a member that arrives or
fails leaves its lane to the next in the queue. So no member waits for another or notices it: its
numbers are the same, bit for bit, whoever else runs. All lanes share one `tick`: six evaluations
of the derivatives, which is one attempted step of Dormand and Prince's method with the step
control of `scipy.integrate.RK45`, or, for a lane that has just entered a segment, the choice of
its first step (two of the six evaluations).

`compilation.py` puts a model's own equations where the bathtub stands below, and compiles the
rest as it is. Uncompiled, this module is plain Python that fills a bathtub.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]

STATE_COUNT, FIXED_COUNT, INPUT_COUNT, WIDTH = 1, 1, 1, 2
A, B, C, E = ((), (0.5,), (0.5,), (0.5,), (0.5,), (0.5,)), (0.0, 1.0), (0.0, 0.5, 0.5, 0.5, 0.5, 1.0), (0.0,) * 7
P = ((1.0, -1.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), *((0.0,) * 4,) * 5)
SAFETY, MIN_FACTOR, MAX_FACTOR, ERROR_EXPONENT = 0.9, 0.2, 10.0, -0.2


def prelude(constants_: Numbers, board_: Numbers, lane_: int) -> None:
    """Work out, for one member, all that holds still during a run."""
    board_[1 * WIDTH + lane_] = 1 / constants_[0]


def starts(constants_: Numbers, inputs_: Numbers, board_: Numbers, lane_: int) -> None:
    """Set the initial value of every state of one member."""
    board_[6 * WIDTH + lane_] = inputs_[0] * constants_[0]


def derivatives(board_: Numbers) -> None:
    """Set the rate of change of every state, in every lane."""
    for lane_ in range(WIDTH):
        water = board_[0 * WIDTH + lane_]
        drain = board_[1 * WIDTH + lane_]
        elapsed_ = board_[4 * WIDTH + lane_]
        tap = board_[2 * WIDTH + lane_] + board_[3 * WIDTH + lane_] * elapsed_
        board_[5 * WIDTH + lane_] = tap - water * drain


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
BEGIN, END, STEP, LENGTH, ARRIVAL, NORM, ROWS = range(TIME + 1, TIME + 8)

# Rows of the counts.
PHASE, MEMBER, SEGMENT, FILLED, ATTEMPTS, CALLS, REJECTED, ACCEPTED, DUE = range(9)
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
    board = np.zeros(ROWS * WIDTH)
    counts = np.zeros((9, WIDTH), np.int64)
    sample = np.zeros(WIDTH)
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
    for row in range(9):
        counts[row, lane] = 0
    counts[MEMBER, lane] = member
    constants = task.constants[member]
    prelude(constants, board, lane)
    starts(constants, task.levels[0], board, lane)
    for state in range(STATE_COUNT):
        board[(RATES + state) * WIDTH + lane] = 0.0
    while counts[FILLED, lane] < len(task.times) and task.times[counts[FILLED, lane]] <= task.edges[0]:
        for place in range(len(task.kept)):
            task.found[member, place, counts[FILLED, lane]] = board[(STATES + task.kept[place]) * WIDTH + lane]
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
        finite = finite and np.isfinite(board[(STATES + state) * WIDTH + lane])
    if not finite:
        task.failed[member] = True
        for place in range(len(task.kept)):
            for time in range(len(task.times)):
                task.found[member, place, time] = np.nan
    counts[PHASE, lane] = EMPTY


def tick(board: Numbers, counts: Counts, absolute: Numbers, relative: float) -> None:
    """Attempt one step in every lane, or choose the first."""
    choose_lengths(board, counts)
    mix(board, A[1], C[1])
    evaluate(board, 1)
    look_at_first_rates(board, counts, absolute, relative)
    mix(board, A[2], C[2])
    probe(board, counts)
    evaluate(board, 2)
    choose_first_step(board, counts, absolute, relative)
    mix(board, A[3], C[3])
    evaluate(board, 3)
    mix(board, A[4], C[4])
    evaluate(board, 4)
    mix(board, A[5], C[5])
    evaluate(board, 5)
    mix(board, B, 1.0)
    evaluate(board, 6)
    measure(board, absolute, relative)
    judge(board, counts)


def choose_lengths(board: Numbers, counts: Counts) -> None:
    """Clip each step to the end of its segment; a step below the spacing of numbers fails."""
    for lane in range(WIDTH):
        board[LENGTH * WIDTH + lane] = 0.0
        counts[ACCEPTED, lane] = 0
        if counts[PHASE, lane] == STEPPING:
            time, step = board[TIME * WIDTH + lane], board[STEP * WIDTH + lane]
            smallest = 10 * (np.nextafter(time, np.inf) - time)
            if step < smallest and counts[REJECTED, lane]:
                counts[PHASE, lane] = FAILED
            else:
                arrival = time + max(step, smallest)
                board[ARRIVAL * WIDTH + lane] = min(arrival, board[END * WIDTH + lane])
                board[LENGTH * WIDTH + lane] = board[ARRIVAL * WIDTH + lane] - time
    for state in range(STATE_COUNT):
        for lane in range(WIDTH):
            board[(LENGTHS + state) * WIDTH + lane] = board[LENGTH * WIDTH + lane]


def mix(board: Numbers, weights: tuple[float, ...], share: float) -> None:
    """Set the trial states, the states plus a weighted sum of the rates so far, and the inputs."""
    for place in range(STATE_COUNT * WIDTH):
        total = 0.0
        for stage in range(len(weights)):
            total += weights[stage] * board[(RATES + stage * STATE_COUNT) * WIDTH + place]
        board[TRIAL * WIDTH + place] = board[STATES * WIDTH + place] + board[LENGTHS * WIDTH + place] * total
    for lane in range(WIDTH):
        now = board[TIME * WIDTH + lane] + share * board[LENGTH * WIDTH + lane]
        board[ELAPSED * WIDTH + lane] = now - board[BEGIN * WIDTH + lane]


def evaluate(board: Numbers, stage: int) -> None:
    """Evaluate the derivatives and keep them as one stage of the method."""
    derivatives(board)
    for place in range(STATE_COUNT * WIDTH):
        board[(RATES + stage * STATE_COUNT) * WIDTH + place] = board[CHANGES * WIDTH + place]


def look_at_first_rates(board: Numbers, counts: Counts, absolute: Numbers, relative: float) -> None:
    """Guess a first step from the size of the states and of their rates (Hairer, II.4)."""
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
        if not (np.isfinite(size) and np.isfinite(speed)):
            counts[PHASE, lane] = FAILED
            continue
        size, speed = np.sqrt(size) / STATE_COUNT**0.5, np.sqrt(speed) / STATE_COUNT**0.5
        guess = 1e-6 if size < 1e-5 or speed < 1e-5 else 0.01 * size / speed  # noqa: PLR2004 - scipy's numbers
        board[STEP * WIDTH + lane] = min(guess, board[END * WIDTH + lane] - board[TIME * WIDTH + lane])
        board[NORM * WIDTH + lane] = speed


def probe(board: Numbers, counts: Counts) -> None:
    """Take a small Euler step in the lanes that have just entered."""
    for lane in range(WIDTH):
        if counts[PHASE, lane] == ENTERING:
            guess = board[STEP * WIDTH + lane]
            for state in range(STATE_COUNT):
                step = guess * board[(RATES + state) * WIDTH + lane]
                board[(TRIAL + state) * WIDTH + lane] = board[(STATES + state) * WIDTH + lane] + step
            board[ELAPSED * WIDTH + lane] = guess


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
        bend = np.sqrt(bend) / STATE_COUNT**0.5 / guess
        if speed <= 1e-15 and bend <= 1e-15:  # noqa: PLR2004 - scipy's numbers
            chosen = max(1e-6, guess * 1e-3)
        else:
            chosen = (0.01 / (bend if bend > speed else speed)) ** -ERROR_EXPONENT
        chosen = min(100 * guess, chosen)
        board[STEP * WIDTH + lane] = min(chosen, board[END * WIDTH + lane] - board[TIME * WIDTH + lane])
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
        norm = np.sqrt(board[NORM * WIDTH + lane]) / STATE_COUNT**0.5
        factor = SAFETY * norm**ERROR_EXPONENT if norm > 0 else MAX_FACTOR
        if norm < 1:
            factor = min(factor, 1.0 if counts[REJECTED, lane] else MAX_FACTOR)
            counts[ACCEPTED, lane] = 1
        elif not norm < np.inf or factor < MIN_FACTOR:
            factor = MIN_FACTOR
        counts[REJECTED, lane] = 1 - counts[ACCEPTED, lane]
        board[STEP * WIDTH + lane] = length * factor


def record(board: Numbers, counts: Counts, times: Numbers, kept: Counts, found: Numbers, sample: Numbers) -> None:
    """Write down what was wanted on the way of the accepted steps, then adopt them."""
    while wanted(board, counts, times):
        for place in range(len(kept)):
            state = kept[place]
            for lane in range(WIDTH):
                total = 0.0
                for stage in range(7):
                    weight = board[(WEIGHTS + stage) * WIDTH + lane]
                    total += weight * board[(RATES + stage * STATE_COUNT + state) * WIDTH + lane]
                step = board[LENGTH * WIDTH + lane] * total
                sample[lane] = board[(STATES + state) * WIDTH + lane] + step
            for lane in range(WIDTH):
                if counts[DUE, lane]:
                    found[counts[MEMBER, lane], place, counts[FILLED, lane]] = sample[lane]
        for lane in range(WIDTH):
            counts[FILLED, lane] += counts[DUE, lane]
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
        filled = counts[FILLED, lane]
        counts[DUE, lane] = 0
        if counts[ACCEPTED, lane] and filled < len(times) and times[filled] <= board[ARRIVAL * WIDTH + lane]:
            counts[DUE, lane] = 1
            found = True
            share = (times[filled] - board[TIME * WIDTH + lane]) / board[LENGTH * WIDTH + lane]
            for stage in range(7):
                p = P[stage]
                weight = share * (p[0] + share * (p[1] + share * (p[2] + share * p[3])))
                board[(WEIGHTS + stage) * WIDTH + lane] = weight
    return found
