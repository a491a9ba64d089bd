"""L2_NORMALIZATION over the last dimension: each row over the root of the sum of its squares."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Self

import numpy as np

from edgeopt.ir import Array, CCall, Io, Op, Shape, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops._checks import if_int8, requires_int8
from edgeopt.ops._fixedpoint import inverse_sqrt
from edgeopt.quantmath import requantize

_OUTPUT_BITS = 7  # fractional
_MAX_DEPTH = 2**15  # squares of 255 sum to 31 bits


@OPS.register("L2_NORMALIZATION")
@requires_int8
@requires(
    "the output's scale is 1/128 and its zero point 0",
    if_int8(lambda op, io: io.output.q.scale == 1 / 128 and io.output.q.zero_point == 0),
)
@requires("its input has 1 to 4 dimensions", lambda op, io: 1 <= len(io.input(0).shape) <= 4)
@requires("it normalizes 2^15 elements or fewer", lambda op, io: prod(io.input(0).shape[-1:]) <= _MAX_DEPTH)
@requires("it has no fused activation", lambda op, io: op.activation == "NONE")
@dataclass(frozen=True)
class L2Normalization(Op):
    """A row of zeros stays one."""

    name = "l2_normalization"

    activation: str = "NONE"

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        return cls(options.get("fused_activation_function", "NONE"))

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return (io.input(0).shape,)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        (x,) = values
        assert x is not None
        centered = x.astype(np.int64) - io.input(0).q.zero_point
        multiplier, shift = inverse_sqrt((centered**2).sum(axis=-1, keepdims=True))
        return (np.clip(requantize(centered, multiplier, shift + _OUTPUT_BITS), -128, 127).astype(np.int8),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        shape = io.output.shape
        params = {"rows": prod(shape[:-1]), "depth": shape[-1], "offset": -io.input(0).q.zero_point}
        return (CCall("eo_l2_normalization_s8", params),)

    def in_place(self, io: Io) -> tuple[int, ...]:
        return (0,)
