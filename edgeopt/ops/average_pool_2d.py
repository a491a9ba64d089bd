"""AVERAGE_POOL_2D: the mean of each window, of the elements inside the input."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from edgeopt.ir import Array, CCall, Io, Op, Shape, Target
from edgeopt.ops import OPS
from edgeopt.ops._checks import requires_int8
from edgeopt.ops._pool import Pool
from edgeopt.ops._rows import RowsOp


class AveragePool(Pool):
    """Of integers."""

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        (x,) = values
        assert x is not None
        total = self.window.patches(x.astype(np.int64), 0).sum(axis=(3, 4))
        count = self.window.patches(np.ones_like(x, np.int64), 0).sum(axis=(3, 4))
        # the zero point takes no part
        return (np.clip(_nearest(total, count), *self.clamp).astype(x.dtype),)


def _nearest(total: Array, count: Array | int) -> Array:
    """total / count, halves away from zero."""
    mean: Array = np.sign(total) * ((np.abs(total) + count // 2) // count)
    return mean


@OPS.register("AVERAGE_POOL_2D")
@requires_int8
@dataclass(frozen=True)
class AveragePool2D(AveragePool):
    name = "average_pool_2d"
    kernel = "eo_average_pool_2d_s8"

    def of_sums(self, io: Io) -> Op | None:
        x = io.input(0).shape
        is_whole = x[0] == 1 and io.output.shape[1:3] == (1, 1) and self._covers(io)
        return AverageOfSums(self.clamp, prod(x[1:3])) if is_whole else None

    def _covers(self, io: Io) -> bool:
        """Whether its only window has all of the input."""
        window, (_, height, width, _) = self.window, io.input(0).shape
        before, kernel = (window.pad_top, window.pad_left), window.kernel
        return all(pad + extent <= k for pad, extent, k in zip(before, (height, width), kernel, strict=True))


@dataclass(frozen=True)
class AverageOfSums(RowsOp):
    """The mean of `count` elements from their sum, as AVERAGE_POOL_2D makes it."""

    name = "average_of_sums"

    clamp: tuple[int, int]
    count: int

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return (io.input(0).shape,)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        (sums,) = values
        assert sums is not None
        return (np.clip(_nearest(sums.astype(np.int64), self.count), *self.clamp).astype(np.int8),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        low, high = self.clamp
        params = {"channels": io.output.elements, "count": self.count, "low": low, "high": high}
        return (CCall("eo_average_of_sums_s8", params),)
