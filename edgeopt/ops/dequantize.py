"""DEQUANTIZE: int8 or int16 to float, where a network ends or a layer in float begins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from edgeopt.ir import Array, CCall, Io, Op, Shape, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops._checks import quantized


@OPS.register("DEQUANTIZE")
@requires(
    "its input is int8 or int16, quantized per tensor, and its output float32",
    lambda op, io: quantized(io.input(0), "int8", "int16") and io.output.dtype == "float32",
)
@dataclass(frozen=True)
class Dequantize(Op):
    name = "dequantize"

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        return cls()

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return (io.input(0).shape,)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        (x,) = values
        assert x is not None
        quant = io.input(0).q
        return (np.float32(quant.scale) * (x.astype(np.int32) - quant.zero_point).astype(np.float32),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        quant = io.input(0).q
        params = {"count": io.output.elements, "scale": quant.scale, "zero_point": quant.zero_point}
        kernel = "eo_dequantize_s8_f32" if io.input(0).dtype == "int8" else "eo_dequantize_s16_f32"
        return (CCall(kernel, params, why="where integers and float meet"),)
