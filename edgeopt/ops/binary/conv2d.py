"""BINARY_CONV_2D: convolution of bits with bits, a threshold a channel, and max-pooling of the signs behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgeopt.bits import WORD_BITS, pack_bits, words_of
from edgeopt.ir import Array, CCall, Io, Shape, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops._pool import MAX_WINDOW
from edgeopt.ops.binary import _x4
from edgeopt.ops.binary._checks import mask_bits, mask_fits, mask_words, pool_bits, pool_fits
from edgeopt.ops.binary._convolution import BinaryConvolution, Part, has_words
from edgeopt.ops.binary._stream import fire_stream, first_counts
from edgeopt.ops.binary._weights import thresholds_fit


def _thresholds_fit(op: BinaryConv2D, io: Io) -> bool:
    return not has_words(op, io) or thresholds_fit(io.optional(2), op.out_channels(io), op.products)


def _mask_fits(op: BinaryConv2D, io: Io) -> bool:
    return not has_words(op, io) or mask_fits(io, 3, op.out_channels(io))


@OPS.register("BINARY_CONV_2D")
@requires("its thresholds are constant int32, one a channel, of -1 to twice a window's products", _thresholds_fit)
@requires("its mask is constant words of one bit a channel, or left out", _mask_fits)
@requires(
    f"its pools fit into its pixels and hold {MAX_WINDOW:,} at most", lambda op, io: pool_fits(op, io, MAX_WINDOW)
)
@requires("its output is words of bits (int32)", lambda op, io: io.output.dtype == "int32")
@dataclass(frozen=True)
class BinaryConv2D(BinaryConvolution):
    """bit = d > threshold[o]; of a pool all bits, or any of them where the mask has the channel.

    Inputs: x, weights, thresholds int32 [O], optionally the mask int32 [words of O]. Pools do not overlap; rows and
    columns that fill none are not computed.
    """

    name = "binary_conv2d"
    arity = (3, 4)

    groups: int = 1
    pad_zero: bool = False
    pool: tuple[int, int] = (1, 1)  # height, width

    def infer(self, io: Io) -> tuple[Shape, ...]:
        x = io.input(0).shape
        height, width = self.window.output_size((x[1], x[2]))
        return ((x[0], height // self.pool[0], width // self.pool[1], words_of(self.out_channels(io))),)

    def binary_macs(self, io: Io) -> int:
        batches, height, width, _ = io.output.shape
        return batches * height * width * self.pool[0] * self.pool[1] * self.out_channels(io) * self.products

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x, weights, thresholds = values[:3]
        assert x is not None and weights is not None and thresholds is not None
        bits = (self.doubled_counts(x, weights) > thresholds).astype(np.uint8)
        return (pack_bits(pool_bits(bits, self.pool, mask_bits(io, 3, bits.shape[3]))),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        mask = None if io.optional(3) is None else mask_words(io, 3, self.out_channels(io))
        return tuple(self._call(io, target, part, mask) for part in self.parts(io, WORD_BITS))

    def _call(self, io: Io, target: Target, part: Part, mask: Array | None) -> CCall:
        first_word = part.channels.start // WORD_BITS
        rows, thresholds = self.rows(io)[part.channels], io.input(2).values[part.channels]
        params: dict[str, int | Array | None] = {
            **self.geometry(io),
            **part.firsts,
            "scale": None,
            "odd": None,
            "any_mask": None if mask is None else mask[first_word : first_word + words_of(len(rows))],
            "pool_height": self.pool[0],
            "pool_width": self.pool[1],
        }
        scratch_bytes = self.patch_bytes(io)
        if _x4.suits(self.products, target):
            params["stream"] = _x4.fire_stream(rows, thresholds)
            scratch_bytes = _x4.scratch_bytes(len(rows), scratch_bytes)
            return CCall("eo_binary_conv2d_x4", params, scratch_bytes=scratch_bytes, why=self.reading(io))
        counts, odd = first_counts(thresholds)
        params["stream"] = fire_stream(rows, counts)
        kernel = "eo_binary_conv2d"
        if self.pad_mask:
            kernel, params["odd"] = "eo_binary_conv2d_zeros", pack_bits(odd).view(np.uint32)
        why = "; ".join(filter(None, (self.reading(io), _x4.why_not(self.products, target))))
        return CCall(kernel, params, scratch_bytes=scratch_bytes, why=why)
