"""SVDF in integers: int8 with int16 weights over time and an int16 state, which is the history of its features.

The products of state and weights over time are summed in 32 bits, the bias with them: the scale of the weights is the
finest with which no sum leaves them.
"""

from __future__ import annotations

from math import ceil, log2

import numpy as np

from edgeopt.convert.quantizer import flatfile
from edgeopt.convert.quantizer.grids import Grid, Range
from edgeopt.convert.quantizer.network import Network
from edgeopt.convert.quantizer.remembering import Part, state_obstacle
from edgeopt.convert.quantizer.weights import best_scales, quantize_bias, quantize_weights, smallest_scales
from edgeopt.ir import Array

_INPUT, _FEATURES, _TIME, _BIAS, _STATE = range(5)
_LARGEST = 32767  # of state and of weights over time
_LARGEST_SUM = 2.0**30  # of products; as much is left to the bias
_MOST_PRODUCTS = 2**14  # of a sum: of more, each could have no more than a bit or two
_SMALLEST_SCALE = 2.0**-40
_HEADROOM = 2.0  # of the state, over what was seen: a bit of 16 costs nothing that shows, and clipping would


class Svdf:
    """A bank of filters over the history of features of the input."""

    state = _STATE
    least = Range(0.0, 0.0)
    intermediates = 0

    def obstacle(self, network: Network, operator: int) -> str | None:
        reads, options = network.reads(operator), network.options(operator)
        if len(reads) != _STATE + 1 or options is None or options.rank < 1:
            return f"it has {len(reads)} inputs, or no rank"
        if options.fusedActivationFunction != flatfile.schema().ActivationFunctionType.RELU:
            return "its activation is not RELU, and LiteRT has no other in integers"
        constants = [reads[i] for i in (_FEATURES, _TIME, _BIAS) if i != _BIAS or reads[i] != -1]
        if not all(network.has_floats(tensor) for tensor in constants):
            return "its weights and biases are not all constant"
        if not _shapes_fit(network, operator):
            return "its shapes do not fit each other"
        return state_obstacle(network, operator, (_STATE,))

    def follow(self, network: Network, operator: int) -> Features:
        return Features(network.floats(network.reads(operator)[_FEATURES]))

    def parts(self, network: Network, operator: int, source: Grid, target: Grid, state: Range) -> list[Part]:
        reads, rank = network.reads(operator), int(network.options(operator).rank)
        state_scale = _state_scale(state)
        features = network.floats(reads[_FEATURES])
        floor = smallest_scales(None, source.scale, state_scale)
        found = quantize_weights(features, best_scales(features, 0, "int8", True), "int8", 0, floor)
        time = network.floats(reads[_TIME])
        units = len(time) // rank
        bias = np.zeros(units, np.float32) if reads[_BIAS] == -1 else network.floats(reads[_BIAS])
        time_scale = _time_scale(time.reshape(units, -1), bias, state_scale, target.scale)
        integers, bias_scales = quantize_bias(bias, state_scale, np.array([time_scale], np.float32), "int32")
        over_time = np.clip(np.rint(time / time_scale), -_LARGEST, _LARGEST).astype(np.int16)
        return [
            Part(_FEATURES, "int8", float(found.scales[0]), 0, found.integers),
            Part(_TIME, "int16", time_scale, 0, over_time),
            Part(_BIAS, "int32", float(bias_scales[0]), 0, integers),
            Part(_STATE, "int16", state_scale),
        ]


def _state_scale(seen: Range) -> float:
    """A power of two, so that its product with the scale over time, which the bias has, is exact at any size."""
    largest = max(_HEADROOM * max(-seen.low, seen.high) / _LARGEST, _SMALLEST_SCALE)
    return float(2.0 ** ceil(log2(largest)))


def _time_scale(time: Array, bias: Array, state_scale: float, output_scale: float) -> float:
    """The scale of the weights over time [units, products of a sum]."""
    sizes = np.abs(time.astype(np.float64))
    rounding = time.shape[1] / 2  # by as many steps may the weights of a sum be raised
    needed = (
        sizes.max(initial=0.0) / _LARGEST,
        sizes.sum(axis=1).max(initial=0.0) / (_LARGEST_SUM / _LARGEST - rounding),
        float(smallest_scales(bias, state_scale, output_scale).max()),
    )
    return float(np.nextafter(np.float32(max(needed)), np.float32(np.inf)))


class Features:
    """What an SVDF pushes into its state: the state holds nothing else, but for the zeros at first."""

    def __init__(self, weights: Array) -> None:
        self._weights = weights

    def forget(self) -> None:
        """The features of an input depend on no other."""

    def after(self, x: Array, y: Array) -> Array:
        features: Array = x @ self._weights.T
        return features


def _shapes_fit(network: Network, operator: int) -> bool:
    reads, rank = network.reads(operator), network.options(operator).rank
    x, features, time = (network.shape(reads[i]) for i in (_INPUT, _FEATURES, _TIME))
    if [len(x), len(features), len(time)] != [2, 2, 2] or min(*x, *features, *time) < 1:
        return False
    (batches, inputs), (filters, _), (_, memory) = x, features, time
    if filters % rank or rank * memory > _MOST_PRODUCTS:
        return False
    tensors = [*reads[_FEATURES:], network.writes(operator)[0]]
    wanted = [(filters, inputs), (filters, memory), (filters // rank,), (batches, filters * memory)]
    wanted.append((batches, filters // rank))
    return all(tensor == -1 or network.shape(tensor) == shape for tensor, shape in zip(tensors, wanted, strict=True))
