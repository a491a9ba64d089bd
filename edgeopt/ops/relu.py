"""RELU, RELU6, RELU_N1_TO_1 and RELU_0_TO_1 as operators of their own: requantize, then clamp."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from edgeopt.ir import Array, Io, Quant
from edgeopt.ops import OPS
from edgeopt.ops._checks import requires_int8
from edgeopt.ops._lut import Lut
from edgeopt.quantmath import activation_range, quantize_multiplier, requantize


@OPS.register("RELU")
@requires_int8
@dataclass(frozen=True)
class Relu(Lut):
    """max(x, 0). The others follow LiteRT: docs/numerics.md says why."""

    name = "relu"
    activation: ClassVar[str] = "RELU"

    def function(self, q: Array, io: Io) -> Array:
        x, y = io.input(0).q, io.output.q
        rescaled = requantize(q - x.zero_point, *quantize_multiplier(x.scale / y.scale)) + y.zero_point
        return np.clip(rescaled, *self._bounds(y))

    def _bounds(self, y: Quant) -> tuple[int, int]:
        return activation_range(self.activation, y)


@OPS.register("RELU6")
@dataclass(frozen=True)
class Relu6(Relu):
    name = "relu6"
    activation = "RELU6"


@OPS.register("RELU_N1_TO_1")
@dataclass(frozen=True)
class ReluN1To1(Relu):
    name = "relu_n1_to_1"
    activation = "RELU_N1_TO_1"


@OPS.register("RELU_0_TO_1")
@dataclass(frozen=True)
class Relu0To1(Relu):
    name = "relu_0_to_1"

    def _bounds(self, y: Quant) -> tuple[int, int]:
        # no fused activation, so `activation_range` does not know it
        return activation_range("RELU", y)[0], activation_range("RELU_N1_TO_1", y)[1]
