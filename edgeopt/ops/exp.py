"""EXP, by the table of LiteRT's reference: docs/numerics.md says why."""

from dataclasses import dataclass

import numpy as np

from edgeopt.ir import Array, Io
from edgeopt.ops import OPS
from edgeopt.ops._checks import requires_int8
from edgeopt.ops._float_table import FloatTable, nearest_float32


@OPS.register("EXP")
@requires_int8
@dataclass(frozen=True)
class Exp(FloatTable):
    name = "exp"

    def real(self, x: Array, io: Io) -> Array:
        return nearest_float32(np.exp(np.minimum(x, 100).astype(np.float64)))  # exp(89) is beyond float32
