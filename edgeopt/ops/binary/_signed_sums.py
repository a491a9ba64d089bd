"""Sums of 8-bit data with signs for weights, a bit each: what the operators share that are made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from edgeopt.bits import unpack_bits, words_of
from edgeopt.ir import Array, Io, Shape, requires
from edgeopt.ops._checks import quantized
from edgeopt.ops._weights import MAX_PRODUCTS
from edgeopt.ops._window import Window, requires_window, strip_of_window
from edgeopt.ops.binary._checks import is_constant
from edgeopt.ops.binary._internal import Internal

CHUNK = 64  # taps that have their tables at once: eo_quad.h
BLOCK = 16  # taps of a code


def _is_data(op: SignedSums, io: Io) -> bool:
    return quantized(io.input(0), "int8") and len(io.input(0).shape) == 4


def _groups_divide(op: SignedSums, io: Io) -> bool:
    channels = io.input(0).shape[-1:]
    outputs = io.input(1).shape[:1]
    return op.groups > 0 and all(n > 0 and n % op.groups == 0 for n in (*channels, *outputs))


def _has_weights(op: SignedSums, io: Io) -> bool:
    if not _is_data(op, io) or not _groups_divide(op, io):
        return True  # another rule says so
    weights = io.input(1)
    return is_constant(weights, "int32", (*weights.shape[:1], words_of(op.taps(io))))


@requires("its input is int8, quantized per tensor, in four dimensions", _is_data)
@requires("its groups divide the channels of input and output", _groups_divide)
@requires("its weights are constant, words of a bit for each product of a channel", _has_weights)
@requires(
    f"a window holds {MAX_PRODUCTS:,} weights at most",
    lambda op, io: not _is_data(op, io) or not _groups_divide(op, io) or op.taps(io) <= MAX_PRODUCTS,
)
@requires_window
@dataclass(frozen=True)
class SignedSums(Internal):
    """acc[o] = sum over the window of +-(x - zero point), minus where the weight's bit is 1; outside of the image is 0.

    Inputs: x int8 [N, H, W, C]; weights int32 [O, words(kernel height * width * C / groups)], a channel's bits in the
    order [height][width][C / groups].
    """

    window: Window
    groups: int

    strip = strip_of_window

    def taps(self, io: Io) -> int:
        """Products of one sum."""
        return prod(self.window.kernel) * (io.input(0).shape[3] // self.groups)

    def channels(self, io: Io) -> int:
        """Output channels."""
        return io.input(1).shape[0]

    def conv_shape(self, io: Io) -> Shape:
        """NHWC of the sums."""
        x = io.input(0).shape
        return (x[0], *self.window.output_size((x[1], x[2])), self.channels(io))

    def macs(self, io: Io) -> int:
        return prod(self.conv_shape(io)) * self.taps(io)

    def bits(self, io: Io) -> Array:
        """The weights, uint8 0 or 1 [channels, taps]."""
        return unpack_bits(io.input(1).values, self.taps(io))

    def sums(self, io: Io, x: Array) -> Array:
        """int64 of `conv_shape`."""
        signs = 1.0 - 2.0 * self.bits(io)
        # float64 holds the sums exactly, and its matrix product is fast
        patches = self.window.patches(x.astype(np.float64) - io.input(0).q.zero_point, 0.0)
        parts = [
            data.reshape(-1, self.taps(io)) @ weights.T
            for data, weights in zip(np.split(patches, self.groups, axis=-1), np.split(signs, self.groups), strict=True)
        ]
        sums: Array = np.concatenate(parts, axis=1).astype(np.int64).reshape(self.conv_shape(io))
        return sums

    def bounds(self, io: Io) -> tuple[Array, Array]:
        """int64 least and largest sum of each channel, [channels]."""
        negative = self.bits(io).sum(axis=1, dtype=np.int64)
        positive = self.taps(io) - negative
        below, above = 128 + io.input(0).q.zero_point, 127 - io.input(0).q.zero_point
        return -(positive * below + negative * above), positive * above + negative * below

    def geometry(self, io: Io) -> dict[str, int]:
        """The parameters that all kernels for any window have."""
        return {
            **self.window.places(io),
            "groups": self.groups,
            "in_channels": io.input(0).shape[3],
            "out_channels": self.channels(io),
            "in_zero_point": io.input(0).q.zero_point,
        }


def codes_of(bits: Array) -> Array:
    """uint16 [channels, ceil(taps / 16)] of bits [channels, taps]: tap k is bit k % 16 of code k // 16."""
    padded = np.pad(bits, ((0, 0), (0, -bits.shape[1] % BLOCK)))
    return np.packbits(padded, axis=1, bitorder="little").view("<u2").astype(np.uint16)


def chunked_codes(bits: Array, groups: int) -> Array:
    """uint16 [groups][chunks][channels / groups][codes of the chunk], flat: the order in which sums are made."""
    parts = [
        codes_of(part[:, first : first + CHUNK]).reshape(-1)
        for part in np.split(bits, groups)
        for first in range(0, bits.shape[1], CHUNK)
    ]
    return np.concatenate(parts)


def sums_scratch_bytes(op: SignedSums, io: Io) -> int:
    """Scratch of eo_quad_sums: four windows of bytes, the tables of a chunk, four sums a channel."""
    taps = op.taps(io)
    blocks = -(-min(taps, CHUNK) // BLOCK)
    return -(-taps // 4) * 16 + 512 * blocks + 32 + 16 * op.channels(io)


def data_of(values: Sequence[Array | None]) -> Array:
    """The first value, which is never left out."""
    x = values[0]
    assert x is not None
    return x
