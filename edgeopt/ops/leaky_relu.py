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
        # TFLM computes both multipliers in float32
        in_scale, out_scale = np.float32(x.scale), np.float32(y.scale)
        alpha = quantize_multiplier(float(in_scale * np.float32(self.alpha) / out_scale))
        identity = quantize_multiplier(float(in_scale / out_scale))
        v = q - x.zero_point
        return np.where(v >= 0, requantize(v, *identity), requantize(v, *alpha)) + y.zero_point
