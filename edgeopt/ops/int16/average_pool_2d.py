"""AVERAGE_POOL_2D of int16."""

from dataclasses import dataclass
from math import prod

from edgeopt.ir import requires
from edgeopt.ops import OPS
from edgeopt.ops._checks import requires_int16
from edgeopt.ops.average_pool_2d import AveragePool

_MAX_WINDOW = 65_535  # as many int16 and half of their count stay below 2^31


@OPS.register("AVERAGE_POOL_2D int16")
@requires_int16
@requires(f"a window holds {_MAX_WINDOW:,} elements at most", lambda op, io: prod(op.window.kernel) <= _MAX_WINDOW)
@dataclass(frozen=True)
class AveragePool2DInt16(AveragePool):
    name = "average_pool_2d_s16"
    kernel = "eo_average_pool_2d_s16"
