"""RELU, RELU6 and LEAKY_RELU of int16: requantize, with a multiplier for each sign, then clamp."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from edgeopt.ir import Array, CCall, Io, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops._checks import if_int16
from edgeopt.ops.int16._unary import UnaryInt16
from edgeopt.quantmath import activation_range, quantize_multiplier, requantize

_MAX_SHIFT = 15  # to the left, of an int16 in 32 bits


def _ratio_fits(op: "TwoSlopes", io: Io) -> bool:
    return all(shift <= _MAX_SHIFT for _, shift in op.slopes(io))


@requires(f"its scales' ratio, times alpha if it has one, is below 2^{_MAX_SHIFT}", if_int16(_ratio_fits))
@dataclass(frozen=True)
class TwoSlopes(UnaryInt16):
    """One multiplier for x >= 0, another for x < 0, and a clamp."""

    def slopes(self, io: Io) -> tuple[tuple[int, int], tuple[int, int]]:
        """(multiplier, shift) for x >= 0 and for x < 0; the second multiplier may be below 0."""
        return quantize_multiplier(io.input(0).q.scale / io.output.q.scale), (0, 0)

    def bounds(self, io: Io) -> tuple[int, int]:
        """Of the output, inclusive."""
        return -32768, 32767

    def function(self, q: Array, io: Io) -> Array:
        positive, negative = self.slopes(io)
        return np.clip(np.where(q >= 0, requantize(q, *positive), requantize(q, *negative)), *self.bounds(io))

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        (multiplier, shift), (negative_multiplier, negative_shift) = self.slopes(io)
        low, high = self.bounds(io)
        params = {
            "count": io.output.elements,
            "multiplier": multiplier,
            "shift": shift,
            # -x times -m is x times m, and the kernel's multipliers are not below 0
            "negative_sign": -1 if negative_multiplier < 0 else 1,
            "negative_multiplier": abs(negative_multiplier),
            "negative_shift": negative_shift,
            "low": low,
            "high": high,
        }
        return (CCall("eo_two_slopes_s16", params),)


@OPS.register("RELU int16")
@dataclass(frozen=True)
class ReluInt16(TwoSlopes):
    name = "relu_s16"
    activation: ClassVar[str] = "RELU"

    def bounds(self, io: Io) -> tuple[int, int]:
        return activation_range(self.activation, io.output.q, "int16")


@OPS.register("RELU6 int16")
@dataclass(frozen=True)
class Relu6Int16(ReluInt16):
    """Follows LiteRT where the scales differ: docs/numerics.md says why."""

    name = "relu6_s16"
    activation = "RELU6"

    def slopes(self, io: Io) -> tuple[tuple[int, int], tuple[int, int]]:
        ratio = np.float32(io.input(0).q.scale) / np.float32(io.output.q.scale)  # as LiteRT has it
        return quantize_multiplier(float(ratio)), (0, 0)


@OPS.register("LEAKY_RELU int16")
@requires("its alpha is a number", lambda op, io: math.isfinite(op.alpha))
@dataclass(frozen=True)
class LeakyReluInt16(TwoSlopes):
    name = "leaky_relu_s16"

    alpha: float

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        return cls(float(options["alpha"]))

    def slopes(self, io: Io) -> tuple[tuple[int, int], tuple[int, int]]:
        alpha = self.alpha if math.isfinite(self.alpha) else 0.0  # another limit says so
        ratio = io.input(0).q.scale / io.output.q.scale
        return quantize_multiplier(ratio), quantize_multiplier(io.input(0).q.scale * alpha / io.output.q.scale)
