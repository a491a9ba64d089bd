"""BINARY_CONV_2D_INT16: convolution of bits with bits, to int16 or int8."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from edgeopt.ir import Array, CCall, Io, Shape, Target
from edgeopt.ops import OPS
from edgeopt.ops.binary import _x4
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
        rows = self.rows(io)
        if _x4.suits(self.products, target):
            return (self._x4_call(io),)
        params: dict[str, int | Array] = {
            "stream": scale_stream(rows, io.input(2).values, io.input(3).values),
            **scale_params(self),
            **self.geometry(io),
        }
        patch_bytes = 4 * rows.shape[1]
        scratch_bytes = 2 * patch_bytes if self.pad_mask else patch_bytes
        return (CCall(kernel_of("eo_binary_conv2d", io), params, scratch_bytes=scratch_bytes, why=self.reading(io)),)

    def _x4_call(self, io: Io) -> CCall:
        rows, channels = self.rows(io), self.out_channels(io) // self.groups
        params: dict[str, int | Array] = {
            "stream": _x4.scale_stream(rows, io.input(2).values, io.input(3).values, self.groups),
            **scale_params(self),
            **self.geometry(io),
        }
        scratch_bytes = _x4.scratch_bytes(channels, rows.shape[1], self.pad_mask != 0)
        return CCall(kernel_of("eo_binary_conv2d_x4", io), params, scratch_bytes=scratch_bytes, why=self.reading(io))
