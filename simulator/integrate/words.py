"""The words of the language, as arithmetic that compilers can do on many members at once.

Compilers turn a loop over members into vector instructions only when nothing in it calls out, as
`math.exp` does. These are the classical reductions (Cody and Waite's for `exp`, Sun's `fdlibm`
for `log`), with every choice written as a selection; both err by less than one unit in the last
place. `exp` is zero where the answer is below the smallest normal number.
"""

from __future__ import annotations

from math import inf, nan, sqrt

import numpy as np

__all__ = ["exp", "log", "maximum", "minimum", "pick_", "power_", "raised_", "sqrt"]

# --- The equations end here; what follows is the same for every model. ---
MANTISSA = np.int64(52)
HALF_ROOT = np.int64(0x3FE6A09E667F3BCD)  # the bits of sqrt(1/2)
ROUNDING = 6755399441055744.0  # 1.5 * 2**52: adding it leaves the nearest whole number in the last bits
ROUNDING_BITS = np.int64(0x4338000000000000)
LOG_2_HIGH, LOG_2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
LARGEST, SMALLEST = 709.782712893384, -708.3964185322641
TINY, TINY_LIFT, TINY_STEPS = 2.2250738585072014e-308, 18014398509481984.0, 54.0


def minimum(one: float, other: float) -> float:
    """Return the smaller of two numbers, as Python's `min` does."""
    return other if other < one else one  # noqa: FURB136 - a selection, for the compiler


def maximum(one: float, other: float) -> float:
    """Return the larger of two numbers, as Python's `max` does."""
    return other if other > one else one  # noqa: FURB136 - a selection, for the compiler


def pick_(condition: bool, one: float, other: float) -> float:  # noqa: FBT001 - a word of the language
    """Return one number where the condition holds, the other where not."""
    return one if condition else other


def exp(x: float) -> float:
    """Return e to the power x: 2**n times a polynomial in what is left."""
    shifted = x * 1.4426950408889634 + ROUNDING
    n = shifted - ROUNDING
    r = (x - n * LOG_2_HIGH) - n * LOG_2_LOW
    p = 1.6059043836821613e-10
    p = p * r + 2.08767569878681e-09
    p = p * r + 2.505210838544172e-08
    p = p * r + 2.755731922398589e-07
    p = p * r + 2.7557319223985893e-06
    p = p * r + 2.48015873015873e-05
    p = p * r + 0.0001984126984126984
    p = p * r + 0.001388888888888889
    p = p * r + 0.008333333333333333
    p = p * r + 0.041666666666666664
    p = p * r + 0.16666666666666666
    p = p * r + 0.5
    p = 1.0 + ((p * r) * r + r)
    doublings = np.float64(shifted).view(np.int64) << MANTISSA
    y: float = np.int64(np.float64(p).view(np.int64) + doublings).view(np.float64)
    y = inf if x > LARGEST else y
    y = 0.0 if x < SMALLEST else y
    return x if x != x else y  # noqa: PLR0124 - not a number


def log(x: float) -> float:
    """Return the natural logarithm: of a power of two, and of a factor near one."""
    tiny = x < TINY
    bits = np.float64(x * TINY_LIFT if tiny else x).view(np.int64)
    steps = np.int64((bits - HALF_ROOT) >> MANTISSA)
    f = np.int64(bits - (steps << MANTISSA)).view(np.float64) - 1.0
    k: float = np.int64(steps + ROUNDING_BITS).view(np.float64) - ROUNDING
    k = k - TINY_STEPS if tiny else k
    s = f / (2.0 + f)
    w = s * s
    q = 1.479819860511658591e-01
    q = q * w + 1.531383769920937332e-01
    q = q * w + 1.818357216161805012e-01
    q = q * w + 2.222219843214978396e-01
    q = q * w + 2.857142874366239149e-01
    q = q * w + 3.999999999940941908e-01
    q = q * w + 6.666666666666735130e-01
    half = 0.5 * f * f
    y: float = k * LOG_2_HIGH - ((half - (s * (half + q * w) + k * LOG_2_LOW)) - f)
    y = -inf if x == 0.0 else y
    y = nan if x < 0.0 else y
    return y if x < inf else x


def power_(base: float, exponent: float) -> float:
    """Return a power, as `**` does; of a negative base only where the exponent is whole."""
    y = exp(exponent * log(abs(base)))
    y = 1.0 if exponent == 0.0 else y
    half = 0.5 * exponent
    whole = (exponent + ROUNDING) - ROUNDING == exponent
    even = (half + ROUNDING) - ROUNDING == half
    signed = (y if even else -y) if whole else nan
    return signed if base < 0.0 else y


def raised_(log_base: float, exponent: float) -> float:
    """Return a power of a base, not negative, whose logarithm is known."""
    y = exp(exponent * log_base)
    return 1.0 if exponent == 0.0 else y
