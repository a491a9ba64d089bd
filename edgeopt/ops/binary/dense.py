"""BINARY_DENSE: fully connected layer of bits with bits, a threshold a channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edgeopt.bits import pack_bits, words_of
from edgeopt.ir import Array, CCall, Io, Shape, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops._window import Window
from edgeopt.ops.binary import _x4
from edgeopt.ops.binary._dense import BinaryFullyConnected, has_words
from edgeopt.ops.binary._stream import fire_stream, first_counts
from edgeopt.ops.binary._weights import thresholds_fit
from edgeopt.ops.binary.conv2d import BinaryConv2D


def _thresholds_fit(op: BinaryDense, io: Io) -> bool:
    return not has_words(op, io) or thresholds_fit(io.optional(2), op.out_channels(io), op.features)


@OPS.register("BINARY_DENSE")
@requires("its thresholds are constant int32, one a channel, of -1 to twice its features", _thresholds_fit)
@requires("its output is words of bits (int32)", lambda op, io: io.output.dtype == "int32")
@dataclass(frozen=True)
class BinaryDense(BinaryFullyConnected):
    """bit = d > threshold[o]. Inputs: x, weights, thresholds int32 [O]."""

    name = "binary_dense"
    arity = (3, 3)

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return ((io.input(0).shape[0], words_of(self.out_channels(io))),)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x, weights, thresholds = values
        assert x is not None and weights is not None and thresholds is not None
        return (pack_bits(self.doubled_counts(x, weights) > thresholds),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        if _x4.suits(self.features, target):
            return BinaryConv2D(Window((1, 1)), self.features).c_calls(_x4.as_pixels(io), target)
        counts, _ = first_counts(io.input(2).values)
        params: dict[str, int | Array | None] = {
            "stream": fire_stream(io.input(1).values, counts),
            "scale": None,
            "bytes": 0,
            **self.geometry(io),
        }
        return (self.call(io, params, _x4.why_not(self.features, target)),)
