"""Requantization in numpy, with the rounding of TensorFlow Lite for Microcontrollers; twin of kernels/eo_requant.h and
of kernels/eo_requant64.h.

Source: the TFLite 8-bit quantization specification and gemmlowp's fixed-point functions, double rounding:
a saturating rounding doubling high multiply, then a rounding arithmetic shift to the right.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from edgeopt.ir import Array, Quant

INT32_MAX = 2**31 - 1
INT32_MIN = -(2**31)


def quantize_multiplier(real: float) -> tuple[int, int]:
    """(multiplier, shift), real ~= multiplier * 2**(shift - 31); multiplier in [2^30, 2^31) or 0; shift > 0 is left."""
    if real == 0.0:
        return 0, 0
    mantissa, shift = math.frexp(real)
    # C's round(): halves go away from zero
    multiplier = int(math.copysign(math.floor(abs(mantissa) * 2**31 + 0.5), mantissa))
    if abs(multiplier) == 2**31:
        multiplier //= 2
        shift += 1
    if shift < -31:
        return 0, 0
    if shift > 30:
        return INT32_MAX, 30
    return multiplier, shift


def saturating_rounding_doubling_high_mul(a: ArrayLike, b: ArrayLike) -> Array:
    """High 32 bits of 2ab, rounded to nearest with halves up; int32 in, int64 array out.

    gemmlowp writes it with a signed nudge and a truncating division, which comes to the same.
    """
    a64, b64 = np.asarray(a, np.int64), np.asarray(b, np.int64)
    high = (a64 * b64 + (1 << 30)) >> 31
    overflow = (a64 == INT32_MIN) & (b64 == INT32_MIN)
    return np.where(overflow, INT32_MAX, high)


def rounding_divide_by_pot(x: ArrayLike, exponent: ArrayLike) -> Array:
    """x / 2**exponent rounded to nearest, halves away from zero; exponent 0..31."""
    x64, e64 = np.asarray(x, np.int64), np.asarray(exponent, np.int64)
    mask = (np.int64(1) << e64) - 1
    remainder = x64 & mask
    threshold = (mask >> 1) + (x64 < 0)
    return (x64 >> e64) + (remainder > threshold)


def requantize(acc: ArrayLike, multiplier: ArrayLike, shift: ArrayLike) -> Array:
    """acc * multiplier * 2**(shift - 31), double rounding. The left shift wraps in 32 bits as TFLM's does."""
    acc64, s64 = np.asarray(acc, np.int64), np.asarray(shift, np.int64)
    left, right = np.maximum(s64, 0), np.maximum(-s64, 0)
    shifted = (acc64 << left).astype(np.int32).astype(np.int64)
    return rounding_divide_by_pot(saturating_rounding_doubling_high_mul(shifted, multiplier), right)


def reduced_multiplier(multiplier: ArrayLike) -> Array:
    """A multiplier of 31 bits rounded to 15, as 64-bit sums are multiplied with; at most 32767."""
    return np.minimum((np.asarray(multiplier, np.int64) + (1 << 15)) >> 16, 32767)


def requantize64(acc: ArrayLike, multiplier: ArrayLike, shift: ArrayLike) -> Array:
    """acc * multiplier * 2**(shift - 31) for |acc| < 2^47: the multiplier rounded to 15 bits, then one rounding.

    Halves go up. The result wraps in 32 bits as TFLM's does; shift -31..14.
    """
    right = 15 - np.asarray(shift, np.int64)
    product = np.asarray(acc, np.int64) * reduced_multiplier(multiplier)
    result: Array = ((product + (np.int64(1) << (right - 1))) >> right).astype(np.int32).astype(np.int64)
    return result


def requantize_q32(acc: ArrayLike, multiplier: ArrayLike) -> Array:
    """acc * multiplier * 2**-32 of int32 with one rounding, halves up; multiplier 0..2^31-1."""
    result: Array = (np.asarray(acc, np.int64) * np.asarray(multiplier, np.int64) + (1 << 31)) >> 32
    return result


def dtype_range(dtype: str) -> tuple[int, int]:
    info = np.iinfo(dtype)
    return int(info.min), int(info.max)


def activation_range(activation: str, quant: Quant, dtype: str = "int8") -> tuple[int, int]:
    """Clamp of a fused activation (NONE, RELU, RELU6, RELU_N1_TO_1) in the output's quantized units, inclusive."""
    low, high = dtype_range(dtype)

    def quantize(real: float) -> int:
        # float32 division and TfLiteRound (halves away from zero), as in CalculateActivationRangeQuantized
        x = float(np.float32(real) / np.float32(quant.scale))
        return quant.zero_point + int(math.copysign(math.floor(abs(x) + 0.5), x))

    if activation in ("RELU", "RELU6"):
        low = max(low, quantize(0.0))
    if activation == "RELU6":
        high = min(high, quantize(6.0))
    if activation == "RELU_N1_TO_1":
        low, high = max(low, quantize(-1.0)), min(high, quantize(1.0))
    return low, high
