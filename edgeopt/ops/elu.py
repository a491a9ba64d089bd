"""ELU: x where x >= 0, exp(x) - 1 elsewhere."""

from dataclasses import dataclass

import numpy as np

from edgeopt.ir import Array, Io
from edgeopt.ops import OPS
from edgeopt.ops._checks import requires_int8
from edgeopt.ops._float_table import FloatTable, nearest_float32


@OPS.register("ELU")
@requires_int8
@dataclass(frozen=True)
class Elu(FloatTable):
    name = "elu"

    def real(self, x: Array, io: Io) -> Array:
        negative = nearest_float32(np.exp(np.minimum(x, 0).astype(np.float64))) - np.float32(1)
        return np.where(x < 0, negative, x)
