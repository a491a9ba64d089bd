"""UNIDIRECTIONAL_SEQUENCE_LSTM in integers: int8 with an int16 cell state, as TensorFlow's own quantizer writes it.

Weights are int8, symmetric, one scale each; a bias has the scale of the input times that of its gate's input weights.
The hidden state is the output of the step before and has its scale. The cell state has a power of two.
Source: operator_property.cc in tensorflow/lite/tools/optimize, and what its converter writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, isnan, log2

import numpy as np

from edgeopt.convert.quantizer import flatfile
from edgeopt.convert.quantizer.grids import Grid, Range
from edgeopt.convert.quantizer.network import Network
from edgeopt.convert.quantizer.remembering import Part, state_obstacle
from edgeopt.convert.quantizer.weights import best_scales, quantize_bias, quantize_weights, smallest_scales
from edgeopt.ir import Array

_INPUT = 0
# The gates of four are input, forget, cell and output
_INPUT_WEIGHTS, _RECURRENT_WEIGHTS, _BIASES = range(1, 5), range(5, 9), range(12, 16)
_HIDDEN, _CELL = 18, 19
_VARIANTS = (
    (range(9, 12), "it has a peephole"),
    (range(16, 18), "it has a projection"),
    (range(20, 24), "it has layer normalization"),
)
_GATE_SCALE = 2.0**-12  # of a gate's sum
# Of the cell state. Finer: the gates have no more than 15 fractional bits. Coarser: LiteRT has no tanh for it, and
# leaves its outputs as they were; what is beyond 64 is limited to that, where tanh is 1 long since
_FINEST_POWER, _COARSEST_POWER = -15, -9
_HEADROOM = 2.0  # of the cell state, over what was seen: a bit of 16 costs nothing that shows, and clipping would


class Lstm:
    """The plain LSTM of Keras."""

    state = _CELL
    least = Range(0.0, 2.0**-7)  # the output's scale is at least 2^-15
    intermediates = 5

    def obstacle(self, network: Network, operator: int) -> str | None:
        reads, options = network.reads(operator), network.options(operator)
        if len(reads) < _CELL + 1:
            return f"it has {len(reads)} inputs"
        for positions, what in _VARIANTS:
            if any(position < len(reads) and reads[position] != -1 for position in positions):
                return what
        if -1 in (reads[1], reads[5], reads[12]):
            return "it has no input gate (CIFG)"
        if options is None or options.fusedActivationFunction != flatfile.schema().ActivationFunctionType.TANH:
            return "its activation is not TANH"
        if isnan(options.cellClip) or options.cellClip < 0:
            return "its cell state is clipped at a number below 0"
        if options.diagonalRecurrentTensors:
            return "its recurrent weights are diagonals"
        if not all(network.has_floats(reads[i]) for i in (*_INPUT_WEIGHTS, *_RECURRENT_WEIGHTS, *_BIASES)):
            return "its weights and biases are not all constant"
        if not _shapes_fit(network, operator):
            return "its shapes do not fit each other"
        return state_obstacle(network, operator, (_HIDDEN, _CELL))

    def follow(self, network: Network, operator: int) -> CellStates:
        return CellStates(network, operator)

    def parts(self, network: Network, operator: int, source: Grid, target: Grid, state: Range) -> list[Part]:
        reads = network.reads(operator)
        parts = []
        for weights, bias in zip(_INPUT_WEIGHTS, _BIASES, strict=True):
            values = network.floats(reads[bias])
            parts.append(_weights(network, reads[weights], weights, source, values))
            integers, scales = quantize_bias(values, source.scale, np.array([parts[-1].scale], np.float32), "int32")
            parts.append(Part(bias, "int32", float(scales[0]), 0, integers))
        parts += [_weights(network, reads[weights], weights, target, None) for weights in _RECURRENT_WEIGHTS]
        hidden = Part(_HIDDEN, "int8", target.scale, target.zero_point)
        return [*parts, hidden, Part(_CELL, "int16", cell_scale(state, network.options(operator).cellClip))]


def _weights(network: Network, tensor: int, position: int, source: Grid, bias: Array | None) -> Part:
    """The weights of one gate for one of the two vectors that it reads."""
    values = network.floats(tensor)
    floor = smallest_scales(bias, source.scale, _GATE_SCALE)
    found = quantize_weights(values, best_scales(values, 0, "int8", True), "int8", 0, floor)
    return Part(position, "int8", float(found.scales[0]), 0, found.integers)


def cell_scale(seen: Range, clip: float) -> float:
    """The power of two with which int16 holds what was seen and headroom, of a state that is clipped at `clip`."""
    largest = min(_HEADROOM * max(-seen.low, seen.high), clip or np.inf)
    power = ceil(log2(largest / 32767)) if largest > 0 else _FINEST_POWER
    return float(2.0 ** min(max(power, _FINEST_POWER), _COARSEST_POWER))


class CellStates:
    """The cell states of a float LSTM, from what it reads and writes.

    What it writes is the hidden state of every step, so all gates of a sample are two products of matrices.
    """

    def __init__(self, network: Network, operator: int) -> None:
        reads, options = network.reads(operator), network.options(operator)

        def stacked(positions: range) -> Array:
            return np.concatenate([network.floats(reads[position]) for position in positions])

        self._input_weights, self._recurrent_weights = stacked(_INPUT_WEIGHTS), stacked(_RECURRENT_WEIGHTS)
        self._biases = stacked(_BIASES)
        self._clip, self._time_major = float(options.cellClip) or np.inf, bool(options.timeMajor)
        self._first = np.zeros(network.shape(reads[_CELL]), np.float32)
        self.forget()

    def forget(self) -> None:
        self._hidden = self._cell = self._first

    def after(self, x: Array, y: Array) -> Array:
        """[steps, batches, units]."""
        inputs, hidden = (x, y) if self._time_major else (x.swapaxes(0, 1), y.swapaxes(0, 1))
        before = np.concatenate([self._hidden[None], hidden[:-1]])
        self._hidden = hidden[-1]
        cells = np.stack(list(self._cells(inputs, before)))
        self._cell = cells[-1]
        return cells

    def _cells(self, inputs: Array, hidden: Array) -> Iterator[Array]:
        gates = inputs @ self._input_weights.T + hidden @ self._recurrent_weights.T + self._biases
        enter, forget, new, _ = np.split(gates, 4, axis=2)
        cell = self._cell
        for kept, added in zip(_sigmoid(forget), _sigmoid(enter) * np.tanh(new), strict=True):
            cell = np.clip(kept * cell + added, -self._clip, self._clip)
            yield cell


def _sigmoid(x: Array) -> Array:
    y: Array = np.float32(0.5) * (np.tanh(np.float32(0.5) * x) + np.float32(1))
    return y


def _shapes_fit(network: Network, operator: int) -> bool:
    reads = network.reads(operator)
    x, cell = network.shape(reads[_INPUT]), network.shape(reads[_CELL])
    if len(x) != 3 or len(cell) != 2 or min(*x, *cell) < 1:
        return False
    features, (batches, units) = x[2], cell
    wanted: dict[int, tuple[int, ...]] = dict.fromkeys(_INPUT_WEIGHTS, (units, features))
    wanted |= dict.fromkeys(_RECURRENT_WEIGHTS, (units, units)) | dict.fromkeys(_BIASES, (units,)) | {_HIDDEN: cell}
    batched = x[1 if network.options(operator).timeMajor else 0] == batches
    written = network.shape(network.writes(operator)[0]) == (*x[:2], units)
    return batched and written and all(network.shape(reads[i]) == shape for i, shape in wanted.items())
