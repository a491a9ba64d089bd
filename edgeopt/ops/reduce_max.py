"""REDUCE_MAX and REDUCE_MIN over any axes: the largest or smallest raw value."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from edgeopt.ir import Array, CCall, Io, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops._checks import if_int8, requires_int8_data, same_quant
from edgeopt.ops._reduction import Reduction


def _alike(op: Any, io: Io) -> bool:
    # TFLM refuses anything else: raw values are compared and handed on
    return same_quant(io.input(0), io.output)


@OPS.register("REDUCE_MAX")
@requires_int8_data
@requires("its input and output have the same scale and zero point", if_int8(_alike))
@dataclass(frozen=True)
class ReduceMax(Reduction):
    name = "reduce_max"
    minimum: ClassVar[bool] = False

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x = values[0]
        assert x is not None
        result = x.min(axis=self.axes) if self.minimum else x.max(axis=self.axes)
        return (np.asarray(result, np.int8).reshape(io.output.shape),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        return (CCall("eo_reduce_max_s8", {**self.walks(io), "flip": -1 if self.minimum else 0}),)


@OPS.register("REDUCE_MIN")
@dataclass(frozen=True)
class ReduceMin(ReduceMax):
    name = "reduce_min"
    minimum = True
