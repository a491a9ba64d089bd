"""What layers with int16 data share, their weights int8 or int16: sums, requantization, and both as kernels take them.

With an int64 bias, or none, TFLM sums in 64 bits and rounds once, with a multiplier of 15 bits. With an int32 bias it
sums modulo 2^32 and requantizes as int8 layers do.

int16 weights, which TFLM has not, have an int64 bias or none. Where no sum can leave 32 bits and no ratio of scales is
1/2 or more, they have multipliers of Q32 and one rounding, which is off by a quarter of a step at most.
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
from edgeopt.ops.int16._wide_weights import MAX_WEIGHT, fit_kernels
from edgeopt.quantmath import INT32_MAX, INT32_MIN, reduced_multiplier, requantize, requantize64, requantize_q32

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
    are_wide: bool  # a kernel must sum in 64 bits

    @classmethod
    def of(cls, io: Io, rows: Array, in_64_bits: bool) -> Sums:
        """Of the layer with weights `rows` [channels, inputs]."""
        bias = bias_values(io.optional(2), rows.shape[0])
        bound = np.abs(rows.astype(np.int64)).sum(axis=1) * 32768.0 + np.abs(bias.astype(np.float64))
        small = bool((bound < 2.0**31).all())
        if not has_wide_weights(io):
            return cls(Requant.of(io), bias, in_64_bits, bound, in_64_bits and not small)
        ratios = np.array(io.input(1).q.scales) * io.input(0).q.scale / io.output.q.scale
        multipliers = np.rint(np.broadcast_to(ratios, bias.size) * 2.0**32)
        if small and (multipliers <= INT32_MAX).all():
            return Q32Sums(Requant.of(io), bias, in_64_bits, bound, False, multipliers.astype(np.int64))
        return cls(Requant.of(io), bias, in_64_bits, bound, True)

    @property
    def fit(self) -> bool:
        """Whether the arithmetic of 64 bits is defined for every input."""
        return not self.in_64_bits or bool(
            (self.bound < 2.0**SUM64_BITS).all() and max(self.requant.shifts) <= MAX_SHIFT64
        )

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


@dataclass(frozen=True)
class Q32Sums(Sums):
    """Sums of 32 bits with int16 weights, and their multipliers."""

    multipliers: Array  # int64 [channels], Q32, 0..2^31-1

    def apply(self, products: Array, clamp: tuple[int, int]) -> Array:
        return np.clip(requantize_q32(products + self.bias, self.multipliers), *clamp).astype(np.int16)

    def kernel_arrays(self) -> dict[str, Array | None]:
        multiplier, bias = (values.astype(np.int32) for values in (self.multipliers, self.bias))
        return {"bias": bias, "wide_bias": None, "multiplier": multiplier, "shift": None}


def sums_in_64_bits(io: Io) -> bool:
    bias = io.optional(2)
    return bias is None or bias.dtype == "int64"


def has_wide_weights(io: Io) -> bool:
    """Whether the weights are int16, which no other runtime has."""
    weights = io.optional(1)
    return weights is not None and weights.dtype == "int16"


def _weights_fit(op: Any, io: Io) -> bool:
    return not has_wide_weights(io) or io.input(1).data is None or fit_kernels(io.input(1))


def _bias_is_wide(op: Any, io: Io) -> bool:
    return not has_wide_weights(io) or sums_in_64_bits(io)


def requires_int16_layer(channel_axis: int, bias: tuple[str, ...]) -> Callable[[OpType], OpType]:
    """Class decorator: int16 data, int8 or int16 weights, and sums that fit. Its `sums(io)` are the layer's Sums."""

    def sums_fit(op: Any, io: Io) -> bool:
        broken = [limit for limit in op.limits if limit.holds is not sums_fit and not limit.holds(op, io)]
        return bool(broken) or op.sums(io).fit  # without weights of the right shape there are no sums

    def add(cls: OpType) -> OpType:
        bounds = f"its sums stay below 2^{SUM64_BITS}, and its scales' ratio below 2^{MAX_SHIFT64}"
        cls = requires(bounds, sums_fit)(cls)
        cls = requires("beside int16 weights its bias is int64, or left out", _bias_is_wide)(cls)
        cls = requires(f"int16 weights are within +-{MAX_WEIGHT:,}", _weights_fit)(cls)
        return requires_weights(channel_axis, requires_int16_data, weights=("int8", "int16"), bias=bias)(cls)

    return add
