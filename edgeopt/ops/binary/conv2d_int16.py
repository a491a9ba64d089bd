"""BINARY_CONV_2D_INT16: convolution of bits with bits, to int16 or int8."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from edgeopt.ir import Array, CCall, Io, Shape, Target
from edgeopt.ops import OPS
from edgeopt.ops.binary import _x4
from edgeopt.ops.binary._convolution import BinaryConvolution, Part
from edgeopt.ops.binary._scaled import Scaled, kernel_of, requires_scaled, scale_array
from edgeopt.ops.binary._stream import scale_stream


@OPS.register("BINARY_CONV_2D_INT16")
@requires_scaled
@dataclass(frozen=True)
class BinaryConv2DInt16(Scaled, BinaryConvolution):
    """A convolution whose counts become numbers: see `Scaled`."""

    name = "binary_conv2d_s16"

    def infer(self, io: Io) -> tuple[Shape, ...]:
        x = io.input(0).shape
        return ((x[0], *self.window.output_size((x[1], x[2])), self.out_channels(io)),)

    def binary_macs(self, io: Io) -> int:
        return prod(io.output.shape) * self.products

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
