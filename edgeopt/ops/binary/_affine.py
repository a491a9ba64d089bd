"""A line for each channel in 32 bits: (multiplier x + bias) >> shift, as every operator of this room brings its sums
to int16. The bias holds the intercept, the zero point and the half that rounds."""

import numpy as np
from numpy.typing import ArrayLike

from edgeopt.errors import UnsupportedModel
from edgeopt.ir import Array
from edgeopt.quantmath import INT32_MAX, INT32_MIN

MAX_SHIFT = 31


def affine_constants(
    slope: ArrayLike, intercept: ArrayLike, low: ArrayLike, high: ArrayLike
) -> tuple[Array, Array, int]:
    """(multiplier int32, bias int32, shift) with (multiplier x + bias) >> shift ~= round(slope x + intercept).

    For whole x from `low` to `high`, inclusive; the four arguments broadcast, usually to [channels]. `slope` and
    `intercept` are in steps of the output, the intercept with its zero point. The one shift of all lines is the largest
    with which neither product nor sum leaves int32 for any such x. A line meets the real one halfway between low and
    high, and is off by |high - low| / 2^(shift + 2) at either end, before rounding to nearest (halves up).

    Raises UnsupportedModel where even whole multipliers are too large, or a number is not finite.
    """
    slopes, intercepts, lows, highs = np.broadcast_arrays(
        *(np.asarray(value, np.float64) for value in (slope, intercept, low, high))
    )
    middle = (lows + highs) / 2
    if np.isfinite(slopes).all() and np.isfinite(intercepts).all():
        for shift in range(MAX_SHIFT, -1, -1):
            multiplier = np.rint(np.ldexp(slopes, shift))
            exact = np.ldexp(slopes * middle + intercepts, shift) - multiplier * middle
            bias = np.rint(exact) + (1 << shift >> 1)
            if fits_int32(multiplier, bias, lows, highs):
                return multiplier.astype(np.int32), bias.astype(np.int32), shift
    raise UnsupportedModel(
        "a channel's scale or offset is too large for 32 bits, or not a number",
        "look for batch normalizations with a variance near 0, and calibrate with more data",
    )


def fits_int32(multiplier: Array, bias: Array, low: ArrayLike, high: ArrayLike) -> bool:
    """Whether multiplier x and multiplier x + bias stay in int32 for every x from `low` to `high`."""
    wide, offset = (np.asarray(value, np.result_type(value, np.int64)) for value in (multiplier, bias))
    parts = [wide, offset]
    for end in (low, high):
        product = wide * np.asarray(end)
        parts += [product, product + offset]
    return all(bool(((part >= INT32_MIN) & (part <= INT32_MAX)).all()) for part in parts)


def affine(x: Array, multiplier: Array, bias: Array, shift: int) -> Array:
    """int64 of whole x [..., channels], not clamped."""
    moved: Array = (x.astype(np.int64) * multiplier.astype(np.int64) + bias.astype(np.int64)) >> shift
    return moved
