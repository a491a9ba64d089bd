"""PRELU of int8 tensors: x where x >= 0, alpha x elsewhere, with an alpha for each channel or element."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from edgeopt.ir import Array, CCall, Io, Shape, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops._binary import Binary, centered, walk
from edgeopt.ops._checks import int8_throughout, requires_int8
from edgeopt.quantmath import quantize_multiplier, requantize


def _rescales(io: Io) -> tuple[tuple[int, int], tuple[int, int]]:
    """(multiplier, shift) of x where it is not negative, and of its product with alpha."""
    x, alpha, y = io.input(0).q, io.input(1).q, io.output.q
    return quantize_multiplier(x.scale / y.scale), quantize_multiplier(x.scale * alpha.scale / y.scale)


def _scales_fit(op: Any, io: Io) -> bool:
    # beyond, TFLM's left shift wraps
    if not int8_throughout(op, io):
        return True
    (_, identity), (_, product) = _rescales(io)
    return identity <= 23 and product <= 15


def _alpha_fits(op: Any, io: Io) -> bool:
    x, alpha = io.input(0).shape, io.input(1).shape
    pairs = zip(x[::-1], alpha[::-1], strict=False)
    return len(alpha) <= len(x) and all(own in (1, whole) for whole, own in pairs)


@OPS.register("PRELU")
@requires("its alpha repeats itself over its input, not the other way", _alpha_fits)
@requires("its operands have at most 4 dimensions", lambda op, io: len(io.input(0).shape) <= 4)
@requires("its input's scale is under 2^23 times its output's, and under 2^15 times with alpha's", _scales_fit)
@requires_int8
@dataclass(frozen=True)
class Prelu(Binary):
    name = "prelu"

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return (io.input(0).shape,)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x, alpha = (centered(io, values, index) for index in (0, 1))
        identity, product = _rescales(io)
        y = np.where(x >= 0, requantize(x, *identity), requantize(np.minimum(x, 0) * alpha, *product))
        return self._clamped(y + io.output.q.zero_point)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        (multiplier1, shift1), (multiplier2, shift2) = _rescales(io)
        low, high = self.clamp
        params = {
            "offset1": -io.input(0).q.zero_point,
            "offset2": -io.input(1).q.zero_point,
            "multiplier1": multiplier1,
            "shift1": shift1,
            "multiplier2": multiplier2,
            "shift2": shift2,
            "offset": io.output.q.zero_point,
            "low": low,
            "high": high,
            **walk(io, 0, 1),
        }
        return (CCall("eo_prelu_s8", params, inputs=(0, 1)),)
