"""What the forms of BINARY_CONV_2D share: attributes, limits, counts, and the geometry for kernels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from math import prod

import numpy as np

from edgeopt.bits import WORD_BITS, tail_mask, unpack_bits
from edgeopt.ir import Array, Io, requires
from edgeopt.ops._window import Window, requires_window, strip_of_window
from edgeopt.ops.binary._checks import holds_bits
from edgeopt.ops.binary._internal import Counting
from edgeopt.ops.binary._stream import triples_of
from edgeopt.ops.binary._weights import MAX_PRODUCTS, are_weights, tail_is_zero


def has_words(op: BinaryConvolution, io: Io) -> bool:
    """Whether data and weights have the shapes and types that they must have."""
    x = io.input(0)
    known = op.groups >= 1 and len(x.shape) == 4 and x.elements > 0 and holds_bits(x, op.channels)
    return known and are_weights(io.optional(1), 4, op.channels // op.groups)


def _groups_divide(op: BinaryConvolution, io: Io) -> bool:
    step = op.groups * WORD_BITS
    return op.groups == 1 or (
        op.groups > 1 and op.channels % step == 0 and (not has_words(op, io) or op.out_channels(io) % step == 0)
    )


def _is_of_window(op: BinaryConvolution, io: Io) -> bool:
    return not has_words(op, io) or io.input(1).shape[1:3] == op.window.kernel


def _tail_is_zero(op: BinaryConvolution, io: Io) -> bool:
    return not has_words(op, io) or tail_is_zero(io.input(1), op.channels // op.groups)


@dataclass(frozen=True)
class Part:
    """What one kernel call computes: a group of channels of one image."""

    channels: slice  # of the output
    firsts: Mapping[str, int]  # the parameters in_first and out_first


@requires_window
@requires("its data and its constant weights are words of its channels' bits, in four dimensions", has_words)
@requires("its groups divide input and output into multiples of 32 channels", _groups_divide)
@requires("its weights are of the window's height and width", _is_of_window)
@requires("the bits of its weights behind the last channel are 0", _tail_is_zero)
@requires(f"a window holds {MAX_PRODUCTS:,} products at most", lambda op, io: op.products <= MAX_PRODUCTS)
@dataclass(frozen=True)
class BinaryConvolution(Counting):
    """A window over bits [N, H, W, words], with constant weights of bits [O, height, width, words of a group].

    What lies outside of the image is +1, or with `pad_zero` counts nothing. Sums are doubled counts d of 0..2K for K
    products: 2 for a product of -1, 1 for one with zero padding. The sum of the real values is K - d.
    """

    window: Window
    channels: int  # of the input, all groups
    groups: int
    pad_zero: bool

    strip = strip_of_window

    @property
    def products(self) -> int:
        """K, the products of one sum."""
        return prod(self.window.kernel) * self.channels // max(1, self.groups)

    @property
    def pad_mask(self) -> int:
        """With zero padding the channels of a pixel's last word, else 0: see eo_bits_window.h."""
        return tail_mask(self.channels // self.groups) if self.pad_zero and self.window.is_padded else 0

    def out_channels(self, io: Io) -> int:
        return io.input(1).shape[0]

    def doubled_counts(self, x: Array, weights: Array) -> Array:
        """int64 d [N, height, width, O] of words of bits."""
        signs = 1 - 2 * unpack_bits(x, self.channels).astype(np.float32)
        rows = 1 - 2 * unpack_bits(weights, self.channels // self.groups).astype(np.float32)
        patches = self.window.patches(signs, 0.0 if self.pad_zero else 1.0)
        # float32 holds sums of so few products exactly, and its matrix product is fast
        sums = [
            part.reshape(-1, self.products) @ filters.reshape(-1, self.products).T
            for part, filters in zip(np.split(patches, self.groups, axis=-1), np.split(rows, self.groups), strict=True)
        ]
        d: Array = self.products - np.concatenate(sums, axis=1).astype(np.int64)
        return d.reshape(*patches.shape[:3], -1)

    def rows(self, io: Io) -> Array:
        """The weights as [O, words of a window]."""
        return io.input(1).values.reshape(self.out_channels(io), -1)

    def parts(self, io: Io, packed: int) -> Iterator[Part]:
        """Each image and group; `packed` channels lie in an element of the output."""
        x, y = io.input(0).shape, io.output.shape
        step, group_words = self.out_channels(io) // self.groups, io.input(1).shape[3]
        for image, group in product(range(x[0]), range(self.groups)):
            firsts = {
                "in_first": image * prod(x[1:]) + group * group_words,
                "out_first": image * prod(y[1:]) + group * step // packed,
            }
            yield Part(slice(group * step, (group + 1) * step), firsts)

    def geometry(self, io: Io) -> dict[str, int]:
        """The parameters that all kernels and parts have, but for constants: see eo_bits_window.h."""
        group_words = io.input(1).shape[3]
        row = triples_of(self.window.kernel[1] * group_words if self._lies_in_rows(io) else 0)
        places = self.window.places(io)
        del places["batches"]
        return {
            **triples_of(self.rows(io).shape[1]),
            "row_triples": row["triples"],
            "row_singles": row["singles"],
            "pad_mask": self.pad_mask,
            "in_pitch": io.input(0).shape[3],
            "in_words": group_words,
            "out_pitch": io.output.shape[3],
            "out_channels": self.out_channels(io) // self.groups,
            **places,
        }

    def patch_bytes(self, io: Io) -> int:
        """Scratch for the words of a window, twice where zero padding needs them so."""
        return 4 * self.rows(io).shape[1] * (2 if self.pad_mask else 1)

    def reading(self, io: Io) -> str:
        """How windows are read, for the report."""
        how = "windows read by rows" if self._lies_in_rows(io) else "windows gathered"
        if prod(self.window.kernel) == 1:
            how = "pointwise"
        return f"{how}, those over zero padding counted twice" if self.pad_mask else how

    def _lies_in_rows(self, io: Io) -> bool:
        """Whether the triples of a window's words do not cross the rows that lie together in the image."""
        (height, width), group_words = self.window.kernel, io.input(1).shape[3]
        together = width == 1 or (self.groups == 1 and self.window.dilation[1] == 1)
        return together and (height == 1 or width * group_words % 3 == 0)
