"""Convolutions and dense layers that the file has in float: binary where their weights are +- one number a channel."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, log2

import numpy as np

from edgeopt.bits import words_of
from edgeopt.ir import Array, Layer, Quant, Tensor
from edgeopt.larq.activations import activation, named
from edgeopt.larq.forms import apply, on_scale
from edgeopt.larq.integers import Integers
from edgeopt.larq.sources import DenseCounts, EightBitSums
from edgeopt.larq.steps import Add, Line, Multiply, Step, View
from edgeopt.larq.values import Bits, Pending, Value
from edgeopt.larq.weights import bias_of, channel_quant, is_negative, row_scales, to_int16, weights_of
from edgeopt.larq.work import RULES, Work
from edgeopt.ops._window import Window
from edgeopt.ops.conv2d import Conv2D


@RULES.register("FULLY_CONNECTED")
def dense(work: Work, layer: Layer) -> tuple[Value, ...]:
    weights = weights_of(layer, rank=2)
    if row_scales(weights) is None:
        return _real_valued(work, layer, channel_axis=0)
    value = work.value(layer.io.input(0))
    return _dense_of_bits(work, layer, value) if isinstance(value, Bits) else _dense_of_bytes(work, layer)


@RULES.register("CONV_2D")
def convolution(work: Work, layer: Layer) -> tuple[Value, ...]:
    weights, x = weights_of(layer, rank=4), layer.io.input(0)
    window = Conv2D.parse({**layer.options, "fused_activation_function": "NONE"}, layer.io).window
    data = None if row_scales(weights) is None else _bytes(work, layer)
    if data is None or (data.offset and window.is_padded):  # whose zeros are no numbers of 8 bits then
        return _real_valued(work, layer, channel_axis=0)
    groups = x.shape[3] // weights.shape[3]
    pixels = work.viewed(layer.name, data.tensor, x.shape)
    shape = (x.shape[0], *window.output_size((x.shape[1], x.shape[2])), len(weights))
    source = EightBitSums(layer.name, shape, pixels, is_negative(weights), window, groups)
    return (Pending(source, named((data.line(layer, weights), *activation(layer)), layer)),)


@RULES.register("DEPTHWISE_CONV_2D")
def depthwise(work: Work, layer: Layer) -> tuple[Value, ...]:
    return _real_valued(work, layer, channel_axis=3)


def _dense_of_bits(work: Work, layer: Layer, bits: Bits) -> tuple[Value, ...]:
    """The sum of the real values is scale (K - d) + bias; each row of words is a piece of the layer's input."""
    weights, (rows, outputs, steps) = weights_of(layer, rank=2), _output(layer)
    features = weights.shape[1]
    pieces = features // bits.channels
    if features % bits.channels == 0:
        words = work.viewed(layer.name, bits.words, (rows, pieces * words_of(bits.channels)))
    else:
        pieces, words = 1, work.in_rows(layer.name, bits, (rows, features))
    source = DenseCounts(layer.name, (rows, outputs), words, is_negative(weights).reshape(outputs, pieces, -1))
    scales = np.abs(weights[:, 0]).astype(np.float64)
    line = Line(-scales, features * scales + bias_of(layer, outputs))
    return (Pending(source, named((line, *steps), layer)),)


def _dense_of_bytes(work: Work, layer: Layer) -> tuple[Value, ...]:
    """As a convolution of single pixels."""
    data = _bytes(work, layer)
    if data is None:
        return _real_valued(work, layer, channel_axis=0)
    weights, (rows, outputs, _) = weights_of(layer, rank=2), _output(layer)
    pixels = work.viewed(layer.name, data.tensor, (rows, 1, 1, weights.shape[1]))
    negative = is_negative(weights)[:, None, None]
    source = EightBitSums(layer.name, (rows, 1, 1, outputs), pixels, negative, Window((1, 1)), 1)
    steps = data.line(layer, weights), View(layer.io.output.shape), *activation(layer)
    return (Pending(source, named(steps, layer)),)


@dataclass(frozen=True)
class _Bytes:
    """int8 data, in whatever shape, whose real values are scale (q - zero point) + offset."""

    tensor: Tensor
    scale: float
    offset: float

    def line(self, layer: Layer, weights: Array) -> Line:
        """What the sums of +- (q - zero point) are worth, for weights of one size a channel."""
        rows = weights.reshape(len(weights), -1).astype(np.float64)
        return Line(np.abs(rows[:, 0]) * self.scale, self.offset * rows.sum(axis=1) + bias_of(layer, len(rows)))


def _bytes(work: Work, layer: Layer) -> _Bytes | None:
    """The layer's data where it is of 8 bits, a rescaling by one number for all included, which then costs nothing."""
    value = work.value(layer.io.input(0))
    if isinstance(value, Pending) and isinstance(value.source, Integers) and value.source.tensor.dtype == "int8":
        found = _Bytes(value.source.tensor, value.source.tensor.q.scale, 0.0)
        for step in value.steps:
            if isinstance(step, Multiply) and step.factor.size == 1:
                factor = step.factor.item()
                found = replace(found, scale=found.scale * factor, offset=found.offset * factor)
            elif isinstance(step, Add) and step.term.size == 1:
                found = replace(found, offset=found.offset + step.term.item())
            elif not isinstance(step, View):
                break
        else:
            return found
    data = work.integers(layer.io.input(0), "int8")
    return _Bytes(data, data.q.scale, 0.0) if data.dtype == "int8" else None


def _output(layer: Layer) -> tuple[int, int, tuple[Step, ...]]:
    """(rows, channels, what follows their sums) of a dense layer."""
    features, outputs = layer.io.input(1).shape[1], layer.io.input(1).shape[0]
    rows, rest = divmod(layer.io.input(0).elements, features)
    shape = layer.io.output.shape
    if rest or shape[-1:] != (outputs,) or layer.io.output.elements != rows * outputs:
        raise ValueError(f"{layer.io.input(0).elements} values, {features} features, an output {list(shape)}")
    view = () if shape == (rows, outputs) else (View(shape),)
    return rows, outputs, (*view, *activation(layer))


def _real_valued(work: Work, layer: Layer, channel_axis: int) -> tuple[Value, ...]:
    """int16 data, int16 weights with a scale a channel, sums with an int64 bias.

    Where only signs are asked for, the sums themselves, cut off at 16 bits: no scale of a tensor is fine enough for the
    smallest channels.
    """
    weights = weights_of(layer, rank=len(layer.io.input(1).shape))
    bias = bias_of(layer, weights.shape[channel_axis])
    x, quant = work.integers(layer.io.input(0)), _output_quant(work, layer, weights, bias)
    scales = channel_quant(weights, bias, channel_axis, x.q, quant)
    steps = x.q.scale * np.array(scales.scales)  # what a sum of 1 is worth
    told = scales
    if work.only_signs_behind(layer.io.output.name):
        told = replace(scales, scales=(float(np.float32(quant.scale / x.q.scale)),) * steps.size)
    inputs = [
        x,
        work.builder.constant(f"{layer.name}/weights", to_int16(weights, scales), "int16", told),
        work.builder.constant(f"{layer.name}/bias", np.rint(bias / steps), "int64"),
    ]
    values = apply(work, layer, inputs, on_scale(layer, "int16", quant))
    return values if told is scales else _worth(values, Line(steps, np.zeros(1)))


def _output_quant(work: Work, layer: Layer, weights: Array, bias: Array) -> Quant:
    """Of sums with weights of +- one number: a scale that this number is a multiple of, so that whole sums stay whole.

    Signs are those of such sums, and of sums of them, where many are 0.
    """
    quant, sizes = work.quant(layer.io.output), np.abs(weights)
    size = float(sizes.flat[0])
    if bias.any() or size == 0 or (sizes != size).any():
        return quant
    return Quant((size * 2.0 ** ceil(log2(quant.scale / size)),), (0,))


def _worth(values: tuple[Value, ...], line: Line) -> tuple[Value, ...]:
    """The values of the only tensor of a layer by another line than its scale."""
    (value,) = values
    assert isinstance(value, Pending) and isinstance(value.source, Integers)
    return (Pending(replace(value.source, worth=(line,))),)
