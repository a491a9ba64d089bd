"""MAX_POOL_2D: the largest element of each window."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgeopt.ir import Array, Io
from edgeopt.ops import OPS
from edgeopt.ops._checks import requires_int8
from edgeopt.ops._pool import Pool


class MaxPool(Pool):
    """Of integers."""

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        (x,) = values
        assert x is not None
        largest = self.window.patches(x, np.iinfo(x.dtype).min).max(axis=(3, 4))
        return (np.clip(largest, *self.clamp).astype(x.dtype),)


@OPS.register("MAX_POOL_2D")
@requires_int8
@dataclass(frozen=True)
class MaxPool2D(MaxPool):
    name = "max_pool_2d"
    kernel = "eo_max_pool_2d_s8"
