"""QUANTIZE: from one integer type, scale and zero point to another; and from float where a network begins."""

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
    ("float32", "int16"),
    ("int8", "int8"),
    ("int8", "uint8"),
    ("uint8", "int8"),
    ("int8", "int16"),
    ("int8", "int32"),
    ("int16", "int8"),
    ("int16", "int16"),
    ("int16", "int32"),
    ("int32", "int8"),
    ("int32", "int16"),
)
_BYTES = {"int8": 1, "int16": 2, "int32": 4}
_FLOAT_BOUND = {"int8": 512, "int16": 131_072}  # steps; further out, any zero point saturates


def _types_known(op: Any, io: Io) -> bool:
    x, y = io.input(0), io.output
    from_known = x.dtype == "float32" or quantized(x, x.dtype)
    return (x.dtype, y.dtype) in _TYPES and from_known and quantized(y, y.dtype)


def _centered(op: Any, io: Io) -> bool:
    return all(t.dtype != "int32" or t.quant is None or not any(t.q.zero_points) for t in (io.input(0), io.output))


def _ratio_fits(op: Any, io: Io) -> bool:
    # beyond, TFLM's left shift of the input wraps
    if not _types_known(op, io) or io.input(0).dtype == "float32":
        return True
    return _rescale(io)[1] <= (0 if io.input(0).dtype == "int32" else 14)


@OPS.register("QUANTIZE")
@requires(f"its types are {', '.join(f'{a} to {b}' for a, b in _TYPES)}, quantized per tensor", _types_known)
@requires("its input's scale is under 2^14 times its output's, or under it if the input is int32", _ratio_fits)
@requires("int32 has the zero point 0", _centered)
@dataclass(frozen=True)
class Quantize(Lut):
    name = "quantize"

    def function(self, q: Array, io: Io) -> Array:
        return requantize(q - io.input(0).q.zero_point, *_rescale(io)) + io.output.q.zero_point

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        (x,) = values
        assert x is not None
        if _is_of_bytes(io):
            return super().reference(io, values)
        q = _from_float(x, io) if x.dtype == np.float32 else self.function(x.astype(np.int64), io)
        return (np.clip(q, *dtype_range(io.output.dtype)).astype(io.output.dtype),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        x, y = io.input(0), io.output
        if x.dtype == "float32":
            params = {"count": y.elements, "scale": y.q.scale, "zero_point": y.q.zero_point}
            kernel = "eo_quantize_f32_s8" if y.dtype == "int8" else "eo_quantize_f32_s16"
            return (CCall(kernel, params, why="where integers and float meet"),)
        if _is_of_bytes(io):
            return super().c_calls(io, target)
        widening = _widening_shift(io)
        if widening is not None:
            params = {"count": y.elements, "zero_point": x.q.zero_point, "shift": widening}
            return (CCall("eo_widen_s8_s16", params, why="a power of two: nothing to round"),)
        multiplier, shift = _rescale(io)
        low, high = dtype_range(y.dtype)
        params = {
            "count": y.elements,
            "in_bytes": _BYTES[x.dtype],
            "out_bytes": _BYTES[y.dtype],
            "in_offset": -x.q.zero_point,
            "multiplier": multiplier,
            "shift": shift,
            "low": low - y.q.zero_point,
            "high": high - y.q.zero_point,
            "out_offset": y.q.zero_point,
        }
        return (CCall("eo_rescale", params),)

    def in_place(self, io: Io) -> tuple[int, ...]:
        # a narrower output lags behind what is still to be read, a wider one would run ahead
        return (0,) if io.output.size_bytes <= io.input(0).size_bytes else ()


def _rescale(io: Io) -> tuple[int, int]:
    return quantize_multiplier(io.input(0).q.scale / io.output.q.scale)


def _widening_shift(io: Io) -> int | None:
    """n of int8 to int16 that is 2^n times the input less its zero point, which no int8 brings out of int16."""
    x, y = io.input(0), io.output
    ratio = x.q.scale / y.q.scale
    if (x.dtype, y.dtype, y.q.zero_point) != ("int8", "int16", 0) or ratio < 1 or np.frexp(ratio)[0] != 0.5:
        return None
    largest = max(128 + x.q.zero_point, 127 - x.q.zero_point)
    return round(np.log2(ratio)) if largest * ratio <= 32767 else None


def _is_of_bytes(io: Io) -> bool:
    return all(tensor.dtype in ("int8", "uint8") for tensor in (io.input(0), io.output))


def _from_float(x: Array, io: Io) -> Array:
    """Steps of the output, int64: float32 division, then to nearest, halves away from zero; not-a-number is least."""
    bound = _FLOAT_BOUND[io.output.dtype]
    with np.errstate(over="ignore"):  # infinity saturates like anything large
        steps = (x / np.float32(io.output.q.scale)).astype(np.float64)
    bounded = np.clip(np.nan_to_num(steps, nan=-bound), -bound, bound)
    whole = np.sign(bounded) * np.floor(np.abs(bounded) + 0.5)  # exact: float64 has bits to spare
    q: Array = whole.astype(np.int64) + io.output.q.zero_point
    return q
