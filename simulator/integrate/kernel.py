"""How many members are stepped side by side; the text from which compiled engines are made.

Every lane carries one member, at its own time and with its own step; a member that arrives or
fails leaves its lane to the next in the queue. So no member waits for another or notices it: the
numbers of a member are the same, bit for bit, whoever else runs. All lanes share one `tick`: six
evaluations of the derivatives, which is one attempted step of Dormand and Prince's method with
the step control of `scipy.integrate.RK45`, or, for a lane that has just entered a segment, the
choice of its first step (two of the six evaluations).

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

STATES, FIXED, INPUTS, WIDTH = 1, 1, 1, 2
C = (0.0, 0.2, 0.3, 0.8, 8 / 9, 1.0)
A = ((), (0.2,), (0.075, 0.225), (0.0,) * 3, (0.0,) * 4, (0.0,) * 5)
B = (1.0, 0.0, 0.0, 0.0, 0.0, 0.0)
E = (0.0,) * 7
P = ((1.0, 0.0, 0.0, 0.0),) + ((0.0,) * 4,) * 6
SAFETY, MIN_FACTOR, MAX_FACTOR, ERROR_EXPONENT = 0.9, 0.2, 10.0, -0.2


def prelude(constants_: Numbers, fixed_: Numbers, lane_: int) -> None:
    """Work out, for one member, all that holds still during a run."""
    (patience,) = constants_
    fixed_[0, lane_] = patience


def starts(constants_: Numbers, inputs_: Numbers, states_: Numbers, lane_: int) -> None:
    """Set the initial value of every state of one member."""
    states_[0, lane_] = 0 * constants_[0] * inputs_[0]


def derivatives(
    states_: Numbers, fixed_: Numbers, levels_: Numbers, slopes_: Numbers, elapsed_: Numbers, changes_: Numbers
) -> None:
    """Set the rate of change of every state, in every lane."""
    for lane_ in range(WIDTH):
        tap = levels_[0, lane_] + slopes_[0, lane_] * elapsed_[lane_]
        changes_[0, lane_] = tap - states_[0, lane_] / fixed_[0, lane_]


# --- The equations end here; what follows is the same for every model. ---

PHASE, MEMBER, SEGMENT, FILLED, ATTEMPTS, CALLS, REJECTED, ACCEPTED = range(8)
TIME, BEGIN, END, STEP, LENGTH, ARRIVAL, ELAPSED, NORM = range(8)
EMPTY, ENTERING, STEPPING, FAILED, ARRIVED = 0, 1, 2, 3, 4


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


class Lanes(NamedTuple):
    """One member a lane: counts of shape (lane,), numbers of shape (..., lane)."""

    counts: Counts
    clocks: Numbers
    fixed: Numbers
    levels: Numbers
    slopes: Numbers
    states: Numbers
    trial: Numbers
    rates: Numbers
    weights: Numbers
    sample: Numbers


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
    lanes = empty_lanes(len(kept))
    queue, busy = first, 0
    for lane in range(min(WIDTH, last - first)):
        seat(lane, queue, lanes, task)
        queue += 1
        busy += 1
    while busy > 0:
        tick(lanes, task)
        for lane in range(WIDTH):
            if lanes.counts[PHASE, lane] == FAILED or lanes.counts[PHASE, lane] == ARRIVED:
                leave(lane, lanes, task)
                if queue < last:
                    seat(lane, queue, lanes, task)
                    queue += 1
                else:
                    busy -= 1


def empty_lanes(samples: int) -> Lanes:
    """Return lanes in which nobody sits."""
    return Lanes(
        np.zeros((8, WIDTH), np.int64),
        np.zeros((8, WIDTH)),
        np.zeros((FIXED, WIDTH)),
        np.zeros((INPUTS, WIDTH)),
        np.zeros((INPUTS, WIDTH)),
        np.zeros((STATES, WIDTH)),
        np.zeros((STATES, WIDTH)),
        np.zeros((7, STATES, WIDTH)),
        np.zeros((7, WIDTH)),
        np.zeros((samples, WIDTH)),
    )


def seat(lane: int, member: int, lanes: Lanes, task: Task) -> None:
    """Give a lane to a member, at the start of its run."""
    lanes.counts[MEMBER, lane] = member
    lanes.counts[ATTEMPTS, lane] = 0
    lanes.counts[CALLS, lane] = 0
    lanes.counts[FILLED, lane] = 0
    lanes.rates[:, :, lane] = 0.0
    prelude(task.constants[member], lanes.fixed, lane)
    starts(task.constants[member], task.levels[0], lanes.states, lane)
    while lanes.counts[FILLED, lane] < len(task.times) and task.times[lanes.counts[FILLED, lane]] <= task.edges[0]:
        for place in range(len(task.kept)):
            task.found[member, place, lanes.counts[FILLED, lane]] = lanes.states[task.kept[place], lane]
        lanes.counts[FILLED, lane] += 1
    enter(lane, 0, lanes, task)


def enter(lane: int, segment: int, lanes: Lanes, task: Task) -> None:
    """Begin a stretch between two kinks of the inputs."""
    lanes.counts[PHASE, lane] = ENTERING
    lanes.counts[REJECTED, lane] = False
    lanes.counts[SEGMENT, lane] = segment
    lanes.clocks[TIME, lane] = task.edges[segment]
    lanes.clocks[BEGIN, lane] = task.edges[segment]
    lanes.clocks[END, lane] = task.edges[segment + 1]
    for place in range(INPUTS):
        lanes.levels[place, lane] = task.levels[segment, place]
        lanes.slopes[place, lane] = task.slopes[segment, place]


def leave(lane: int, lanes: Lanes, task: Task) -> None:
    """Write down how a member fared, and free its lane."""
    member = lanes.counts[MEMBER, lane]
    task.evaluations[member] = lanes.counts[CALLS, lane]
    finite = lanes.counts[PHASE, lane] == ARRIVED
    for state in range(STATES):
        finite = finite and np.isfinite(lanes.states[state, lane])
    if not finite:
        task.failed[member] = True
        task.found[member] = np.nan
    lanes.counts[PHASE, lane] = EMPTY
    lanes.clocks[LENGTH, lane] = 0.0


def tick(lanes: Lanes, task: Task) -> None:
    """Attempt one step in every lane, or choose the first."""
    choose_lengths(lanes)
    evaluate(lanes, A[1], C[1], 1)
    look_at_first_rates(lanes, task)
    mix(lanes, A[2], C[2])
    probe(lanes)
    derivatives(lanes.trial, lanes.fixed, lanes.levels, lanes.slopes, lanes.clocks[ELAPSED], lanes.rates[2])
    choose_first_step(lanes, task)
    evaluate(lanes, A[3], C[3], 3)
    evaluate(lanes, A[4], C[4], 4)
    evaluate(lanes, A[5], C[5], 5)
    evaluate(lanes, B, 1.0, 6)
    measure(lanes, task)
    judge(lanes, task)
    record(lanes, task)
    adopt(lanes)
    arrive(lanes, task)


def choose_lengths(lanes: Lanes) -> None:
    """Clip each step to the end of its segment; a step below the spacing of numbers fails."""
    for lane in range(WIDTH):
        lanes.clocks[LENGTH, lane] = 0.0
        lanes.counts[ACCEPTED, lane] = False
        if lanes.counts[PHASE, lane] == STEPPING:
            time = lanes.clocks[TIME, lane]
            smallest = 10 * (np.nextafter(time, np.inf) - time)
            if lanes.clocks[STEP, lane] < smallest and lanes.counts[REJECTED, lane]:
                lanes.counts[PHASE, lane] = FAILED
                continue
            arrival = time + max(lanes.clocks[STEP, lane], smallest)
            lanes.clocks[ARRIVAL, lane] = min(arrival, lanes.clocks[END, lane])
            lanes.clocks[LENGTH, lane] = lanes.clocks[ARRIVAL, lane] - time


def evaluate(lanes: Lanes, weights: tuple[float, ...], share: float, stage: int) -> None:
    """Evaluate one stage of the method."""
    mix(lanes, weights, share)
    derivatives(lanes.trial, lanes.fixed, lanes.levels, lanes.slopes, lanes.clocks[ELAPSED], lanes.rates[stage])


def mix(lanes: Lanes, weights: tuple[float, ...], share: float) -> None:
    """Set the trial states: the states plus a weighted sum of the rates so far."""
    states, trial, rates, length = lanes.states, lanes.trial, lanes.rates, lanes.clocks[LENGTH]
    for state in range(STATES):
        for lane in range(WIDTH):
            total = 0.0
            for stage in range(len(weights)):
                total += weights[stage] * rates[stage, state, lane]
            trial[state, lane] = states[state, lane] + length[lane] * total
    for lane in range(WIDTH):
        lanes.clocks[ELAPSED, lane] = lanes.clocks[TIME, lane] + share * length[lane] - lanes.clocks[BEGIN, lane]


def look_at_first_rates(lanes: Lanes, task: Task) -> None:
    """Guess a first step from the size of the states and of their rates (Hairer, II.4)."""
    for lane in range(WIDTH):
        if lanes.counts[PHASE, lane] != ENTERING:
            continue
        size, speed = 0.0, 0.0
        for state in range(STATES):
            lanes.rates[0, state, lane] = lanes.rates[1, state, lane]
            scale = task.absolute[state] + abs(lanes.states[state, lane]) * task.relative
            size += (lanes.states[state, lane] / scale) ** 2
            speed += (lanes.rates[0, state, lane] / scale) ** 2
        if not (np.isfinite(size) and np.isfinite(speed)):
            lanes.counts[PHASE, lane] = FAILED
            continue
        size, speed = np.sqrt(size) / STATES**0.5, np.sqrt(speed) / STATES**0.5
        guess = 1e-6 if size < 1e-5 or speed < 1e-5 else 0.01 * size / speed  # noqa: PLR2004 - scipy's numbers
        lanes.clocks[STEP, lane] = min(guess, lanes.clocks[END, lane] - lanes.clocks[TIME, lane])
        lanes.clocks[NORM, lane] = speed


def probe(lanes: Lanes) -> None:
    """Take a small Euler step in the lanes that have just entered."""
    for lane in range(WIDTH):
        if lanes.counts[PHASE, lane] == ENTERING:
            for state in range(STATES):
                lanes.trial[state, lane] = lanes.states[state, lane] + lanes.clocks[STEP, lane] * lanes.rates[0, state, lane]
            lanes.clocks[ELAPSED, lane] = lanes.clocks[TIME, lane] + lanes.clocks[STEP, lane] - lanes.clocks[BEGIN, lane]


def choose_first_step(lanes: Lanes, task: Task) -> None:
    """Choose the first step from how much the rates change over the small one."""
    for lane in range(WIDTH):
        if lanes.counts[PHASE, lane] != ENTERING:
            continue
        bend = 0.0
        for state in range(STATES):
            scale = task.absolute[state] + abs(lanes.states[state, lane]) * task.relative
            bend += ((lanes.rates[2, state, lane] - lanes.rates[0, state, lane]) / scale) ** 2
        guess, speed = lanes.clocks[STEP, lane], lanes.clocks[NORM, lane]
        bend = np.sqrt(bend) / STATES**0.5 / guess
        if speed <= 1e-15 and bend <= 1e-15:  # noqa: PLR2004 - scipy's numbers
            chosen = max(1e-6, guess * 1e-3)
        else:
            chosen = (0.01 / (bend if bend > speed else speed)) ** -ERROR_EXPONENT
        lanes.clocks[STEP, lane] = min(100 * guess, chosen, lanes.clocks[END, lane] - lanes.clocks[TIME, lane])
        lanes.counts[PHASE, lane] = STEPPING
        lanes.counts[CALLS, lane] += 2


def measure(lanes: Lanes, task: Task) -> None:
    """Set each lane's error: the root mean square over states, in units of the tolerance."""
    states, trial, rates, length, norm = lanes.states, lanes.trial, lanes.rates, lanes.clocks[LENGTH], lanes.clocks[NORM]
    norm[:] = 0.0
    for state in range(STATES):
        for lane in range(WIDTH):
            total = 0.0
            for stage in range(7):
                total += E[stage] * rates[stage, state, lane]
            before, after = abs(states[state, lane]), abs(trial[state, lane])
            scale = task.absolute[state] + (after if after > before else before) * task.relative
            norm[lane] += (total * length[lane] / scale) ** 2
    for lane in range(WIDTH):
        norm[lane] = np.sqrt(norm[lane]) / STATES**0.5


def judge(lanes: Lanes, task: Task) -> None:
    """Accept or reject each step and choose the next; what is not a number is rejected."""
    for lane in range(WIDTH):
        if lanes.clocks[LENGTH, lane] == 0.0:
            continue
        lanes.counts[CALLS, lane] += 6
        lanes.counts[ATTEMPTS, lane] += 1
        norm = lanes.clocks[NORM, lane]
        factor = SAFETY * norm**ERROR_EXPONENT if norm > 0 else MAX_FACTOR
        if norm < 1:
            factor = min(factor, 1.0 if lanes.counts[REJECTED, lane] else MAX_FACTOR)
            lanes.counts[ACCEPTED, lane] = True
        elif not factor > MIN_FACTOR or norm != norm:  # noqa: PLR0124 - not a number
            factor = MIN_FACTOR
        lanes.counts[REJECTED, lane] = not lanes.counts[ACCEPTED, lane]
        lanes.clocks[STEP, lane] = lanes.clocks[LENGTH, lane] * factor
        if lanes.counts[ATTEMPTS, lane] >= task.most_attempts:
            lanes.counts[PHASE, lane] = FAILED


def record(lanes: Lanes, task: Task) -> None:
    """Write down the states at every wanted time that the accepted steps have passed."""
    while wanted(lanes, task):
        for place in range(len(task.kept)):
            state = task.kept[place]
            for lane in range(WIDTH):
                total = 0.0
                for stage in range(7):
                    total += lanes.weights[stage, lane] * lanes.rates[stage, state, lane]
                lanes.sample[place, lane] = lanes.states[state, lane] + lanes.clocks[LENGTH, lane] * total
        for lane in range(WIDTH):
            if due(lane, lanes, task):
                for place in range(len(task.kept)):
                    task.found[lanes.counts[MEMBER, lane], place, lanes.counts[FILLED, lane]] = lanes.sample[place, lane]
                lanes.counts[FILLED, lane] += 1


def due(lane: int, lanes: Lanes, task: Task) -> bool:
    """Whether the accepted step of a lane has passed its next wanted time."""
    filled = lanes.counts[FILLED, lane]
    return bool(lanes.counts[ACCEPTED, lane] and filled < len(task.times) and task.times[filled] <= lanes.clocks[ARRIVAL, lane])


def wanted(lanes: Lanes, task: Task) -> bool:
    """Set the weights of the interpolating polynomial at each lane's next wanted time, if any."""
    found = False
    for lane in range(WIDTH):
        if due(lane, lanes, task):
            found = True
            share = (task.times[lanes.counts[FILLED, lane]] - lanes.clocks[TIME, lane]) / lanes.clocks[LENGTH, lane]
            for stage in range(7):
                p = P[stage]
                lanes.weights[stage, lane] = share * (p[0] + share * (p[1] + share * (p[2] + share * p[3])))
    return found


def adopt(lanes: Lanes) -> None:
    """Make the trial the state wherever it was accepted."""
    for state in range(STATES):
        for lane in range(WIDTH):
            if lanes.counts[ACCEPTED, lane]:
                lanes.states[state, lane] = lanes.trial[state, lane]
                lanes.rates[0, state, lane] = lanes.rates[6, state, lane]


def arrive(lanes: Lanes, task: Task) -> None:
    """Move the clocks; enter the next segment where one ends."""
    for lane in range(WIDTH):
        if lanes.counts[ACCEPTED, lane]:
            lanes.clocks[TIME, lane] = lanes.clocks[ARRIVAL, lane]
            if lanes.clocks[TIME, lane] >= lanes.clocks[END, lane] and lanes.counts[PHASE, lane] == STEPPING:
                if lanes.counts[SEGMENT, lane] + 2 < len(task.edges):
                    enter(lane, lanes.counts[SEGMENT, lane] + 1, lanes, task)
                else:
                    lanes.counts[PHASE, lane] = ARRIVED
