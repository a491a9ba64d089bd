"""BINARY_MAX_POOL_2D: the largest of the values whose signs the bits are, in each window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from edgeopt.bits import pack_bits, unpack_bits
from edgeopt.ir import Array, CCall, Io, Shape, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops._pool import MAX_WINDOW
from edgeopt.ops._window import Window, pooled_shape, requires_window, strip_of_window
from edgeopt.ops.binary._checks import holds_bits, mask_bits, mask_fits, mask_words
from edgeopt.ops.binary._internal import Internal


def _has_words(op: BinaryMaxPool2D, io: Io) -> bool:
    return len(io.input(0).shape) == 4 and all(holds_bits(t, op.channels) for t in (io.input(0), io.output))


def _no_window_is_empty(op: BinaryMaxPool2D, io: Io) -> bool:
    window, size = op.window, io.input(0).shape[1:3]
    return all(
        before < kernel and (out - 1) * stride - before < extent
        for before, kernel, stride, out, extent in zip(
            (window.pad_top, window.pad_left),
            window.kernel,
            window.stride,
            window.output_size((size[0], size[1])),
            size,
            strict=True,
        )
    )


@OPS.register("BINARY_MAX_POOL_2D")
@requires("its input and output are words of its channels' bits, in four dimensions", _has_words)
@requires("its mask is constant, a bit a channel, or left out", lambda op, io: mask_fits(io, 1, op.channels))
@requires("its window is not dilated", lambda op, io: op.window.dilation == (1, 1))
@requires(f"a window holds {MAX_WINDOW:,} elements at most", lambda op, io: prod(op.window.kernel) <= MAX_WINDOW)
@requires_window
@requires(
    "each window holds an element of the input",
    lambda op, io: len(io.input(0).shape) != 4 or _no_window_is_empty(op, io),
)
@dataclass(frozen=True)
class BinaryMaxPool2D(Internal):
    """The AND of each window's bits, or the OR for channels of the mask any_mask; padding does not take part.

    Inputs: x int32 [N, H, W, words(channels)] and, optional, any_mask int32 [words(channels)]. A 1 stands for a value
    below a threshold: the largest value is below if all are. Where a negative scale has turned the order round, one
    that is below suffices; such channels are in any_mask.
    """

    name = "binary_max_pool_2d"
    arity = (1, 2)

    window: Window
    channels: int

    strip = strip_of_window

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return (pooled_shape(io.input(0).shape, self.window),)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x = values[0]
        assert x is not None
        bits = unpack_bits(x, self.channels)
        every = self.window.patches(bits, 1).min(axis=(3, 4))
        one = self.window.patches(bits, 0).max(axis=(3, 4))
        return (pack_bits(np.where(mask_bits(io, 1, self.channels) != 0, one, every)),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        params = {
            "any_mask": None if io.optional(1) is None else mask_words(io, 1, self.channels),
            "words": io.input(0).shape[3],
            **self.window.undilated_places(io),
        }
        return (CCall("eo_binary_max_pool_2d", params),)
