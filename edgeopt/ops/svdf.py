"""SVDF, int8: a bank of features of the input, and filters over their history, which is the operator's state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from edgeopt.ir import Array, CCall, Io, Op, Shape, Target, Tensor, requires
from edgeopt.ops import OPS
from edgeopt.ops._checks import quantized
from edgeopt.ops._requant import folded_bias, pack_rows
from edgeopt.ops._weights import MAX_PRODUCTS
from edgeopt.quantmath import activation_range, dtype_range, quantize_multiplier, requantize

_INPUT, _FEATURES, _TIME, _BIAS, _STATE = range(5)
_ACTIVATIONS = ("NONE", "RELU", "RELU6", "RELU_N1_TO_1")
_BIAS_TOLERANCE = 1e-5  # of the bias's scale, as in TFLM


def _is_int8(op: Any, io: Io) -> bool:
    state = io.optional(_STATE)
    if state is None or not state.is_state:
        return False
    return quantized(io.input(_INPUT), "int8") and quantized(io.output, "int8") and quantized(state, "int8", "int16")


def _is_weight(tensor: Tensor | None, dtype: str) -> bool:
    return tensor is not None and tensor.is_constant and quantized(tensor, dtype) and tensor.q.zero_point == 0


def _has_weights(op: Any, io: Io) -> bool:
    state = io.optional(_STATE)
    return state is None or (_is_weight(io.optional(_FEATURES), "int8") and _is_weight(io.optional(_TIME), state.dtype))


def _has_bias(op: Any, io: Io) -> bool:
    bias, state, time = (io.optional(index) for index in (_BIAS, _STATE, _TIME))
    if state is None or time is None or not quantized(state, "int8", "int16") or not quantized(time, "int8", "int16"):
        return True
    if bias is None or not bias.is_constant or not quantized(bias, "int32"):
        return False
    return abs(bias.q.scale - state.q.scale * time.q.scale) < _BIAS_TOLERANCE


def _state_is_symmetric(op: Any, io: Io) -> bool:
    # With any other zero point an int8 state wraps in the tflite-micro of today, and saturates in that of tomorrow
    state = io.optional(_STATE)
    return state is None or not quantized(state, "int8", "int16") or state.q.zero_point == 0


def _shapes_fit(op: Svdf, io: Io) -> bool:
    shapes = [tensor.shape for tensor in io.inputs if tensor is not None]
    if len(shapes) != 5 or [len(shape) for shape in shapes] != [2, 2, 2, 1, 2] or op.rank < 1:
        return False
    (batches, inputs), (filters, _), (_, memory) = shapes[:3]
    wanted = [
        (batches, inputs),
        (filters, inputs),
        (filters, memory),
        (filters // op.rank,),
        (batches, filters * memory),
    ]
    sized = min(batches, inputs, filters, memory) > 0 and max(inputs, memory) <= MAX_PRODUCTS
    return shapes == wanted and sized and filters % op.rank == 0


def _activation_is_range(op: Svdf, io: Io) -> bool:
    if not quantized(io.output, "int8"):
        return True
    return op.activation in _ACTIVATIONS and activation_range(op.activation, io.output.q) == (-128, 127)


@OPS.register("SVDF")
@requires("its input and output are int8, its state is int8 or int16, quantized per tensor", _is_int8)
@requires("its weights are constant and symmetric: int8 of the features, of the state's type over time", _has_weights)
@requires("it has a constant int32 bias, whose scale is that of the state times that of the weights", _has_bias)
@requires("the zero point of its state is 0", _state_is_symmetric)
@requires(f"its shapes fit each other and its rank, with {MAX_PRODUCTS:,} inputs and steps at most", _shapes_fit)
@requires("its fused activation cuts nothing off the output's range", _activation_is_range)
@dataclass(frozen=True)
class Svdf(Op):
    """feature = requant(W x), pushed into the state; y = requant(bias + over time weights . state, `rank` at a time).

    Sums are modulo 2^32.
    """

    name = "svdf"
    arity = (5, 5)
    rank: int
    activation: str = "NONE"  # changes nothing: see the limits

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        return cls(int(options["rank"]), str(options["fused_activation_function"]))

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return ((io.input(_INPUT).shape[0], io.input(_FEATURES).shape[0] // self.rank),)

    def states(self, io: Io) -> tuple[int, ...]:
        return (_STATE,)

    def macs(self, io: Io) -> int:
        (filters, inputs), memory = io.input(_FEATURES).shape, io.input(_TIME).shape[1]
        return io.input(_INPUT).shape[0] * filters * (inputs + memory)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x, features, time, bias, state = values
        assert x is not None and features is not None and time is not None and bias is not None and state is not None
        batches, (filters, memory) = len(x), time.shape
        centred = x.astype(np.int64) - io.input(_INPUT).q.zero_point
        newest = requantize(centred @ features.astype(np.int64).T, *self._feature_scale(io))
        newest = np.clip(newest, *dtype_range(io.input(_STATE).dtype)).astype(state.dtype)
        history = np.concatenate([state.reshape(batches, filters, memory)[..., 1:], newest[..., None]], axis=2)
        filtered = (history.astype(np.int64) * time.astype(np.int64)).sum(axis=2)
        total = filtered.reshape(batches, -1, self.rank).sum(axis=2) + bias
        out = requantize(total.astype(np.int32), *self._output_scale(io)) + io.output.q.zero_point
        return np.clip(out.astype(np.int32), -128, 127).astype(np.int8), history.reshape(state.shape)

    def _feature_scale(self, io: Io) -> tuple[int, int]:
        x, features, state = (io.input(index).q.scale for index in (_INPUT, _FEATURES, _STATE))
        return quantize_multiplier(x * features / state)

    def _output_scale(self, io: Io) -> tuple[int, int]:
        state, time, y = (tensor.q.scale for tensor in (io.input(_STATE), io.input(_TIME), io.output))
        return quantize_multiplier(state * time / y)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        features, time, state = io.input(_FEATURES), io.input(_TIME), io.input(_STATE)
        rows = features.values.astype(np.int64)
        feature_bias = folded_bias(rows, np.zeros(len(rows), np.int64), io.input(_INPUT).q.zero_point)
        feature_multiplier, feature_shift = self._feature_scale(io)
        out_multiplier, out_shift = self._output_scale(io)
        low, high = dtype_range(state.dtype)
        params: dict[str, Array | int | None] = {
            "features": pack_rows(features.values, 4),
            "feature_bias": feature_bias,
            "time": time.values,
            "bias": io.input(_BIAS).values,
            "batches": io.input(_INPUT).shape[0],
            "inputs": features.shape[1],
            "filters": features.shape[0],
            "memory": time.shape[1],
            "rank": self.rank,
            "feature_multiplier": feature_multiplier,
            "feature_shift": feature_shift,
            "state_low": low,
            "state_high": high,
            "out_multiplier": out_multiplier,
            "out_shift": out_shift,
            "out_zero_point": io.output.q.zero_point,
        }
        kernel = "eo_svdf_s8" if state.dtype == "int8" else "eo_svdf_s8_s16"
        return (CCall(kernel, params, inputs=(_INPUT, _STATE), why="four features at a time"),)
