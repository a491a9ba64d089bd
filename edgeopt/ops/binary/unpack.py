"""BINARY_UNPACK: two integers for the bits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from edgeopt.bits import unpack_bits
from edgeopt.ir import Array, CCall, Io, Shape, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops._elementwise import strip_of_elements
from edgeopt.ops.binary._checks import holds_bits
from edgeopt.ops.binary._internal import Internal


def _values_fit(op: BinaryUnpack, io: Io) -> bool:
    if io.output.dtype not in ("int8", "int16"):
        return True  # another rule says so
    info = np.iinfo(io.output.dtype)
    return all(info.min <= value <= info.max for value in (op.positive, op.negative))


@OPS.register("BINARY_UNPACK")
@requires("its input is words of its channels' bits", lambda op, io: holds_bits(io.input(0), op.channels))
@requires("its output is int8 or int16", lambda op, io: io.output.dtype in ("int8", "int16"))
@requires("its two values fit into its output", _values_fit)
@dataclass(frozen=True)
class BinaryUnpack(Internal):
    """`positive` where the bit is 0 and `negative` where it is 1: int8 or int16 [..., channels] of words of bits."""

    name = "binary_unpack"

    channels: int
    positive: int
    negative: int

    strip = strip_of_elements

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return ((*io.input(0).shape[:-1], self.channels),)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        (x,) = values
        assert x is not None
        bits = unpack_bits(x, self.channels)
        return (np.where(bits != 0, self.negative, self.positive).astype(io.output.dtype),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        params = {
            "rows": prod(io.output.shape[:-1]),
            "channels": self.channels,
            "positive": self.positive,
            "negative": self.negative,
        }
        return (CCall("eo_binary_unpack_s8" if io.output.dtype == "int8" else "eo_binary_unpack_s16", params),)
