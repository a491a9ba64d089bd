"""What int16 LOGISTIC and TANH share: the input brought to the nodes of the table, which `_sigmoid_s16` has."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from edgeopt.ir import Array, CCall, Io, Target, requires
from edgeopt.ops._checks import if_int16
from edgeopt.ops._sigmoid_s16 import Q12_MULTIPLIER, sigmoid_nodes
from edgeopt.ops.int16._unary import UnaryInt16

_NODES_SCALE = 4096 * 3  # steps of the table in 1
_MAX_MULTIPLIER = 32_767  # as much times an int16 is below 2^30


def _scale_fits(scale: float) -> bool:
    # below, TFLM's multiplier vanishes, which it takes for the sign of a power of two
    return scale >= 2.0**-44 and scale * _NODES_SCALE < _MAX_MULTIPLIER + 1


@requires("its input's scale is from 2^-44 to under 8/3", if_int16(lambda op, io: _scale_fits(io.input(0).q.scale)))
@requires("its output's scale is 2^-15", if_int16(lambda op, io: io.output.q.scale == 2.0**-15))
@dataclass(frozen=True)
class SigmoidInt16(UnaryInt16):
    kernel: ClassVar[str]  # in kernels/
    exact_shifts: ClassVar[tuple[int, ...]]  # of a scale of 2^(shift - 12) that is taken as it is

    def rescale(self, io: Io) -> tuple[int, int]:
        """(multiplier, right): what brings an input to the table's steps, as TFLM has it."""
        scale = io.input(0).q.scale
        exponent = _exponent(scale)
        if exponent is not None and exponent + 12 in self.exact_shifts:
            return Q12_MULTIPLIER << (exponent + 12), 0
        multiplier, right = scale * _NODES_SCALE, 0
        while multiplier <= _MAX_MULTIPLIER / 2 and right <= 30:
            multiplier, right = 2 * multiplier, right + 1
        return int(multiplier), right

    def steps(self, q: Array, io: Io) -> Array:
        multiplier, right = self.rescale(io)
        return (q * multiplier + _half(right)) >> right

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        multiplier, right = self.rescale(io)
        params: dict[str, int | Array] = {
            "count": io.output.elements,
            "multiplier": multiplier,
            "half": _half(right),
            "right": right,
            "nodes": sigmoid_nodes(),
        }
        return (CCall(self.kernel, params, why="lines between 256 nodes"),)


def _half(right: int) -> int:
    return 1 << (right - 1) if right > 0 else 0


def _exponent(scale: float) -> int | None:
    """n of a scale that is 2^n, to within what TFLM's float32 logarithm sees of it."""
    exponent = np.log(np.float32(scale)) * (np.float32(1) / np.log(np.float32(2)))
    nearest = np.rint(exponent)
    return int(nearest) if abs(exponent - nearest) < np.float32(1e-3) else None
