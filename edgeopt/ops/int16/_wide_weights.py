"""Weights of 16 bits: how real weights become such, and how the kernels on int16 data want rows of 8 or 16 bits.

No .tflite has them. edgeopt gives them to the real-valued layers of binarized networks, which 8 bits would cost
accuracy: twelve are as good as float, and most layers get them with sums of 32 bits.
"""

from __future__ import annotations

from bisect import bisect_left

import numpy as np
from numpy.typing import ArrayLike

from edgeopt.ir import Array, Tensor
from edgeopt.quantmath import INT32_MAX

MAX_BITS = 15
MAX_WEIGHT = 2 ** (MAX_BITS - 1) - 1  # four products of such with int16 stay in 32 bits
USEFUL_BITS = 12
_FEWEST_BITS = 10  # fewer are felt; rather than those, sums of 64 bits
_MOST_OF_A_SUM = INT32_MAX // 32768  # of |weights| whose products with any int16 stay in 32 bits
_MOST_OF_A_BIAS = 2**31  # the same for a bias of 64 bits, whose sums stay below 2^47


def quantize_weights(rows: ArrayLike, bits: int = MAX_BITS) -> tuple[Array, Array]:
    """(int16 values, float32 scales a channel) of real `rows` [channels, ...]: |value| < 2^(bits - 1), bits 2..15.

    A channel of zeros has the scale of another.
    """
    real = np.asarray(rows, np.float64)
    return _rounded(real, np.abs(real).reshape(real.shape[0], -1).max(axis=1) / (2 ** (bits - 1) - 1))


def quantize_for_32_bits(rows: ArrayLike, bias: ArrayLike, in_scale: float) -> tuple[Array, Array]:
    """The same on the scales of `scales_for_32_bits`."""
    real = np.asarray(rows, np.float64)
    return _rounded(real, scales_for_32_bits(real, bias, in_scale).astype(np.float64))


def scales_for_32_bits(rows: ArrayLike, bias: ArrayLike, in_scale: float) -> Array:
    """float32 scales a channel of weights with as many bits, up to 15, as leave sums of 32 bits for any int16 input.

    `rows` real [channels, ...], `bias` real [channels], `in_scale` of the input. Where the weights leave a
    channel fewer than 10 bits, all get 12, and the layer sums in 64.
    """
    real = np.abs(np.asarray(rows, np.float64))
    flat = real.reshape(real.shape[0], -1)
    peak, total, inputs = flat.max(axis=1), flat.sum(axis=1), flat.shape[1]
    offset = np.abs(np.asarray(bias, np.float64)) / in_scale / 32768.0  # in units of inputs at their end
    room = _MOST_OF_A_SUM - (inputs + 1) / 2  # every weight and the bias may be rounded up by half
    # a bias that no input makes up for needs a coarse output, on which few bits of the weights are seen
    if room > 0 and (peak * room >= (total + np.minimum(offset, total)) * 2.0 ** (_FEWEST_BITS - 1)).all():
        return _float32_from(np.maximum((total + offset) / room, peak / MAX_WEIGHT))
    return _float32_from(np.maximum(peak / (2 ** (USEFUL_BITS - 1) - 1), offset / _MOST_OF_A_BIAS))


def _rounded(real: Array, least: Array) -> tuple[Array, Array]:
    """Rows divided by the float32 scales that are not below `least`."""
    scales = _float32_from(least)
    by_row = scales.astype(np.float64).reshape(-1, *[1] * (real.ndim - 1))
    return np.rint(real / by_row).astype(np.int16), scales


def _float32_from(least: Array) -> Array:
    """The float32 next to each, not below it; for 0 that of another channel, or 1."""
    scales = least.astype(np.float32)
    scales = np.where(scales < least, np.nextafter(scales, np.float32(np.inf)), scales)
    other = scales[scales > 0].min(initial=np.inf)
    found: Array = np.where(scales > 0, scales, other if np.isfinite(other) else 1.0).astype(np.float32)
    return found


def fit_kernels(weights: Tensor) -> bool:
    """Whether weights are int8, or an int16 of 15 bits."""
    return weights.dtype != "int16" or bool((np.abs(weights.values.astype(np.int32)) <= MAX_WEIGHT).all())


def kernel_for(weights: Array, kernel: str) -> str:
    """`kernel`, whose name ends in _s16, or its form for int16 weights."""
    return kernel.removesuffix("_s16") + "_w16_s16" if weights.dtype == np.int16 else kernel


def part_words(rows: Array) -> int:
    """The most words of four inputs, at least 1, that a sum over any as many neighbours fits in 32 bits.

    `rows` [channels, inputs] of int8 or int16, with which the inputs, any int16, are multiplied.
    """
    words = np.abs(_padded(rows).astype(np.int64)).reshape(rows.shape[0], -1, 4).sum(axis=2)
    until = np.pad(words.cumsum(axis=1), ((0, 0), (1, 0)))
    lengths = range(1, words.shape[1] + 1)
    fitting = bisect_left(lengths, True, key=lambda n: bool((until[:, n:] - until[:, :-n]).max() > _MOST_OF_A_SUM))
    return max(1, fitting)


def pack_lanes(rows: Array, block: int) -> Array:
    """Rows [channels, inputs] as uint32 [ceil(channels / block), words, block].

    int8: ceil(inputs / 4) words, see eo_dot_s16.h; int16: twice as many, see eo_dot_w16_s16.h.
    """
    channels = rows.shape[0]
    padded = np.pad(_padded(rows), ((0, -channels % block), (0, 0)))
    if rows.dtype != np.int16:
        # weights 0, 2, 1, 3 of four: their even and odd bytes are the lanes of two neighbours each
        padded = padded.astype(np.int8).reshape(padded.shape[0], -1, 4)[:, :, [0, 2, 1, 3]].reshape(padded.shape)
    words = np.ascontiguousarray(padded).view("<u4").astype(np.uint32)
    return np.ascontiguousarray(words.reshape(-1, block, words.shape[1]).transpose(0, 2, 1))


def _padded(rows: Array) -> Array:
    """Inputs filled up with zeros to a multiple of four."""
    return np.pad(rows, ((0, 0), (0, -rows.shape[1] % 4)))
