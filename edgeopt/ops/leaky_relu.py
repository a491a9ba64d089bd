"""LEAKY_RELU: x where x >= 0, alpha x elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from edgeopt.ir import Array, Io
from edgeopt.ops import OPS
from edgeopt.ops._checks import requires_int8
from edgeopt.ops._lut import Lut
from edgeopt.quantmath import quantize_multiplier, requantize


@OPS.register("LEAKY_RELU")
@requires_int8
@dataclass(frozen=True)
class LeakyRelu(Lut):
    name = "leaky_relu"

    alpha: float

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        return cls(float(options["alpha"]))

    def function(self, q: Array, io: Io) -> Array:
        x, y = io.input(0).q, io.output.q
        alpha = quantize_multiplier(x.scale * self.alpha / y.scale)
        identity = quantize_multiplier(x.scale / y.scale)
        v = q - x.zero_point
        return np.where(v >= 0, requantize(v, *identity), requantize(v, *alpha)) + y.zero_point
