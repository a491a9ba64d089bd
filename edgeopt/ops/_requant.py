"""Requantization constants of convolutions and dense layers: what the kernels read from flash for each channel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeopt.ir import Array, Io, Tensor
from edgeopt.quantmath import quantize_multiplier, requantize

WIDE = 64  # EO_WIDE of kernels/eo_requant.h
_NARROW_SHIFTS = -22, -1


@dataclass(frozen=True)
class Requant:
    """Multipliers (Q31) and shifts (positive to the left) of a layer: one each, or one a channel."""

    multipliers: tuple[int, ...]
    shifts: tuple[int, ...]

    @classmethod
    def of(cls, io: Io) -> Requant:
        """Of a layer with data, weights and output as TFLM computes it: a product and a quotient in double."""
        x, weights, y = io.input(0).q, io.input(1).q, io.output.q
        pairs = [quantize_multiplier(x.scale * scale / y.scale) for scale in weights.scales]
        return cls(tuple(multiplier for multiplier, _ in pairs), tuple(shift for _, shift in pairs))

    def apply(self, acc: Array, zero_point: int, clamp: tuple[int, int]) -> Array:
        """int8 of the accumulators [..., channels], int64 in."""
        scaled = requantize(acc, np.array(self.multipliers, np.int64), np.array(self.shifts, np.int64))
        return np.clip(scaled + zero_point, *clamp).astype(np.int8)

    def kernel_arrays(self, bound: Array) -> tuple[Array, Array]:
        """(multiplier int32, shift code int8) for the kernels; `bound`: largest |accumulator|, one or one a channel.

        A code is the shift itself where it goes right by 1 to 22 and the accumulator stays below 2^30, which lets the
        kernels take a short cut; otherwise the shift + WIDE.
        """
        multipliers, shifts, bounds = np.broadcast_arrays(self.multipliers, self.shifts, bound)
        narrow = (shifts >= _NARROW_SHIFTS[0]) & (shifts <= _NARROW_SHIFTS[1]) & (bounds < 2**30)
        return multipliers.astype(np.int32), np.where(narrow, shifts, shifts + WIDE).astype(np.int8)


def bias_values(bias: Tensor | None, channels: int) -> Array:
    """The bias as int64, zeros where it is left out."""
    return np.zeros(channels, np.int64) if bias is None else bias.values.astype(np.int64)


def accumulator_bound(rows: Array, bias: Array, zero_point: int) -> Array:
    """Largest |accumulator| of each channel for any input; `rows` [channels, inputs] int64."""
    bound: Array = np.abs(bias) + np.abs(rows).sum(axis=1) * max(128 + zero_point, 127 - zero_point)
    return bound


def folded_bias(rows: Array, bias: Array, zero_point: int) -> Array:
    """bias - zero_point * sum(weights), modulo 2^32: lets a kernel multiply the raw input."""
    folded: Array = (bias - zero_point * rows.sum(axis=1)).astype(np.int32)
    return folded


def pack_weights(rows: Array, block: int, dtype: str) -> Array:
    """Rows [channels, inputs] of int8, or of int4 held as int8, as uint32 words: see eo_dot_s8.h.

    int8: [ceil(channels / block), ceil(inputs / 4), block]; int4: half as many, two neighbours of a block in one.
    """
    words = pack_rows(rows, block)
    if dtype == "int8":
        return words
    nibbles = words & np.uint32(0x0F0F0F0F)
    packed: Array = nibbles[..., ::2] | nibbles[..., 1::2] << np.uint32(4)
    return packed


def pack_nibbles(values: Array) -> Array:
    """int4 held as int8, in row-major order two a byte, the first in the low half; int8 [ceil(elements / 2)]."""
    low = np.pad(values.reshape(-1).view(np.uint8) & np.uint8(15), (0, values.size % 2))
    packed: Array = low[::2] | low[1::2] << np.uint8(4)
    return packed.view(np.int8)


def kernel_for(weights: Tensor, kernel: str) -> str:
    """`kernel`, whose name ends in _s8, or its form for int4 weights."""
    return kernel.removesuffix("_s8") + "_w4_s8" if weights.dtype == "int4" else kernel


def pack_rows(rows: Array, block: int) -> Array:
    """int8 rows [channels, inputs] as uint32 [ceil(channels / block), ceil(inputs / 4), block]."""
    channels, inputs = rows.shape
    padded = np.pad(rows.astype(np.int8), ((0, -channels % block), (0, -inputs % 4)))
    words = np.ascontiguousarray(padded).view("<u4").astype(np.uint32)
    return np.ascontiguousarray(words.reshape(-1, block, words.shape[1]).transpose(0, 2, 1))
