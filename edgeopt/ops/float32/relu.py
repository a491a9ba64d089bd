"""RELU, RELU6, RELU_N1_TO_1, LEAKY_RELU and HARD_SWISH, float32."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, isfinite
from typing import Any, ClassVar, Self

import numpy as np

from edgeopt.ir import Array, Io, requires
from edgeopt.ops import OPS
from edgeopt.ops.float32._float import Elementwise, f32, limited


@OPS.register("RELU float32")
@dataclass(frozen=True)
class ReluF32(Elementwise):
    name = "relu_f32"
    kernel = "eo_clamp_f32"
    bounds: ClassVar[tuple[float, float]] = (0.0, inf)

    def function(self, x: Array) -> Array:
        return limited(x, self.bounds)

    def parameters(self) -> dict[str, float]:
        return {"low": self.bounds[0], "high": self.bounds[1]}


@OPS.register("RELU6 float32")
@dataclass(frozen=True)
class Relu6F32(ReluF32):
    name = "relu6_f32"
    bounds = (0.0, 6.0)


@OPS.register("RELU_N1_TO_1 float32")
@dataclass(frozen=True)
class ReluN1To1F32(ReluF32):
    name = "relu_n1_to_1_f32"
    bounds = (-1.0, 1.0)


@OPS.register("LEAKY_RELU float32")
@requires("its alpha is finite", lambda op, io: isfinite(op.alpha))
@dataclass(frozen=True)
class LeakyReluF32(Elementwise):
    name = "leaky_relu_f32"
    kernel = "eo_leaky_relu_f32"

    alpha: float

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        return cls(float(options["alpha"]))

    def function(self, x: Array) -> Array:
        return np.where(x > 0, x, x * f32(self.alpha))

    def parameters(self) -> dict[str, float]:
        return {"alpha": self.alpha}


@OPS.register("HARD_SWISH float32")
@dataclass(frozen=True)
class HardSwishF32(Elementwise):
    """x * relu6(x + 3) / 6, in that order."""

    name = "hard_swish_f32"
    kernel = "eo_hard_swish_f32"

    def function(self, x: Array) -> Array:
        shifted = x + f32(3)
        above = np.where(shifted > 0, shifted, f32(0))
        y: Array = x * np.where(above < f32(6), above, f32(6)) / f32(6)
        return y
