"""Layers at their edges: every remainder of channels and pixels, and constants that push the arithmetic to its limits.

A geometry a case; the constants of each are drawn from pools of extremes, so that over the cases every one meets many.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from support.extremes import OUT_SCALE, ZERO_POINTS, Constants, Shape, inputs_of
from support.layers import ACTIVATIONS, LayerCase, out_size
from support.operator_tests import core_cases
from support.proof import Case, Value
from support.tflite_writer import ModelBuilder

from edgeopt.ir import Op
from edgeopt.ops import OPS

CHANNELS = (*range(1, 10), 15, 16, 17, 31, 32, 33)
SIDES = range(1, 10)


def conv_cases(rng: np.random.Generator) -> list[Case]:
    """CONV_2D: pointwise, 3x3 by both strides, first layers, any window, groups and batches."""
    return [_case(rng, shape) for shape in conv_shapes(rng)]


def conv_shapes(rng: np.random.Generator) -> Iterator[Shape]:
    for channels in CHANNELS:
        few = int(rng.choice(CHANNELS))
        for ins, outs in ((channels, few), (few, channels)):
            yield conv_shape(_size(rng), ins, outs, (1, 1))
            yield conv_shape(_size(rng), ins, outs, (3, 3), padding=_padding(rng))
            yield conv_shape(_size(rng), ins, outs, (3, 3), (2, 2), _padding(rng))
    for side in SIDES:
        other = int(rng.choice(SIDES))
        yield conv_shape((side, other), 8, 4, (3, 3))
        yield conv_shape((other, side), 4, 8, (3, 3))
        yield conv_shape((other, side), 4, 3, (3, 3), (2, 2))
        yield conv_shape((side, other), 4, 6, (1, 1), (2, 2))
        yield conv_shape((side + 9, other + 3), 1, 8, (10, 4), (2, 2), _padding(rng))
        yield conv_shape((side + 2, other + 2), 3, 16, (3, 3), (1 + side % 2,) * 2, _padding(rng))
        ins, outs = int(rng.choice(CHANNELS[3:])), int(rng.choice(CHANNELS[1:]))
        yield conv_shape((side + 3, other + 3), ins, outs, (3, 3), padding=_padding(rng), batch=1 + side % 2)
    yield conv_shape((6, 5), 132, 4, (3, 3))
    yield conv_shape((5, 37), 16, 16, (3, 3))
    yield conv_shape((1, 65), 12, 7, (1, 1))
    yield conv_shape((6, 5), 8, 6, (3, 3), dilation=(2, 2))
    yield conv_shape((7, 6), 5, 3, (2, 3), dilation=(1, 3), padding="VALID")
    yield conv_shape((5, 4), 6, 9, (3, 3), groups=3)
    yield conv_shape((4, 5), 8, 4, (1, 1), groups=2)
    for kernel in ((1, 3), (3, 1), (2, 2), (5, 5), (4, 3)):
        yield conv_shape(
            (6, 7), int(rng.choice(CHANNELS)), int(rng.choice(CHANNELS)), kernel, _stride(rng), _padding(rng)
        )
        yield conv_shape((5, 6), 4, 5, kernel, _stride(rng), _padding(rng), batch=2)
    yield conv_shape((3, 4), 8, 5, (1, 1), batch=3)


def depthwise_cases(rng: np.random.Generator) -> list[Case]:
    """DEPTHWISE_CONV_2D: 3x3 by both strides, other windows, dilation, depth multipliers."""
    return [_case(rng, shape) for shape in depthwise_shapes(rng)]


def depthwise_shapes(rng: np.random.Generator) -> Iterator[Shape]:
    for stride in ((1, 1), (2, 2)):
        for channels in CHANNELS:
            yield depthwise_shape(_size(rng), channels, (3, 3), stride)
            yield depthwise_shape(_size(rng, least=3), channels, (3, 3), stride, "VALID")
        for side in SIDES:
            for channels in (4, 8):
                other = int(rng.choice(SIDES))
                yield depthwise_shape((side, other), channels, (3, 3), stride)
                yield depthwise_shape((other, side), channels, (3, 3), stride)
    yield depthwise_shape((25, 5), 12, (3, 3), (1, 1))
    yield depthwise_shape((12, 12), 16, (3, 3), (2, 2))
    yield depthwise_shape((3, 33), 4, (3, 3), (1, 1))
    for kernel, stride, dilation in (
        ((3, 3), (1, 2), (1, 1)),
        ((3, 3), (3, 1), (1, 1)),
        ((3, 3), (1, 1), (2, 2)),
        ((1, 3), (1, 1), (1, 1)),
        ((5, 5), (2, 2), (1, 1)),
        ((2, 2), (1, 1), (1, 1)),
        ((1, 1), (1, 1), (1, 1)),
    ):
        yield depthwise_shape((6, 7), 8, kernel, stride, dilation=dilation)
    yield depthwise_shape((5, 6), 4, (3, 3), (1, 1), multiplier=2)
    for multiplier in CHANNELS:
        size = _size(rng)
        yield depthwise_shape(size, 1, (3, 3), (1, 1), multiplier=multiplier)
        yield depthwise_shape((size[0] + 9, size[1] + 3), 1, (10, 4), (2, 2), multiplier=multiplier)
        yield depthwise_shape((size[1] + 2, size[0] + 2), 1, (3, 3), (2, 2), multiplier=multiplier)
    yield depthwise_shape((5, 6), 8, (3, 3), (1, 1), batch=2)
    yield depthwise_shape((5, 6), 8, (3, 3), (2, 2), batch=3)


def dense_cases(rng: np.random.Generator) -> list[Case]:
    """FULLY_CONNECTED: every remainder of inputs and outputs, several rows, long rows."""
    return [_case(rng, shape) for shape in dense_shapes(rng)]


def dense_shapes(rng: np.random.Generator) -> Iterator[Shape]:
    for channels in CHANNELS:
        yield dense_shape(1, channels, int(rng.choice(CHANNELS)))
        yield dense_shape(1, int(rng.choice(CHANNELS)), channels)
    for batch in (2, 3):
        yield dense_shape(batch, int(rng.choice(CHANNELS)), int(rng.choice(CHANNELS)))
    for outputs in (*range(8, 25), 39, 40):  # blocks of eight
        yield dense_shape(1, int(rng.choice(CHANNELS)), outputs)
    for inputs, outputs in ((640, 9), (127, 8), (128, 128), (8, 100), (1000, 1), (513, 2)):
        yield dense_shape(1, inputs, outputs)


def add_cases(rng: np.random.Generator, operator: str = "ADD") -> list[Case]:
    """ADD or SUB: every remainder of elements, scales far apart and equal, extreme zero points, broadcasts."""
    cases = []
    for elements in (*CHANNELS, 63, 130):
        shape = (1, 1, 1, elements)
        cases.append(_add(rng, operator, shape, shape))
    for one, other in (
        ((1, 4, 5, 8), (1, 4, 5, 8)),
        ((1, 3, 3, 4), (4,)),
        ((1, 3, 3, 4), (1, 1, 1, 1)),
        ((4,), (2, 4)),
    ):
        cases += [_add(rng, operator, one, other) for _ in range(3)]
    for _ in range(6):  # every pair of int8
        quants = [(float(scale), int(rng.choice(ZERO_POINTS))) for scale in rng.choice([0.01, 0.05, 0.07, 0.11], 3)]
        pair = [axis.astype(np.int8) for axis in np.meshgrid(np.arange(-128, 128), np.arange(-128, 128))]
        values = [Value(pair[0].shape, quant) for quant in quants]
        options = {"fused_activation_function": str(rng.choice(ACTIVATIONS))}
        cases.append(Case(operator, values[:2], values[2], options, [pair]))
    return cases


_MAKERS: Mapping[str, Callable[[np.random.Generator], list[Case]]] = {
    "CONV_2D": conv_cases,
    "DEPTHWISE_CONV_2D": depthwise_cases,
    "FULLY_CONNECTED": dense_cases,
    "ADD": add_cases,
    "SUB": partial(add_cases, operator="SUB"),
}


def cases_of(op: type[Op], rng: np.random.Generator) -> list[Case]:
    """Cases at the edges of an operator's class: those above, or what the operator's test file has for all cores."""
    found: list[Case] = []
    for name in OPS.names():
        if OPS.get(name) is not op:
            continue
        made = _MAKERS[name](rng) if name in _MAKERS else core_cases(name, rng)
        found += [case for case in made if isinstance(case, Case)]
    return found


def conv_shape(
    size: tuple[int, int],
    ins: int,
    outs: int,
    kernel: tuple[int, int],
    stride: tuple[int, int] = (1, 1),
    padding: str = "SAME",
    dilation: tuple[int, int] = (1, 1),
    groups: int = 1,
    batch: int = 1,
) -> Shape:
    out, options = _window(size, kernel, stride, padding, dilation)
    return Shape("CONV_2D", [batch, *size, ins], [outs, *kernel, ins // groups], [batch, *out, outs], options)


def depthwise_shape(
    size: tuple[int, int],
    ins: int,
    kernel: tuple[int, int],
    stride: tuple[int, int],
    padding: str = "SAME",
    dilation: tuple[int, int] = (1, 1),
    multiplier: int = 1,
    batch: int = 1,
) -> Shape:
    out, options = _window(size, kernel, stride, padding, dilation)
    outs, options = ins * multiplier, options | {"depth_multiplier": multiplier}
    return Shape("DEPTHWISE_CONV_2D", [batch, *size, ins], [1, *kernel, outs], [batch, *out, outs], options, 3)


def dense_shape(batch: int, ins: int, outs: int) -> Shape:
    return Shape("FULLY_CONNECTED", [batch, ins], [outs, ins], [batch, outs])


def _window(
    size: tuple[int, int], kernel: tuple[int, int], stride: tuple[int, int], padding: str, dilation: tuple[int, int]
) -> tuple[list[int], dict[str, Any]]:
    """(output size, options); SAME where the window does not fit."""
    spans = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    padding = padding if all(s >= n for s, n in zip(size, spans, strict=True)) else "SAME"
    out = [out_size(padding, *axis) for axis in zip(size, kernel, stride, dilation, strict=True)]
    options = {"padding": padding, "stride_h": stride[0], "stride_w": stride[1]}
    return out, options | {"dilation_h_factor": dilation[0], "dilation_w_factor": dilation[1]}


def _size(rng: np.random.Generator, least: int = 1) -> tuple[int, int]:
    height, width = rng.integers(least, 8, 2)
    return int(height), int(width)


def _stride(rng: np.random.Generator) -> tuple[int, int]:
    down, right = rng.integers(1, 4, 2)
    return int(down), int(right)


def _padding(rng: np.random.Generator) -> str:
    return str(rng.choice(["SAME", "VALID"]))


def _case(rng: np.random.Generator, shape: Shape) -> LayerCase:
    """The layer with constants from the pools."""
    constants = Constants.random(rng, shape)
    x, y = Value(shape.x), Value(shape.y)
    samples = [[sample] for sample in inputs_of(rng, shape)]
    return LayerCase(shape.operator, [x], y, constants.options, samples, file=_model(shape, constants))


def _model(shape: Shape, constants: Constants) -> bytes:
    m = ModelBuilder()
    x = m.tensor(shape.x, scale=1.0, zero_point=constants.zero_points[0], name="x")
    described = {"scale": constants.scales, "axis": shape.channel_axis, "name": "w"}
    inputs = [x, m.tensor(shape.weights, data=constants.weights, **described)]
    if constants.bias is not None:
        bias = constants.bias
        inputs += [m.tensor(bias.shape, "int32", scale=constants.scales, data=bias, name="b")]
    y = m.tensor(shape.y, scale=OUT_SCALE, zero_point=constants.zero_points[1], name="y")
    m.op(shape.operator, inputs, [y], constants.options)
    return m.finish([x], [y])


def _add(rng: np.random.Generator, operator: str, one: Sequence[int], other: Sequence[int]) -> Case:
    scales = rng.choice([0.001, 0.02, 0.05, 0.05, 0.3], 2)
    out_scale = float(scales.max() * rng.choice([0.1, 0.9, 1.0, 2.0, 31.0]))
    quants = [(float(np.float32(s)), int(rng.choice([*ZERO_POINTS, 20]))) for s in (*scales, out_scale)]
    x, z = Value(one, quants[0]), Value(other, quants[1])
    y = Value(np.broadcast_shapes(tuple(one), tuple(other)), quants[2])
    case = Case(operator, [x, z], y, {"fused_activation_function": str(rng.choice(ACTIVATIONS))})
    return case.with_random_samples(rng)
