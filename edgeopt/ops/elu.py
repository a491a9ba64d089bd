"""ELU: x where x >= 0, exp(x) - 1 elsewhere."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from edgeopt.ir import Array, Io, requires
from edgeopt.ops import OPS
from edgeopt.ops._checks import if_int8, requires_int8
from edgeopt.ops._float_table import FloatTable, nearest_float32


def _ratio_fits(op: Any, io: Io) -> bool:
    # beyond, TFLM converts to int32 what does not fit
    return io.input(0).q.scale < 2**22 * io.output.q.scale


@OPS.register("ELU")
@requires_int8
@requires("its input's scale is under 2^22 times its output's", if_int8(_ratio_fits))
@dataclass(frozen=True)
class Elu(FloatTable):
    name = "elu"

    def real(self, x: Array, io: Io) -> Array:
        negative = nearest_float32(np.exp(np.minimum(x, 0).astype(np.float64))) - np.float32(1)
        return np.where(x < 0, negative, x)
