"""RESIZE_NEAREST_NEIGHBOR, any type."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgeopt.ir import Array, CCall, Io, Target
from edgeopt.ops import OPS
from edgeopt.ops._resize import Resize
from edgeopt.ops._take import take_call


@OPS.register("RESIZE_NEAREST_NEIGHBOR")
@dataclass(frozen=True)
class ResizeNearestNeighbor(Resize):
    name = "resize_nearest_neighbor"

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x = values[0]
        assert x is not None
        rows, cols = self._nearest(io)
        return (x[:, rows][:, :, cols],)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        x = io.input(0)
        rows, cols = (indices.tolist() for indices in self._nearest(io))
        return (take_call(x.shape, 1, rows, cols, np.dtype(x.dtype).itemsize),)

    def _nearest(self, io: Io) -> tuple[Array, ...]:
        """The input's row for each of the output's, and the column."""
        return tuple(map(self._indices, io.input(0).shape[1:3], self.size))

    def _indices(self, before: int, after: int) -> Array:
        """In float32, as TFLM: the scale is rounded, and so is the product."""
        between_corners = self.align_corners and after > 1
        span = (before - 1, after - 1) if between_corners else (before, after)
        scale = np.float32(span[0]) / np.float32(span[1])
        offset = np.float32(0.5 if self.half_pixel_centers else 0)
        position = (np.arange(after, dtype=np.float32) + offset) * scale
        # halves go away from zero, and no position is below it
        nearest = np.floor(position.astype(np.float64) + 0.5) if self.align_corners else np.floor(position)
        indices: Array = np.minimum(nearest.astype(np.int64), before - 1)
        return indices
