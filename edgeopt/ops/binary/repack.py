"""BINARY_REPACK: a flattening of bits, where a pixel's channels do not fill whole words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from edgeopt.bits import pack_bits, unpack_bits, words_of
from edgeopt.ir import Array, CCall, Io, Shape, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops.binary._checks import holds_bits
from edgeopt.ops.binary._internal import Internal


def _kept_axes(op: BinaryRepack, io: Io) -> int | None:
    """How many leading axes stay; as many as can. None where no number of the others holds the new channels."""
    shape = io.input(0).shape[:-1]
    fits = (n for n in range(len(shape), -1, -1) if prod(shape[n:]) * op.channels_in == op.channels_out)
    return next(fits, None)


@OPS.register("BINARY_REPACK")
@requires("its input is words of its channels' bits", lambda op, io: holds_bits(io.input(0), op.channels_in))
@requires("its output's channels are those of the input's last axes", lambda op, io: _kept_axes(op, io) is not None)
@requires("its output is words of its channels' bits", lambda op, io: holds_bits(io.output, op.channels_out))
@dataclass(frozen=True)
class BinaryRepack(Internal):
    """Words of [..., A, B, channels_in] bits as words of [..., channels_out]: channels_out = A * B * channels_in."""

    name = "binary_repack"

    channels_in: int
    channels_out: int

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return ((*io.input(0).shape[: _kept_axes(self, io)], words_of(self.channels_out)),)

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
