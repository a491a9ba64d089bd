"""BINARY_WEIGHT_CONV_2D: 8-bit data by weights of a bit, as bits again: the first layer of a binarized network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgeopt.bits import WORD_BITS, pack_bits, words_of
from edgeopt.ir import Array, CCall, Io, Shape, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops._pool import MAX_WINDOW
from edgeopt.ops.binary._checks import (
    is_constant,
    mask_bits,
    mask_fits,
    mask_words,
    pool_bits,
    pool_fits,
    pooled_output,
)
from edgeopt.ops.binary._signed_sums import SignedSums, chunked_codes, codes_of, data_of, sums_scratch_bytes

MOST_LANE_TAPS = 128  # whose sums' differences fit into 16 bits
# What the kernels for windows of 3x3 and one channel leave open
_OF_3X3 = """batches in_height in_width in_zero_point out_height out_width out_channels pad_top pad_left""".split()


def _has_thresholds(op: BinaryWeightConv2D, io: Io) -> bool:
    return is_constant(io.optional(2), "int32", io.input(1).shape[:1])


def _mask_fits(op: BinaryWeightConv2D, io: Io) -> bool:
    return not io.input(1).shape or mask_fits(io, 3, op.channels(io))


@OPS.register("BINARY_WEIGHT_CONV_2D")
@requires("its thresholds are constant int32, one a channel", _has_thresholds)
@requires("its mask is constant, a bit a channel, or left out", _mask_fits)
@requires(
    f"its pool lies within the convolution and has {MAX_WINDOW:,} elements at most",
    lambda op, io: pool_fits(op, io, MAX_WINDOW),
)
@dataclass(frozen=True)
class BinaryWeightConv2D(SignedSums):
    """bit[o] = acc[o] < threshold[o] of the sums acc (SignedSums), then the AND over each window of `pool`.

    Inputs: x, weights, thresholds int32 [O] and, optional, any_mask int32 [words(O)]: channels with OR instead of AND.
    Rows and columns that fill no window of the pool are dropped.
    """

    name = "binary_weight_conv2d"
    arity = (3, 4)

    groups: int = 1
    pool: tuple[int, int] = (1, 1)

    def infer(self, io: Io) -> tuple[Shape, ...]:
        shape = pooled_output(self.conv_shape(io), self.pool)
        return ((*shape[:3], words_of(shape[3])),)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        thresholds = values[2]
        assert thresholds is not None
        bits = self.sums(io, data_of(values)) < thresholds
        return (pack_bits(pool_bits(bits, self.pool, mask_bits(io, 3, self.channels(io)))),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        taps = self.taps(io)
        if self.groups > 1 or taps > MOST_LANE_TAPS:
            codes, thresholds = chunked_codes(self.bits(io), self.groups), io.input(2).values
            scratch = sums_scratch_bytes(self, io)
            why = "groups" if self.groups > 1 else f"more than {MOST_LANE_TAPS} weights a channel: sums of 32 bits"
            params = {"codes": codes, "thresholds": thresholds, **self._any_mask(io), **self._layer(io)}
            return (CCall("eo_binary_weight_conv2d_deep", params, scratch_bytes=scratch, why=why),)
        window = self.window
        ones = window.stride == window.dilation == (1, 1)
        if ones and window.kernel == (3, 3) and taps == 9 and self.pool in ((1, 1), (2, 2)):
            return (self._patches_call(io),)
        bits, start = self._lanes(io)
        codes = np.concatenate([start[:, None].astype(np.uint16), codes_of(bits)], axis=1)
        params = {"codes": codes, "thresholds": None, **self._any_mask(io), **self._layer(io)}
        scratch = 512 * (codes.shape[1] - 1) + 32
        return (CCall("eo_binary_weight_conv2d", params, scratch_bytes=scratch, why="four products a look-up"),)

    def _patches_call(self, io: Io) -> CCall:
        (bits, start), pooled = self._lanes(io), self.pool == (2, 2)
        words = (bits[:, :4] @ (8 << np.arange(4))) | (bits[:, 4:] @ (2048 << np.arange(5))) | start << 16
        params: dict[str, int | Array | None] = {
            "words": _backward(words) if pooled else words.astype(np.uint32),
            **{name: value for name, value in self.geometry(io).items() if name in _OF_3X3},
            "any_mask": mask_words(io, 3, self.channels(io)) if pooled else None,
        }
        form = ("_pool" if pooled else "") + ("_padded" if pooled and self.window.is_padded else "")
        why = "windows of 3x3 and one channel: two look-ups a sum"
        return CCall(f"eo_binary_weight_conv2d_3x3{form}", params, scratch_bytes=384, why=why)

    def _any_mask(self, io: Io) -> dict[str, Array | None]:
        used = self.pool != (1, 1) and io.optional(3) is not None
        return {"any_mask": mask_words(io, 3, self.channels(io)) if used else None}

    def _layer(self, io: Io) -> dict[str, int]:
        return {"pool_height": self.pool[0], "pool_width": self.pool[1], **self.geometry(io)}

    def _lanes(self, io: Io) -> tuple[Array, Array]:
        """(bits int64 [channels, taps], start int64 [channels]): bit 15 of start + the sum of +-(x - zero point) is
        the channel's bit, or for a channel of the pool's OR the opposite; the sum lies in 0..65535."""
        bits, (least, most) = self.bits(io).astype(np.int64), self.bounds(io)
        # what is outside of least..most + 1 means never or always as its ends do
        thresholds = np.clip(io.input(2).values, least, most + 1)
        turned = mask_bits(io, 3, self.channels(io)) != 0 if self.pool != (1, 1) else np.zeros(len(bits), bool)
        start = np.where(turned, 0x8000 - thresholds, 0x7FFF + thresholds)
        return np.where(turned[:, None], bits, 1 - bits), start


def _backward(words: Array) -> Array:
    """uint32: by 32 channels, the last of them first; before an odd number one whose sums have a bit 15 of 0."""
    even = np.pad(words, (0, len(words) % 2), constant_values=0x4000_0000).astype(np.uint32)
    return np.concatenate([even[first : first + WORD_BITS][::-1] for first in range(0, len(even), WORD_BITS)])
