"""BINARY_DENSE_INT16: fully connected layer of bits with bits, to int16 or int8."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeopt.ir import Array, CCall, Io, Shape, Target
from edgeopt.ops import OPS
from edgeopt.ops._window import Window
from edgeopt.ops.binary import _x4
from edgeopt.ops.binary._dense import BinaryFullyConnected
from edgeopt.ops.binary._scaled import Scaled, requires_scaled, scale_array
from edgeopt.ops.binary._stream import scale_stream
from edgeopt.ops.binary.conv2d_int16 import BinaryConv2DInt16


@OPS.register("BINARY_DENSE_INT16")
@requires_scaled
@dataclass(frozen=True)
class BinaryDenseInt16(Scaled, BinaryFullyConnected):
    """A fully connected layer whose counts become numbers: see `Scaled`."""

    name = "binary_dense_s16"

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return ((io.input(0).shape[0], self.out_channels(io)),)

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
