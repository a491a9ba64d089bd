"""BINARY_DENSE_INT16: fully connected layer of bits with bits, to int16 or int8."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgeopt.ir import Array, CCall, Io, Shape, Target
from edgeopt.ops import OPS
from edgeopt.ops._window import Window
from edgeopt.ops.binary import _x4
from edgeopt.ops.binary._dense import BinaryFullyConnected
from edgeopt.ops.binary._scaled import requires_scaled, scale_array, scaled
from edgeopt.ops.binary._stream import scale_stream
from edgeopt.ops.binary.conv2d_int16 import BinaryConv2DInt16


@OPS.register("BINARY_DENSE_INT16")
@requires_scaled
@dataclass(frozen=True)
class BinaryDenseInt16(BinaryFullyConnected):
    """q = clamp((min(max(d, d_low), d_high) * multiplier[o] + bias[o]) >> shift).

    Inputs: x, weights, multiplier, bias int32 [O]. The bias holds the zero point and the half that rounds.
    """

    name = "binary_dense_s16"
    arity = (4, 4)

    d_low: int
    d_high: int
    shift: int
    clamp: tuple[int, int]  # of the output, inclusive

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return ((io.input(0).shape[0], self.out_channels(io)),)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x, weights = values[:2]
        assert x is not None and weights is not None
        return (scaled(self, io, self.doubled_counts(x, weights)),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        if _x4.suits(self.features, target):
            op = BinaryConv2DInt16(
                Window((1, 1)), self.features, 1, False, self.d_low, self.d_high, self.shift, self.clamp
            )
            return op.c_calls(_x4.as_pixels(io), target)
        params: dict[str, int | Array | None] = {
            "stream": scale_stream(io.input(1).values, io.input(2).values, io.input(3).values),
            "scale": scale_array(self),
            "bytes": np.dtype(io.output.dtype).itemsize,
            **self.geometry(io),
        }
        return (self.call(io, params, _x4.why_not(self.features, target)),)
