"""BINARY_WEIGHT_CONV_2D_INT16: 8-bit data by weights of a bit, as int16 or int8."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgeopt.ir import Array, CCall, Io, Shape, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops.binary._affine import MAX_SHIFT, affine, fits_int32
from edgeopt.ops.binary._checks import is_constant
from edgeopt.ops.binary._signed_sums import SignedSums, chunked_codes, data_of, sums_scratch_bytes
from edgeopt.quantmath import INT32_MAX, INT32_MIN


def _has_lines(op: BinaryWeightConv2DInt16, io: Io) -> bool:
    return all(is_constant(io.optional(index), "int32", io.input(1).shape[:1]) for index in (2, 3))


def _clamp_fits(op: BinaryWeightConv2DInt16, io: Io) -> bool:
    if io.output.dtype not in ("int8", "int16"):
        return True  # another rule says so
    info = np.iinfo(io.output.dtype)
    return info.min <= op.clamp[0] <= op.clamp[1] <= info.max


@OPS.register("BINARY_WEIGHT_CONV_2D_INT16")
@requires("its output is int16 or int8", lambda op, io: io.output.dtype in ("int16", "int8"))
@requires("its multiplier and bias are constant int32, one a channel", _has_lines)
@requires(f"its shift is 0..{MAX_SHIFT}", lambda op, io: 0 <= op.shift <= MAX_SHIFT)
@requires("its clamp lies in its output's type", _clamp_fits)
@requires(
    "the limits of its sums are in order, and 32 bits each",
    lambda op, io: INT32_MIN <= op.low <= op.high <= INT32_MAX,
)
@requires(
    "its products and sums stay in 32 bits for every input",
    lambda op, io: not _has_lines(op, io) or fits_int32(io.input(2).values, io.input(3).values, op.low, op.high),
)
@dataclass(frozen=True)
class BinaryWeightConv2DInt16(SignedSums):
    """y[o] = clamp((min(max(acc[o], low), high) * multiplier[o] + bias[o]) >> shift) of the sums acc (SignedSums).

    Inputs: x, weights, multiplier int32 [O], bias int32 [O]; `affine_constants` finds the numbers.
    """

    name = "binary_weight_conv2d_s16"
    arity = (4, 4)

    low: int
    high: int
    shift: int
    clamp: tuple[int, int]

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return (self.conv_shape(io),)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        multiplier, bias = values[2], values[3]
        assert multiplier is not None and bias is not None
        acc = np.clip(self.sums(io, data_of(values)), self.low, self.high)
        return (np.clip(affine(acc, multiplier, bias, self.shift), *self.clamp).astype(io.output.dtype),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        params: dict[str, int | Array | None] = {
            "codes": chunked_codes(self.bits(io), self.groups),
            "multiplier": io.input(2).values,
            "bias": io.input(3).values,
            "low": self.low,
            "high": self.high,
            "shift": self.shift,
            "clamp_low": self.clamp[0],
            "clamp_high": self.clamp[1],
            **self.geometry(io),
        }
        kernel = "eo_binary_weight_conv2d_s16" if io.output.dtype == "int16" else "eo_binary_weight_conv2d_s8"
        return (CCall(kernel, params, scratch_bytes=sums_scratch_bytes(self, io), why="four products a look-up"),)
