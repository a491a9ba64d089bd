"""NEG of raw values, as LiteRT's reference does it: docs/numerics.md says why, and why no more than that."""

from dataclasses import dataclass
from typing import Any

from edgeopt.ir import Array, Io, requires
from edgeopt.ops import OPS
from edgeopt.ops._checks import if_int8, requires_int8, same_quant
from edgeopt.ops._lut import Lut


def _raw_values_are_real(op: Any, io: Io) -> bool:
    # LiteRT negates the raw values, whatever they stand for
    return same_quant(io.input(0), io.output) and io.output.q.zero_point == 0


@OPS.register("NEG")
@requires_int8
@requires("its input and output have the same scale and the zero point 0", if_int8(_raw_values_are_real))
@dataclass(frozen=True)
class Neg(Lut):
    """-128 gives 127; LiteRT wraps."""

    name = "neg"

    def function(self, q: Array, io: Io) -> Array:
        return -q
