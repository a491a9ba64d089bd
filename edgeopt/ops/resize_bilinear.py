"""RESIZE_BILINEAR, int8, in fixed point: positions and weights have ten fractional bits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from edgeopt.ir import Array, CCall, Io, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops._checks import requires_int8_data
from edgeopt.ops._resize import Resize
from edgeopt.quantmath import rounding_divide_by_pot

_ONE = 1 << 10


def _stays_inside(op: ResizeBilinear, io: Io) -> bool:
    x = io.input(0).shape
    if len(x) != 4 or min(*x[1:3], *op.size) < 1:
        return True
    # the last position is the largest
    return all(
        op.position(extent, size, size - 1) < extent * _ONE for extent, size in zip(x[1:3], op.size, strict=True)
    )


def _one_alignment(op: Any, io: Io) -> bool:
    return not (op.align_corners and op.half_pixel_centers)


@OPS.register("RESIZE_BILINEAR")
@requires_int8_data
@requires("it aligns corners, or has half-pixel centers, or neither", _one_alignment)
@requires("no position lies beyond the input for its scale's rounding to ten bits", _stays_inside)
@dataclass(frozen=True)
class ResizeBilinear(Resize):
    """The two rows and two columns around a position, weighted by its distance to them."""

    name = "resize_bilinear"

    def position(self, before: int, after: int, index: int) -> int:
        """Where in an input of extent `before` output `index` of `after` lies, in 1/1024 pixels."""
        corner = 1 if self.align_corners and after > 1 else 0
        scale = (_ONE * (before - corner) + (after - corner) // 2) // (after - corner)
        return index * scale + (scale // 2 - _ONE // 2 if self.half_pixel_centers else 0)

    def axis(self, before: int, after: int) -> tuple[Array, Array, Array]:
        """For each output along an axis: the pixel before it, the one behind it, and the latter's weight."""
        positions = np.array([self.position(before, after, index) for index in range(after)], np.int64)
        lower = np.maximum(positions >> 10, 0)
        upper = np.minimum(-(-positions // _ONE), before - 1)
        # beyond the outermost pixels there is but one
        weight = np.where(lower == upper, 0, positions - lower * _ONE)
        return lower, upper, weight

    def macs(self, io: Io) -> int:
        return 4 * io.output.elements

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x = values[0]
        assert x is not None
        top, bottom, down = self.axis(x.shape[1], self.size[0])
        left, right, across = self.axis(x.shape[2], self.size[1])
        wide, down, across = x.astype(np.int64), down[:, None, None], across[:, None]
        rows = wide[:, top] * (_ONE - down) + wide[:, bottom] * down
        total = rows[:, :, left] * (_ONE - across) + rows[:, :, right] * across
        return (rounding_divide_by_pot(total, 20).astype(np.int8),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        batches, height, width, channels = io.input(0).shape
        top, bottom, down = self.axis(height, self.size[0])
        left, right, across = self.axis(width, self.size[1])
        params: dict[str, int | Array] = {
            "batches": batches,
            "channels": channels,
            "in_size": height * width * channels,
            "out_height": self.size[0],
            "out_width": self.size[1],
            "rows": (np.stack([top, bottom], 1) * width * channels).astype(np.int32),
            "row_weights": down.astype(np.int16),
            "cols": (np.stack([left, right], 1) * channels).astype(np.int32),
            "col_weights": across.astype(np.int16),
        }
        return (CCall("eo_resize_bilinear_s8", params),)
