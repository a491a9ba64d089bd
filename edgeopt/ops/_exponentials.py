"""The table of exponentials that SOFTMAX and LOG_SOFTMAX stand on."""

from math import floor

import numpy as np

from edgeopt.ir import Array
from edgeopt.ops._fixedpoint import exp_on_negative_values
from edgeopt.quantmath import INT32_MAX, quantize_multiplier, saturating_rounding_doubling_high_mul

INPUT_INTEGER_BITS = 5  # of the scaled differences; exp(-32) is nothing in the output
SUM_INTEGER_BITS = 12
MAX_CLASSES = 2**SUM_INTEGER_BITS - 1  # equal inputs sum to their count
_NO_SHARE = 1 << (SUM_INTEGER_BITS - 1)  # an exponential below it rounds to nothing in the sum


def step_q5(scale: float) -> float:
    """One step of an input of `scale`, in Q5 units."""
    return min(scale * 2.0 ** (31 - INPUT_INTEGER_BITS), float(INT32_MAX))


def farthest(step: float) -> int:
    """Steps below the largest input beyond which TFLM counts nothing."""
    _, shift = quantize_multiplier(step)
    return floor(31 * 2.0 ** (31 - INPUT_INTEGER_BITS - shift))


def exponentials(step: float) -> Array:
    """exp(-d * scale) for d = 0, 1 ... steps below the largest input, Q0, as far as it is something."""
    multiplier, shift = quantize_multiplier(step)
    differences = -np.arange(min(farthest(step), 255) + 1, dtype=np.int64)
    scaled = saturating_rounding_doubling_high_mul(differences << shift, multiplier)
    result = exp_on_negative_values(scaled, INPUT_INTEGER_BITS)
    return result[result >= _NO_SHARE].astype(np.int32)


def shares(x: Array, table: Array) -> Array:
    """The exponentials of int8 `x` less the largest of its row, by the `table`; zero beyond it."""
    complete = np.zeros(256, np.int64)
    complete[: table.size] = table
    result: Array = complete[x.max(axis=-1, keepdims=True).astype(np.int64) - x]
    return result
