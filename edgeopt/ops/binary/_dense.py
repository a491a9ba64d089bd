"""What the forms of BINARY_DENSE share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from edgeopt.bits import unpack_bits
from edgeopt.ir import Array, CCall, Io, requires
from edgeopt.ops.binary._checks import holds_bits
from edgeopt.ops.binary._internal import Counting
from edgeopt.ops.binary._stream import triples_of
from edgeopt.ops.binary._weights import MAX_PRODUCTS, are_weights, tail_is_zero


def has_words(op: BinaryFullyConnected, io: Io) -> bool:
    """Whether data and weights have the shapes and types that they must have."""
    x = io.input(0)
    known = len(x.shape) == 2 and x.elements > 0 and holds_bits(x, op.features)
    return known and are_weights(io.optional(1), 2, op.features)


def _tail_is_zero(op: BinaryFullyConnected, io: Io) -> bool:
    return not has_words(op, io) or tail_is_zero(io.input(1), op.features)


@requires("its data and its constant weights are words of its features' bits, in two dimensions", has_words)
@requires(f"it has {MAX_PRODUCTS:,} features at most", lambda op, io: op.features <= MAX_PRODUCTS)
@requires("the bits of its weights behind the last feature are 0", _tail_is_zero)
@dataclass(frozen=True)
class BinaryFullyConnected(Counting):
    """Bits [N, words] times constant weights of bits [O, words]; d = twice the products of -1, 0..2 features."""

    features: int

    @property
    def products(self) -> int:
        """K, the products of one sum."""
        return self.features

    def out_channels(self, io: Io) -> int:
        return io.input(1).shape[0]

    def binary_macs(self, io: Io) -> int:
        return io.input(0).shape[0] * self.out_channels(io) * self.features

    def doubled_counts(self, x: Array, weights: Array) -> Array:
        """int64 d [N, O] of words of bits."""
        signs, rows = (1 - 2 * unpack_bits(words, self.features).astype(np.float32) for words in (x, weights))
        # float32 holds sums of so few products exactly
        d: Array = self.features - (signs @ rows.T).astype(np.int64)
        return d

    def geometry(self, io: Io) -> dict[str, int]:
        """The kernel's parameters but for those that say what comes out."""
        batches, words = io.input(0).shape
        return {**triples_of(words), "batches": batches, "out_channels": self.out_channels(io)}

    def call(self, io: Io, params: Mapping[str, int | Array | None], why: str) -> CCall:
        return CCall("eo_binary_dense", params, scratch_bytes=4 * io.input(0).shape[1], why=why)
