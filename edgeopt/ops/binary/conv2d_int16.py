"""BINARY_CONV_2D_INT16: convolution of bits with bits, to int16 or int8."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from edgeopt.ir import Array, CCall, Io, Shape, Target
from edgeopt.ops import OPS
from edgeopt.ops.binary._convolution import BinaryConvolution
from edgeopt.ops.binary._scaled import kernel_of, requires_scaled, scale_params, scaled
from edgeopt.ops.binary._stream import scale_stream


@OPS.register("BINARY_CONV_2D_INT16")
@requires_scaled
@dataclass(frozen=True)
class BinaryConv2DInt16(BinaryConvolution):
    """q = clamp((min(max(d, d_low), d_high) * multiplier[o] + bias[o]) >> shift).

    Inputs: x, weights, multiplier, bias int32 [O]. The bias holds the zero point and the half that rounds.
    """

    name = "binary_conv2d_s16"
    arity = (4, 4)

    d_low: int
    d_high: int
    shift: int
    clamp: tuple[int, int]  # of the output, inclusive

    def infer(self, io: Io) -> tuple[Shape, ...]:
        x = io.input(0).shape
        return ((x[0], *self.window.output_size((x[1], x[2])), self.out_channels(io)),)

    def binary_macs(self, io: Io) -> int:
        return prod(io.output.shape) * self.products

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x, weights = values[:2]
        assert x is not None and weights is not None
        return (scaled(self, io, self.doubled_counts(x, weights)),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        kernel, rows = kernel_of("eo_binary_conv2d", io), self.rows(io)
        multiplier, bias = io.input(2).values, io.input(3).values
        calls = []
        for part in self.parts(io, 1):
            of = part.channels
            params: dict[str, int | Array | None] = {
                **self.geometry(io),
                **part.firsts,
                "stream": scale_stream(rows[of], multiplier[of], bias[of]),
                "scale": np.array(list(scale_params(self).values()), np.int32),
                "any_mask": None,
                "odd": None,
                "pool_height": 1,
                "pool_width": 1,
            }
            calls.append(CCall(kernel, params, scratch_bytes=self.patch_bytes(io), why=self.reading(io)))
        return tuple(calls)
