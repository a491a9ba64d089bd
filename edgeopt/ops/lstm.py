"""UNIDIRECTIONAL_SEQUENCE_LSTM, int8 with an int16 cell state: the plain LSTM of Keras, which goes on at each call."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from edgeopt.ir import Array, CCall, Io, Op, Shape, Target, Tensor, requires
from edgeopt.ops import OPS
from edgeopt.ops._checks import quantized, same_quant
from edgeopt.ops._requant import folded_bias, pack_rows
from edgeopt.ops._sigmoid_s16 import Q12_MULTIPLIER, sigmoid, sigmoid_nodes, tanh
from edgeopt.ops._weights import MAX_PRODUCTS
from edgeopt.quantmath import dtype_range, quantize_multiplier, requantize

# Indices of inputs; the gates of four are input, forget, cell and output
_INPUT = 0
_INPUT_WEIGHTS, _RECURRENT_WEIGHTS, _BIASES = range(1, 5), range(5, 9), range(12, 16)
_HIDDEN, _CELL = 18, 19
_VARIANTS = (*range(9, 12), 16, 17, *range(20, 24))  # peephole, projection, layer normalization

_Q12, _Q15 = 2.0**-12, 2.0**-15  # scales of what goes into sigmoid and tanh, and of what comes out
_CELL_POWERS = range(-24, 1)
_FORGET = quantize_multiplier(_Q15)  # of forget gate times cell state, whatever the cell state's scale


def _state_is_quantized(op: Any, io: Io) -> bool:
    hidden, cell = io.optional(_HIDDEN), io.optional(_CELL)
    if hidden is None or cell is None or not (hidden.is_state and cell.is_state):
        return False
    int8 = all(quantized(tensor, "int8") for tensor in (io.input(_INPUT), hidden, io.output))
    return int8 and quantized(cell, "int16")


def _is_plain(op: Any, io: Io) -> bool:
    return all(io.optional(index) is None for index in _VARIANTS)


def _is_weight(tensor: Tensor | None) -> bool:
    return tensor is not None and tensor.is_constant and quantized(tensor, "int8") and tensor.q.zero_point == 0


def _has_weights(op: Any, io: Io) -> bool:
    return all(_is_weight(io.optional(index)) for index in (*_INPUT_WEIGHTS, *_RECURRENT_WEIGHTS))


def _has_biases(op: Any, io: Io) -> bool:
    biases = [io.optional(index) for index in _BIASES]
    return all(bias is not None and bias.is_constant and bias.dtype == "int32" for bias in biases)


def _shapes_fit(op: Lstm, io: Io) -> bool:
    x, hidden, cell = (io.optional(index) for index in (_INPUT, _HIDDEN, _CELL))
    if x is None or hidden is None or cell is None or len(x.shape) != 3 or len(hidden.shape) != 2:
        return False
    features, units = x.shape[2], hidden.shape[1]
    batches = x.shape[1] if op.time_major else x.shape[0]
    wanted: dict[int, Shape] = dict.fromkeys(_INPUT_WEIGHTS, (units, features))
    wanted |= dict.fromkeys(_RECURRENT_WEIGHTS, (units, units))
    wanted |= dict.fromkeys(_BIASES, (units,)) | dict.fromkeys((_HIDDEN, _CELL), (batches, units))
    tensors = {index: io.optional(index) for index in wanted}
    shapes_fit = all(tensor is None or tensor.shape == wanted[index] for index, tensor in tensors.items())
    return shapes_fit and min(x.shape) > 0 and units > 0 and max(features, units) <= MAX_PRODUCTS


def _cell_power(cell: Tensor) -> int | None:
    """n of the scale 2^n, None for any other scale."""
    mantissa, exponent = math.frexp(cell.q.scale)
    return exponent - 1 if mantissa == 0.5 else None


def _cell_is_symmetric(op: Any, io: Io) -> bool:
    cell = io.optional(_CELL)
    if cell is None or not quantized(cell, "int16"):
        return True
    return _cell_power(cell) in _CELL_POWERS and cell.q.zero_point == 0


def _output_is_hidden_state(op: Any, io: Io) -> bool:
    hidden = io.optional(_HIDDEN)
    return hidden is None or not _state_is_quantized(op, io) or same_quant(hidden, io.output)


def _output_scale_fits(op: Any, io: Io) -> bool:
    return not quantized(io.output, "int8") or io.output.q.scale >= _Q15


@OPS.register("UNIDIRECTIONAL_SEQUENCE_LSTM")
@requires(
    "its input, output and hidden state are int8, its cell state int16, quantized per tensor", _state_is_quantized
)
@requires("it has no peephole, no projection and no layer normalization", _is_plain)
@requires("its four gates have constant int8 weights (no CIFG), symmetric, quantized per tensor", _has_weights)
@requires("its four gates have constant int32 biases", _has_biases)
@requires(f"its shapes fit each other, with {MAX_PRODUCTS:,} features and units at most", _shapes_fit)
@requires("its output and its hidden state have the same scale and zero point", _output_is_hidden_state)
@requires("its output's scale is at least 2^-15", _output_scale_fits)
@requires("its cell state's scale is a power of two, 2^-24 to 1, and its zero point 0", _cell_is_symmetric)
@requires("its activation is TANH", lambda op, io: op.activation == "TANH")
@requires("it clips its cell state at no number below 0", lambda op, io: op.cell_clip >= 0)
@requires("its recurrent weights are no diagonals", lambda op, io: not op.diagonal)
@dataclass(frozen=True)
class Lstm(Op):
    """Of each time step: gates = W x + R h + bias, c = f c + i g, h = o tanh(c); the output is every h."""

    name = "lstm"
    arity = (20, 24)
    time_major: bool
    activation: str = "TANH"
    cell_clip: float = 0.0  # of the real cell state; 0: none
    diagonal: bool = False

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        diagonal = bool(options.get("diagonal_recurrent_tensors", False))
        activation, clip = str(options["fused_activation_function"]), float(options["cell_clip"])
        return cls(bool(options["time_major"]), activation, clip, diagonal)

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return ((*io.input(_INPUT).shape[:2], io.input(_HIDDEN).shape[1]),)

    def states(self, io: Io) -> tuple[int, ...]:
        return (_HIDDEN, _CELL)

    def macs(self, io: Io) -> int:
        vectors, units = io.output.elements // io.output.shape[2], io.output.shape[2]
        return 4 * vectors * units * (io.input(_INPUT).shape[2] + units)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x, hidden, cell = values[_INPUT], values[_HIDDEN], values[_CELL]
        assert x is not None and hidden is not None and cell is not None
        steps = x if self.time_major else x.swapaxes(0, 1)
        outputs = []
        for step in steps:
            hidden, cell = self._step(io, step, hidden, cell)
            outputs.append(hidden)
        output = np.stack(outputs, axis=0 if self.time_major else 1)
        return output, hidden, cell

    def _step(self, io: Io, x: Array, hidden: Array, cell: Array) -> tuple[Array, Array]:
        """(hidden, cell) after one time step of x [batches, features]."""
        gates = [self._gate(io, gate, x, hidden) * Q12_MULTIPLIER for gate in range(4)]
        input_gate, forget_gate, output_gate = (sigmoid(gates[index]) for index in (0, 1, 3))
        kept = _int16(requantize(forget_gate * cell.astype(np.int64), *_FORGET))
        added = _int16(requantize(input_gate * tanh(gates[2]), *self._input_scale(io)))
        clip = self._quantized_clip(io)
        new_cell = np.clip(_int16(kept + added), -clip, clip)
        multiplier, shift = self._tanh_scale(io)
        scaled = new_cell * multiplier + (1 << shift >> 1) >> shift
        h = requantize(tanh(scaled) * output_gate, *self._output_scale(io)) + io.output.q.zero_point
        return np.clip(h, -128, 127).astype(np.int8), new_cell.astype(np.int16)

    def _gate(self, io: Io, gate: int, x: Array, hidden: Array) -> Array:
        """Q3.12 of one gate before its sigmoid or tanh, int64 [batches, units]."""
        sources = ((_INPUT, _INPUT_WEIGHTS, x), (_HIDDEN, _RECURRENT_WEIGHTS, hidden))
        total = np.zeros((), np.int64)
        for (source, weights, data), scale in zip(sources, self._gate_scales(io, gate), strict=True):
            centred = data.astype(np.int64) - io.input(source).q.zero_point
            acc = centred @ io.input(weights[gate]).values.astype(np.int64).T
            if source == _INPUT:
                acc = acc + io.input(_BIASES[gate]).values
            total = total + _int16(requantize(acc, *scale))
        return _int16(total)

    def _gate_scales(self, io: Io, gate: int) -> tuple[tuple[int, int], tuple[int, int]]:
        """Multiplier and shift of the two sums of a gate."""
        sources = ((_INPUT, _INPUT_WEIGHTS), (_HIDDEN, _RECURRENT_WEIGHTS))
        first, second = (
            quantize_multiplier(io.input(x).q.scale * io.input(w[gate]).q.scale / _Q12) for x, w in sources
        )
        return first, second

    def _input_scale(self, io: Io) -> tuple[int, int]:
        return quantize_multiplier(_Q15 * _Q15 / io.input(_CELL).q.scale)

    def _output_scale(self, io: Io) -> tuple[int, int]:
        return quantize_multiplier(_Q15 * _Q15 / io.output.q.scale)

    def _tanh_scale(self, io: Io) -> tuple[int, int]:
        """Multiplier and right shift that bring the cell state to what tanh takes."""
        power = _cell_power(io.input(_CELL))
        assert power is not None
        return Q12_MULTIPLIER << max(0, 12 + power), max(0, -(12 + power))

    def _quantized_clip(self, io: Io) -> int:
        """Of |cell|; 32768, which no int16 exceeds, for none."""
        return int(min(self.cell_clip / io.input(_CELL).q.scale, 32767.0)) if self.cell_clip else 32768

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        batches, units = io.input(_HIDDEN).shape
        steps = io.output.elements // (batches * units)
        scales = [scale for gate in range(4) for scale in self._gate_scales(io, gate)]
        tanh_multiplier, tanh_shift = self._tanh_scale(io)
        (input_multiplier, input_shift), (out_multiplier, out_shift) = self._input_scale(io), self._output_scale(io)
        params: dict[str, Array | int] = {
            **self._rows(io, "input", _INPUT, _INPUT_WEIGHTS, _BIASES),
            **self._rows(io, "recurrent", _HIDDEN, _RECURRENT_WEIGHTS, None),
            "gate_multiplier": np.array([multiplier for multiplier, _ in scales], np.int32),
            "gate_shift": np.array([shift for _, shift in scales], np.int8),
            "sigmoid_nodes": sigmoid_nodes(),
            "batches": batches,
            "steps": steps,
            "batch_stride": 1 if self.time_major else steps,
            "step_stride": batches if self.time_major else 1,
            "features": io.input(_INPUT).shape[2],
            "units": units,
            "input_multiplier": input_multiplier,
            "input_shift": input_shift,
            "cell_clip": self._quantized_clip(io),
            "tanh_multiplier": tanh_multiplier,
            "tanh_shift": tanh_shift,
            "out_multiplier": out_multiplier,
            "out_shift": out_shift,
            "out_zero_point": io.output.q.zero_point,
        }
        why = "the four gates of a unit at a time"
        return (CCall("eo_lstm_s8", params, inputs=(_INPUT, _HIDDEN, _CELL), why=why),)

    def _rows(self, io: Io, name: str, source: int, weights: range, biases: range | None) -> dict[str, Array]:
        """Packed weights and folded biases, the rows of a unit's four gates one after the other."""
        rows = np.stack([io.input(index).values for index in weights], axis=1).reshape(-1, io.input(source).shape[-1])
        bias = np.zeros(len(rows), np.int64)
        if biases is not None:
            bias = np.stack([io.input(index).values for index in biases], axis=1).reshape(-1).astype(np.int64)
        folded = folded_bias(rows.astype(np.int64), bias, io.input(source).q.zero_point)
        return {f"{name}_weights": pack_rows(rows, 4), f"{name}_bias": folded}


def _int16(x: Array) -> Array:
    return np.clip(x, *dtype_range("int16"))
