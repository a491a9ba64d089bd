"""What layers with int16 data and int8 weights share: sums, their requantization, and both as kernels take them.

With an int64 bias, or none, TFLM sums in 64 bits and rounds once, with a multiplier of 15 bits. With an int32 bias it
sums modulo 2^32 and requantizes as int8 layers do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from edgeopt.ir import Array, Io, OpType, requires
from edgeopt.ops._checks import requires_int16_data
from edgeopt.ops._requant import Requant, bias_values
from edgeopt.ops._weights import requires_weights
from edgeopt.quantmath import INT32_MAX, INT32_MIN, reduced_multiplier, requantize, requantize64

SUM64_BITS = 47  # TFLM's sums of 64 bits must stay below, so that their product with a multiplier fits
MAX_SHIFT64 = 7
_NO_LONG_SHIFT = -2  # from here on down, kernels/eo_requant64.h requantizes a sum of 32 bits in 32 bits
_DOUBLE, _LONG = 64, -64  # EO_DOUBLE, EO_LONG of kernels/eo_requant64.h


@dataclass(frozen=True)
class Sums:
    """The sums of a layer: bias and requantization of each channel, and what bounds them."""

    requant: Requant
    bias: Array  # int64 [channels]
    in_64_bits: bool
    bound: Array  # largest |sum| of each channel for any input, int64 or, where that is too small, float64

    @classmethod
    def of(cls, io: Io, rows: Array, in_64_bits: bool) -> Sums:
        """Of the layer with weights `rows` [channels, inputs]."""
        bias = bias_values(io.optional(2), rows.shape[0])
        bound = np.abs(rows.astype(np.int64)).sum(axis=1) * 32768.0 + np.abs(bias.astype(np.float64))
        return cls(Requant.of(io), bias, in_64_bits, bound)

    @property
    def fit(self) -> bool:
        """Whether the arithmetic of 64 bits is defined for every input."""
        return not self.in_64_bits or bool(
            (self.bound < 2.0**SUM64_BITS).all() and max(self.requant.shifts) <= MAX_SHIFT64
        )

    @property
    def are_wide(self) -> bool:
        """Whether a kernel must sum in 64 bits."""
        return self.in_64_bits and bool((self.bound >= 2.0**31).any())

    def apply(self, products: Array, clamp: tuple[int, int]) -> Array:
        """int16 of the sums of products [..., channels], int64 in, to which the bias is still to be added."""
        acc = products + self.bias
        multipliers, shifts = np.array(self.requant.multipliers, np.int64), np.array(self.requant.shifts, np.int64)
        if self.in_64_bits:
            scaled = requantize64(acc, multipliers, shifts)
        else:
            scaled = requantize(acc.astype(np.int32), multipliers, shifts)
        return np.clip(scaled, *clamp).astype(np.int16)

    def kernel_arrays(self) -> dict[str, Array | None]:
        """bias, wide_bias, multiplier and shift of each channel: see kernels/eo_requant64.h."""
        channels = self.bias.size
        multipliers, shifts = (
            np.broadcast_to(np.array(values, np.int64), channels)
            for values in (self.requant.multipliers, self.requant.shifts)
        )
        if self.in_64_bits:
            multipliers = reduced_multiplier(multipliers)
            short = (shifts <= _NO_LONG_SHIFT) & (not self.are_wide)
            codes = np.where(short, shifts, shifts + _LONG)
        else:
            codes = shifts + _DOUBLE
        narrow = np.clip(self.bias, INT32_MIN, INT32_MAX).astype(np.int32)
        return {
            "bias": None if self.are_wide else narrow,
            "wide_bias": self.bias if self.are_wide else None,
            "multiplier": multipliers.astype(np.int32),
            "shift": codes.astype(np.int8),
        }


def sums_in_64_bits(io: Io) -> bool:
    bias = io.optional(2)
    return bias is None or bias.dtype == "int64"


def requires_int16_layer(channel_axis: int, bias: tuple[str, ...]) -> Callable[[OpType], OpType]:
    """Class decorator: int16 data, int8 weights, and sums that fit. The operator's `sums(io)` are the layer's Sums."""

    def sums_fit(op: Any, io: Io) -> bool:
        broken = [limit for limit in op.limits if limit.holds is not sums_fit and not limit.holds(op, io)]
        return bool(broken) or op.sums(io).fit  # without weights of the right shape there are no sums

    def add(cls: OpType) -> OpType:
        bounds = f"its sums stay below 2^{SUM64_BITS}, and its scales' ratio below 2^{MAX_SHIFT64}"
        cls = requires(bounds, sums_fit)(cls)
        return requires_weights(channel_axis, requires_int16_data, weights=("int8",), bias=bias)(cls)

    return add


def pack_lanes(rows: Array, block: int) -> Array:
    """int8 rows [channels, inputs] as uint32 [ceil(channels / block), ceil(inputs / 4), block]: see eo_dot_s16.h."""
    channels, inputs = rows.shape
    padded = np.pad(rows.astype(np.int8), ((0, -channels % block), (0, -inputs % 4)))
    # weights 0, 2, 1, 3 of four: their even and odd bytes are the lanes of two neighbours each
    ordered = padded.reshape(padded.shape[0], -1, 4)[:, :, [0, 2, 1, 3]].reshape(padded.shape)
    words = np.ascontiguousarray(ordered).view("<u4").astype(np.uint32)
    return np.ascontiguousarray(words.reshape(-1, block, words.shape[1]).transpose(0, 2, 1))
