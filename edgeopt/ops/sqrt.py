"""SQRT, as LiteRT's reference computes it: docs/numerics.md says why."""

from dataclasses import dataclass

import numpy as np

from edgeopt.ir import Array, Io
from edgeopt.ops import OPS
from edgeopt.ops._checks import requires_int8
from edgeopt.ops._lut import Lut


@OPS.register("SQRT")
@requires_int8
@dataclass(frozen=True)
class Sqrt(Lut):
    """Cut off, not rounded. What is negative gives the root of zero; LiteRT ends the inference."""

    name = "sqrt"

    def function(self, q: Array, io: Io) -> Array:
        x, y = io.input(0).q, io.output.q
        values = np.float32(x.scale) * np.maximum(q - x.zero_point, 0).astype(np.float32)
        with np.errstate(over="ignore"):
            steps = np.sqrt(values) / np.float32(y.scale)
        quantized: Array = np.minimum(steps, np.float32(512)).astype(np.int64) + y.zero_point
        return quantized
