"""BINARY_REPACK: a flattening of bits, where a pixel's channels do not fill whole words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from edgeopt.bits import pack_bits, unpack_bits
from edgeopt.ir import Array, CCall, Io, Shape, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops.binary._checks import holds_bits
from edgeopt.ops.binary._internal import Internal


def _channels_fit(op: BinaryRepack, io: Io) -> bool:
    return 0 < op.channels_in <= op.channels_out and op.channels_out % op.channels_in == 0


def _bits_fit(op: BinaryRepack, io: Io) -> bool:
    return prod(io.input(0).shape[:-1]) * op.channels_in == prod(io.output.shape[:-1]) * op.channels_out


@OPS.register("BINARY_REPACK")
@requires("its input is words of its channels' bits", lambda op, io: holds_bits(io.input(0), op.channels_in))
@requires("its output is words of its channels' bits", lambda op, io: holds_bits(io.output, op.channels_out))
@requires("its output's channels are a multiple of its input's", _channels_fit)
@requires("its output holds the bits of its input", _bits_fit)
@dataclass(frozen=True)
class BinaryRepack(Internal):
    """Words of [..., channels_in] bits as words of [..., channels_out], several pixels' channels behind each other."""

    name = "binary_repack"

    channels_in: int
    channels_out: int

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return (io.output.shape,)  # whose bits are counted above

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        (x,) = values
        assert x is not None
        return (pack_bits(unpack_bits(x, self.channels_in).reshape(*io.output.shape[:-1], self.channels_out)),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        params = {
            "rows": prod(io.output.shape[:-1]),
            "pieces": self.channels_out // self.channels_in,
            "channels": self.channels_in,
        }
        return (CCall("eo_binary_repack", params),)
