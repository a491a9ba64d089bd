"""LOGISTIC and TANH, float32."""

from dataclasses import dataclass

from edgeopt.ir import Array
from edgeopt.ops import OPS
from edgeopt.ops.float32._float import Elementwise
from edgeopt.ops.float32._math import logistic, tanh


@OPS.register("LOGISTIC float32")
@dataclass(frozen=True)
class LogisticF32(Elementwise):
    name = "logistic_f32"
    kernel = "eo_logistic_f32"

    def function(self, x: Array) -> Array:
        return logistic(x)


@OPS.register("TANH float32")
@dataclass(frozen=True)
class TanhF32(Elementwise):
    name = "tanh_f32"
    kernel = "eo_tanh_f32"

    def function(self, x: Array) -> Array:
        return tanh(x)
