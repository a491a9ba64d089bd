"""BINARY_CONV_2D_INT16: convolution of bits with bits, to int16 or int8."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from edgeopt.ir import Array, CCall, Io, Shape, Target
from edgeopt.ops import OPS
from edgeopt.ops.binary import _x4
from edgeopt.ops.binary._convolution import BinaryConvolution, Part
from edgeopt.ops.binary._scaled import kernel_of, requires_scaled, scale_array, scaled
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
        return tuple(self._call(io, target, part) for part in self.parts(io, 1))

    def _call(self, io: Io, target: Target, part: Part) -> CCall:
        rows, *lines = (values[part.channels] for values in (self.rows(io), io.input(2).values, io.input(3).values))
        params: dict[str, int | Array | None] = {
            **self.geometry(io),
            **part.firsts,
            "scale": scale_array(self),
            "any_mask": None,
            "odd": None,
            "pool_height": 1,
            "pool_width": 1,
        }
        if _x4.suits(self.products, target):
            params["stream"] = _x4.scale_stream(rows, *lines)
            scratch_bytes = _x4.scratch_bytes(len(rows), self.patch_bytes(io))
            kernel = kernel_of("eo_binary_conv2d_x4", io)
            return CCall(kernel, params, scratch_bytes=scratch_bytes, why=self.reading(io))
        params["stream"] = scale_stream(rows, *lines)
        why = "; ".join(filter(None, (self.reading(io), _x4.why_not(self.products, target))))
        return CCall(kernel_of("eo_binary_conv2d", io), params, scratch_bytes=self.patch_bytes(io), why=why)
