"""BATCH_MATMUL, int8: both operands computed, or one constant; batches broadcast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from edgeopt.ir import Array, CCall, Io, Op, Shape, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops._checks import quantized, requires_int8
from edgeopt.ops._copy import MAX_ELEMENTS
from edgeopt.ops._walk import broadcast_strides, collapse, walk_params
from edgeopt.quantmath import quantize_multiplier, requantize

MAX_RANK = 5  # of tflite-micro's
MAX_DEPTH = 32_768  # as many products of two centered int8 stay below 2^31


def _are_matrices(op: Any, io: Io) -> bool:
    return all(2 <= len(io.input(index).shape) <= MAX_RANK for index in (0, 1))


def _depth_fits(op: BatchMatmul, io: Io) -> bool:
    return not _are_matrices(op, io) or 1 <= op.matrices(io)[0][-1] <= MAX_DEPTH


def _sizes_fit(op: Any, io: Io) -> bool:
    return all(tensor is not None and 0 < tensor.elements <= MAX_ELEMENTS for tensor in (*io.inputs, io.output))


def _scales_fit(op: Any, io: Io) -> bool:
    # beyond, TFLM and its multiplier's largest shift part
    scales = [tensor.q.scale for tensor in (*io.inputs, io.output) if tensor is not None and quantized(tensor, "int8")]
    return len(scales) < 3 or scales[0] * scales[1] < 2.0**30 * scales[2]


@OPS.register("BATCH_MATMUL")
@requires_int8
@requires("the product of its operands' scales is under 2^30 times its output's scale", _scales_fit)
@requires(f"its operands have 2 to {MAX_RANK} dimensions", _are_matrices)
@requires(f"it sums at most {MAX_DEPTH:,} products", _depth_fits)
@requires(f"its tensors are not empty, of {MAX_ELEMENTS:,} elements at most", _sizes_fit)
@dataclass(frozen=True)
class BatchMatmul(Op):
    name = "batch_matmul"
    arity = (2, 2)

    adj_x: bool  # the operand's matrices are stored with rows and columns exchanged
    adj_y: bool

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        return cls(bool(options["adj_x"]), bool(options["adj_y"]))

    def matrices(self, io: Io) -> tuple[Shape, Shape]:
        """The shapes [.., rows, depth] and [.., depth, cols] as they are multiplied."""
        x, y = io.input(0).shape, io.input(1).shape
        return _exchanged(x) if self.adj_x else x, _exchanged(y) if self.adj_y else y

    def infer(self, io: Io) -> tuple[Shape, ...]:
        x, y = self.matrices(io)
        if x[-1] != y[-2]:
            raise ValueError(f"matrices {list(x)} and {list(y)}")
        return ((*np.broadcast_shapes(x[:-2], y[:-2]), x[-2], y[-1]),)

    def macs(self, io: Io) -> int:
        return io.output.elements * self.matrices(io)[0][-1]

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x, y = (self._operand(io, values, index) for index in (0, 1))
        total = (x @ y).astype(np.int64)
        result = requantize(total, *_multiplier(io)) + io.output.q.zero_point
        return (np.clip(result, -128, 127).astype(np.int8),)

    def _operand(self, io: Io, values: Sequence[Array | None], index: int) -> Array:
        """Less its zero point; float64 holds the sums exactly, and its matrix product is fast."""
        value = values[index]
        assert value is not None
        centered = value.astype(np.float64) - io.input(index).q.zero_point
        return np.swapaxes(centered, -1, -2) if (self.adj_x, self.adj_y)[index] else centered

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        x, y = self.matrices(io)
        batches = io.output.shape[:-2]
        strides = [_batch_strides(shape, batches) for shape in (x, y)]
        multiplier, shift = _multiplier(io)
        rows, depth, cols = x[-2], x[-1], y[-1]
        params: dict[str, int | Array | None] = {
            "rows": rows,
            "depth": depth,
            "cols": cols,
            "x_row": 1 if self.adj_x else depth,
            "x_step": rows if self.adj_x else 1,
            "y_col": depth if self.adj_y else 1,
            "y_step": 1 if self.adj_y else cols,
            "x_zero_point": io.input(0).q.zero_point,
            "y_zero_point": io.input(1).q.zero_point,
            "out_zero_point": io.output.q.zero_point,
            "multiplier": multiplier,
            "shift": shift,
            **walk_params(collapse(batches, *strides), ("x_jumps", "y_jumps")),
        }
        words = -(-depth // 4)
        return (CCall("eo_batch_matmul_s8", params, inputs=(0, 1), scratch_bytes=4 * (rows + 5 * words)),)


def _exchanged(shape: Shape) -> Shape:
    return (*shape[:-2], shape[-1], shape[-2])


def _batch_strides(shape: Shape, batches: Shape) -> list[int]:
    """Elements between an operand's matrices along each dimension of the output's batches."""
    size = shape[-2] * shape[-1]
    return [stride * size for stride in broadcast_strides(shape[:-2], batches)]


def _multiplier(io: Io) -> tuple[int, int]:
    """(multiplier, shift); as TFLM, the product of the two scales is not rounded to float32."""
    return quantize_multiplier(io.input(0).q.scale * io.input(1).q.scale / io.output.q.scale)
