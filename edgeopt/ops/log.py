"""LOG, by the table of LiteRT's reference: docs/numerics.md says why."""

from dataclasses import dataclass

import numpy as np

from edgeopt.ir import Array, Io
from edgeopt.ops import OPS
from edgeopt.ops._checks import requires_int8
from edgeopt.ops._float_table import FloatTable, nearest_float32


@OPS.register("LOG")
@requires_int8
@dataclass(frozen=True)
class Log(FloatTable):
    """What is not positive gives the smallest output."""

    name = "log"

    def real(self, x: Array, io: Io) -> Array:
        y = io.output.q
        smallest = np.float32(-128 - y.zero_point) * np.float32(y.scale)
        positive = np.where(x > 0, x, 1).astype(np.float64)
        return np.where(x > 0, nearest_float32(np.log(positive)), smallest)
