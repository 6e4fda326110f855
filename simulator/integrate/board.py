"""The board on which the numbers of many members stand while they are integrated.

All numbers stand on one flat array, row after row of one number a lane: with a single array
whose offsets it knows, a compiler can prove that no two lanes touch, and turns loops over lanes
into vector instructions. A second, small array holds what is counted.

`composition.py` puts a model's own equations where the bathtub stands below, and compiles them
together with `stepping.py` and `marching.py` as they are. Uncompiled, these are plain Python that
fills a bathtub.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import RK45
from scipy.integrate._ivp import rk

Numbers = NDArray[np.float64]
Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]

# The method: scipy's own numbers, so that ours cannot differ.
A = tuple(tuple(row[:stage].tolist()) for stage, row in enumerate(RK45.A))
B, C, E = tuple(RK45.B.tolist()), tuple(RK45.C.tolist()), tuple(RK45.E.tolist())
P = tuple(tuple(row) for row in RK45.P.tolist())
SAFETY, MIN_FACTOR, MAX_FACTOR = float(rk.SAFETY), float(rk.MIN_FACTOR), float(rk.MAX_FACTOR)
ERROR_EXPONENT = -1 / (RK45.error_estimator_order + 1)

# The sizes, and which of the constants the derivatives use as they are given.
STATE_COUNT, FIXED_COUNT, INPUT_COUNT, WIDTH = 1, 2, 1, 2
AS_GIVEN = np.array([1])


def prelude(constants_: Numbers, board_: Numbers, lane_: int) -> None:
    """Work out, for one member, all that holds still during a run."""
    emptying_time = constants_[0]
    board_[4 + lane_] = 1 / emptying_time


def starts(constants_: Numbers, inputs_: Numbers, board_: Numbers, lane_: int) -> None:
    """Set the initial value of every state of one member."""
    emptying_time = constants_[0]
    tap = inputs_[0]
    board_[14 + lane_] = tap * emptying_time


def derivatives(board_: Numbers) -> None:
    """Set the rate of change of every state, in every lane."""
    for lane_ in range(WIDTH):
        water = board_[0 + lane_]
        leak = board_[2 + lane_]
        lifted_0 = board_[4 + lane_]
        tap = board_[6 + lane_] + board_[8 + lane_] * board_[10 + lane_]
        board_[12 + lane_] = tap - leak - lifted_0 * water


# --- The equations end here; what follows is the same for every model. ---

# Rows of the board.
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
BEGIN, END, STEP, LENGTH, ARRIVAL, NORM, SHARE, BEFORE, PACE, BOARD_ROWS = range(TIME + 1, TIME + 11)

# Rows of the counts.
PHASE, MEMBER, SEGMENT, FILLED, ATTEMPTS, CALLS, REJECTED, ACCEPTED, DUE, COUNT_ROWS = range(10)
EMPTY, ENTERING, STEPPING, FAILED, ARRIVED = range(5)
