"""TANH of int16."""

from dataclasses import dataclass

from edgeopt.ir import Array, Io
from edgeopt.ops import OPS
from edgeopt.ops._sigmoid_s16 import tanh
from edgeopt.ops.int16._sigmoid import SigmoidInt16


@OPS.register("TANH int16")
@dataclass(frozen=True)
class TanhInt16(SigmoidInt16):
    name = "tanh_s16"
    kernel = "eo_tanh_s16"
    exact_shifts = (0, 1)

    def function(self, q: Array, io: Io) -> Array:
        return tanh(self.steps(q, io))
