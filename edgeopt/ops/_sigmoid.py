"""What int8 logistic and tanh share: the input brought to Q4 fixed point, saturating where the function has."""

import math
from collections.abc import Callable

import numpy as np

from edgeopt.ir import Array, Io
from edgeopt.quantmath import requantize, rounding_divide_by_pot

_INPUT_INTEGER_BITS = 4
SMALLEST_INPUT_SCALE = 2.0**-27  # below it the Q4 multiplier would need a right shift, which TFLM does not define


def sigmoid_int8(q: Array, io: Io, function: Callable[[Array, int], Array], output_bits: int, zero_point: int) -> Array:
    """`function` (Q4 to Q0) of the int8 values, rounded to `output_bits` fractional bits, as TFLM does it."""
    quant = io.input(0).q
    mantissa, shift = math.frexp(quant.scale * 2.0 ** (31 - _INPUT_INTEGER_BITS))
    radius = math.floor(15 * 2.0 ** (27 - shift))  # inputs this far from zero are beyond +-15, where it has saturated
    x = q - quant.zero_point
    # halves away from zero, as TfLiteRound
    in_q4 = requantize(x, math.floor(mantissa * 2**31 + 0.5), min(shift, 30))
    out = rounding_divide_by_pot(function(in_q4, _INPUT_INTEGER_BITS), 31 - output_bits) + zero_point
    return np.where(x <= -radius, -128, np.where(x >= radius, 127, out))
