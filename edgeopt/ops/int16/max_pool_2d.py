"""MAX_POOL_2D of int16."""

from dataclasses import dataclass

from edgeopt.ops import OPS
from edgeopt.ops._checks import requires_int16
from edgeopt.ops.max_pool_2d import MaxPool


@OPS.register("MAX_POOL_2D int16")
@requires_int16
@dataclass(frozen=True)
class MaxPool2DInt16(MaxPool):
    name = "max_pool_2d_s16"
    kernel = "eo_max_pool_2d_s16"
