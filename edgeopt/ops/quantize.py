"""QUANTIZE: from one integer type, scale and zero point to another; and float to int8 where a network begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from edgeopt.ir import Array, CCall, Io, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops._checks import quantized
from edgeopt.ops._lut import Lut
from edgeopt.quantmath import dtype_range, quantize_multiplier, requantize

# What tflite-micro does, of the types that edgeopt has
_TYPES = (
    ("float32", "int8"),
    ("int8", "int8"),
    ("int8", "uint8"),
    ("uint8", "int8"),
    ("int8", "int16"),
    ("int16", "int8"),
)


def _types_known(op: Any, io: Io) -> bool:
    x, y = io.input(0), io.output
    from_known = x.dtype == "float32" or quantized(x, x.dtype)
    return (x.dtype, y.dtype) in _TYPES and from_known and quantized(y, y.dtype)


def _ratio_fits(op: Any, io: Io) -> bool:
    # beyond, TFLM's left shift of the input wraps
    return not _types_known(op, io) or io.input(0).dtype == "float32" or _rescale(io)[1] <= 14


@OPS.register("QUANTIZE")
@requires(f"its types are {', '.join(f'{a} to {b}' for a, b in _TYPES)}, quantized per tensor", _types_known)
@requires("its input's scale is under 2^14 times its output's", _ratio_fits)
@dataclass(frozen=True)
class Quantize(Lut):
    name = "quantize"

    def function(self, q: Array, io: Io) -> Array:
        return requantize(q - io.input(0).q.zero_point, *_rescale(io)) + io.output.q.zero_point

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        (x,) = values
        assert x is not None
        if not {"float32", "int16"} & {io.input(0).dtype, io.output.dtype}:
            return super().reference(io, values)
        q = _from_float(x, io) if x.dtype == np.float32 else self.function(x.astype(np.int64), io)
        return (np.clip(q, *dtype_range(io.output.dtype)).astype(io.output.dtype),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        x, y = io.input(0), io.output
        if x.dtype == "float32":
            params = {"count": y.elements, "scale": y.q.scale, "zero_point": y.q.zero_point}
            return (CCall("eo_quantize_f32_s8", params, why="where integers and float meet"),)
        if "int16" not in (x.dtype, y.dtype):
            return super().c_calls(io, target)
        multiplier, shift = _rescale(io)
        offsets = {"in_offset": -x.q.zero_point, "out_offset": y.q.zero_point}
        kernel = "eo_requantize_s16_s8" if x.dtype == "int16" else "eo_requantize_s8_s16"
        return (CCall(kernel, {"count": y.elements, "multiplier": multiplier, "shift": shift, **offsets}),)

    def in_place(self, io: Io) -> tuple[int, ...]:
        # a narrower output lags behind what is still to be read, a wider one would run ahead
        return (0,) if io.output.size_bytes <= io.input(0).size_bytes else ()


def _rescale(io: Io) -> tuple[int, int]:
    return quantize_multiplier(io.input(0).q.scale / io.output.q.scale)


def _from_float(x: Array, io: Io) -> Array:
    """Steps of the output, int64: float32 division, then to nearest, halves away from zero; not-a-number is -128."""
    with np.errstate(over="ignore"):  # infinity saturates like anything large
        steps = (x / np.float32(io.output.q.scale)).astype(np.float64)
    bounded = np.clip(np.nan_to_num(steps, nan=-512.0), -512, 512)
    whole = np.sign(bounded) * np.floor(np.abs(bounded) + 0.5)  # exact: float64 has bits to spare
    q: Array = whole.astype(np.int64) + io.output.q.zero_point
    return q
