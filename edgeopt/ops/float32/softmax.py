"""SOFTMAX over the last dimension, float32."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, prod
from typing import Any, Self

import numpy as np

from edgeopt.ir import Array, CCall, Io, Op, Shape, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops.float32._float import WHY, f32, quiet, requires_float32, sum_in_order
from edgeopt.ops.float32._math import exp


@OPS.register("SOFTMAX float32")
@requires_float32
@requires("its beta is finite", lambda op, io: isfinite(op.beta))
@requires("it has a dimension of at least one class", lambda op, io: min(io.input(0).shape[-1:], default=0) >= 1)
@dataclass(frozen=True)
class SoftmaxF32(Op):
    """e / sum of e with e = exp((x - largest) * beta), summed in the order of the classes."""

    name = "softmax_f32"

    beta: float

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        return cls(float(options["beta"]))

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return (io.input(0).shape,)

    @quiet
    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        (x,) = values
        assert x is not None
        lowest = f32(np.finfo(np.float32).min)
        largest = np.where(x > lowest, x, lowest).max(axis=-1, keepdims=True)  # passes over not-a-number
        e = exp((x - largest) * f32(self.beta))
        return (e / sum_in_order(e, axis=-1),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        *rows, depth = io.output.shape
        return (CCall("eo_softmax_f32", {"rows": prod(rows), "depth": depth, "beta": self.beta}, why=WHY),)

    def in_place(self, io: Io) -> tuple[int, ...]:
        return (0,)
