"""LOGISTIC of int16, 1 / (1 + exp(-x))."""

from dataclasses import dataclass

from edgeopt.ir import Array, Io
from edgeopt.ops import OPS
from edgeopt.ops._sigmoid_s16 import sigmoid
from edgeopt.ops.int16._sigmoid import SigmoidInt16


@OPS.register("LOGISTIC int16")
@dataclass(frozen=True)
class LogisticInt16(SigmoidInt16):
    name = "logistic_s16"
    kernel = "eo_logistic_s16"
    exact_shifts = (0,)

    def function(self, q: Array, io: Io) -> Array:
        return sigmoid(self.steps(q, io))
