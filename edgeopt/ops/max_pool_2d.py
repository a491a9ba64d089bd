"""MAX_POOL_2D: the largest element of each window."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgeopt.ir import Array, Io
from edgeopt.ops import OPS
from edgeopt.ops._checks import requires_int8
from edgeopt.ops._pool import Pool


@OPS.register("MAX_POOL_2D")
@requires_int8
@dataclass(frozen=True)
class MaxPool2D(Pool):
    name = "max_pool_2d"
    kernel = "eo_max_pool_2d_s8"

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        (x,) = values
        assert x is not None
        largest = self.window.patches(x, -128).max(axis=(3, 4))
        return (np.clip(largest, *self.clamp).astype(np.int8),)
