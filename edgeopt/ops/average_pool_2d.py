"""AVERAGE_POOL_2D: the mean of each window, of the elements inside the input."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgeopt.ir import Array, Io
from edgeopt.ops import OPS
from edgeopt.ops._checks import requires_int8
from edgeopt.ops._pool import Pool


class AveragePool(Pool):
    """Of integers."""

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        (x,) = values
        assert x is not None
        total = self.window.patches(x.astype(np.int64), 0).sum(axis=(3, 4))
        count = self.window.patches(np.ones_like(x, np.int64), 0).sum(axis=(3, 4))
        # to nearest, halves away from zero; the zero point takes no part
        mean = np.sign(total) * ((np.abs(total) + count // 2) // count)
        return (np.clip(mean, *self.clamp).astype(x.dtype),)


@OPS.register("AVERAGE_POOL_2D")
@requires_int8
@dataclass(frozen=True)
class AveragePool2D(AveragePool):
    name = "average_pool_2d"
    kernel = "eo_average_pool_2d_s8"
