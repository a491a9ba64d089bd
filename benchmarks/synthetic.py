"""One-operator graphs, for kernels that the reference models do not call."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from edgeopt.ir import Graph, Io, Node, Quant, Tensor, check_graph
from edgeopt.ops import OPS

_POOL = {"padding": "VALID", "stride_h": 2, "stride_w": 2, "filter_height": 2, "filter_width": 2}
_SAME = {"padding": "SAME", "stride_h": 1, "stride_w": 1}
_ADJ_Y = {"adj_x": False, "adj_y": True}
_CENTERS = {"align_corners": False, "half_pixel_centers": True}
_UNIT, _OTHER_UNIT = Quant((0.05,), (0,)), Quant((0.07,), (0,))


def graphs() -> Iterator[Graph]:
    """Every operator that is not in the reference models, at five sizes."""
    for side, channels in ((6, 4), (16, 8), (24, 16), (9, 40), (12, 24)):
        x = _tensor("x", (1, side, side, channels))
        half = (1, side // 2, side // 2, channels)
        for operator in ("ADD", "SUB", "MUL"):
            yield _graph(operator, [x, _tensor("z", x.shape)], x.shape)
        yield _graph("MAX_POOL_2D", [x], half, _POOL)
        yield _graph("AVERAGE_POOL_2D", [x], half, _POOL)
        yield _graph("MEAN", [x, _constant("axes", [1, 2])], (1, channels), {"keep_dims": False})
        pads = _constant("pads", [[0, 0], [1, 1], [1, 1], [0, 0]])
        yield _graph("PAD", [x, pads], (1, side + 2, side + 2, channels))
        yield _graph("CONCATENATION", [x, _tensor("z", x.shape)], (1, side, side, 2 * channels), {"axis": 3})
        yield from _moving(side, channels)
        yield _graph("TRANSPOSE_CONV", *_transpose_conv(side, channels))
        matrix = _tensor("x", (2, side, 4 * channels))
        yield _graph("BATCH_MATMUL", [matrix, _tensor("z", matrix.shape)], (2, side, side), _ADJ_Y)
        yield _graph("TANH", [x], x.shape, quant=Quant((1 / 128,), (0,)))
        yield _graph("SOFTMAX", [x], x.shape, {"beta": 1.0}, Quant((1 / 256,), (-128,)))
        depth = (1, 3, 3, 2 * channels)  # depth multiplier 2
        options = {**_SAME, "depth_multiplier": 2}
        yield _graph("DEPTHWISE_CONV_2D", [x, _weights(depth)], (1, side, side, 2 * channels), options)
        yield from _int4(x, side, channels)
        yield from _float32(side, channels)
        yield from _int16(side, channels)
        yield from _elementwise(x, channels)


def _int4(x: Tensor, side: int, channels: int) -> Iterator[Graph]:
    """Layers with weights of 4 bits."""
    for size in (1, 3):
        yield _graph("CONV_2D", [x, _weights((channels, size, size, channels), "int4")], x.shape, _SAME)
    for multiplier in (1, 2):
        weights, options = _weights((1, 3, 3, multiplier * channels), "int4"), {**_SAME, "depth_multiplier": multiplier}
        yield _graph("DEPTHWISE_CONV_2D", [x, weights], (1, side, side, multiplier * channels), options)
    row = _tensor("x", (1, side * channels))
    yield _graph("FULLY_CONNECTED", [row, _weights((2 * side, side * channels), "int4")], (1, 2 * side))


def _int16(side: int, channels: int) -> Iterator[Graph]:
    """Layers on int16 data, and the ways from one type to another."""
    x, z = (Tensor(name, (1, side, side, channels), "int16", _UNIT) for name in "xz")
    half, part = (1, side // 2, side // 2, channels), Quant((2.0**-15,), (0,))
    row = Tensor("x", (1, side * channels), "int16", _UNIT)
    for dtype in ("int8", "int16"):
        for size in (1, 3):
            weights = _weights((2 * channels, size, size, channels), dtype)
            yield _graph("CONV_2D", [x, weights], (*x.shape[:3], 2 * channels), _SAME)
        # with int16 weights, a depth multiplier is an ordinary convolution of many groups
        for multiplier in (1, 2) if dtype == "int8" else (1,):
            weights, options = _weights((1, 3, 3, multiplier * channels), dtype), {"depth_multiplier": multiplier}
            yield _graph("DEPTHWISE_CONV_2D", [x, weights], (*x.shape[:3], multiplier * channels), _SAME | options)
        yield _graph("FULLY_CONNECTED", [row, _weights((2 * side, side * channels), dtype)], (1, 2 * side))
    for operator in ("ADD", "MUL"):
        yield _graph(operator, [x, z], x.shape)
    yield _graph("ADD", [x, replace(z, quant=_OTHER_UNIT)], x.shape)
    yield _graph("MAX_POOL_2D", [x], half, _POOL)
    yield _graph("AVERAGE_POOL_2D", [x], half, _POOL)
    yield _graph("MEAN", [x, _constant("axes", [1, 2])], (1, channels), {"keep_dims": False})
    yield _graph("LEAKY_RELU", [x], x.shape, {"alpha": 0.1})
    for operator in ("LOGISTIC", "TANH"):
        yield _graph(operator, [x], x.shape, quant=part)
    yield _graph("SOFTMAX", [x], x.shape, {"beta": 1.0}, part)
    real, byte = Tensor("r", x.shape, "float32"), _tensor("b", x.shape)
    ways = ((x, "int8"), (byte, "int16"), (replace(byte, quant=_OTHER_UNIT), "int16"), (real, "int16"), (real, "int8"))
    for source, dtype in ways:
        yield _graph("QUANTIZE", [source], x.shape, dtype=dtype)
    for source in (x, byte):
        yield _graph("DEQUANTIZE", [source], x.shape, dtype="float32")


def _elementwise(x: Tensor, channels: int) -> Iterator[Graph]:
    """What further int8 operators compute an element at a time, or a row."""
    z, alpha = _tensor("z", x.shape), _weights((1, 1, channels))
    for operator in ("MAXIMUM", "SQUARED_DIFFERENCE", "DIV"):
        yield _graph(operator, [x, z], x.shape)
    yield _graph("PRELU", [x, alpha], x.shape)
    yield _graph("GREATER", [x, z], x.shape, dtype="bool")
    yield _graph("REDUCE_MAX", [x, _constant("axes", [1, 2])], (1, channels), {"keep_dims": False})
    yield _graph("ARG_MAX", [x, _constant("axis", 3)], x.shape[:3], {"output_type": "INT32"}, dtype="int32")
    yield _graph("LOG_SOFTMAX", [x], x.shape, quant=Quant((1 / 16,), (127,)))
    yield _graph("L2_NORMALIZATION", [x], x.shape, quant=Quant((1 / 128,), (0,)))


def _float32(side: int, channels: int) -> Iterator[Graph]:
    """Layers in float32."""
    x, z = (Tensor(name, (1, side, side, channels), "float32") for name in "xz")
    half = (1, side // 2, side // 2, channels)
    yield _graph("CONV_2D", [x, _weights((channels, 3, 3, channels), "float32")], x.shape, _SAME)
    yield _graph("DEPTHWISE_CONV_2D", [x, _weights((1, 3, 3, channels), "float32")], x.shape, _SAME)
    row = Tensor("x", (1, side * channels), "float32")
    yield _graph("FULLY_CONNECTED", [row, _weights((2 * side, side * channels), "float32")], (1, 2 * side))
    yield _graph("ADD", [x, z], x.shape)
    yield _graph("MAX_POOL_2D", [x], half, _POOL)
    yield _graph("AVERAGE_POOL_2D", [x], half, _POOL)
    yield _graph("MEAN", [x, _constant("axes", [1, 2])], (1, channels), {"keep_dims": False})
    for operator in ("RELU", "HARD_SWISH", "LOGISTIC", "TANH"):
        yield _graph(operator, [x], x.shape)
    yield _graph("LEAKY_RELU", [x], x.shape, {"alpha": 0.1})
    yield _graph("SOFTMAX", [x], x.shape, {"beta": 1.0})


def _moving(side: int, channels: int) -> Iterator[Graph]:
    """Copies by runs, by elements and by tables, and images at another size."""
    x = _tensor("x", (1, side, side, channels))
    yield _graph("TRANSPOSE", [x, _constant("order", [0, 3, 1, 2])], (1, channels, side, side))
    begin, size = [0, 1, 1, 0], [1, side - 2, side - 2, channels]
    yield _graph("SLICE", [x, _constant("begin", begin), _constant("size", size)], tuple(size))
    indices = _constant("indices", list(range(side - 1, -1, -1)))
    yield _graph("GATHER", [x, indices], x.shape, {"axis": 1, "batch_dims": 0})
    yield _graph("PADV2", [x, _constant("pads", [[0, 1]] + 3 * [[0, 0]]), _value(7)], (2, side, side, channels))
    doubled = [_constant("size", [2 * side, 2 * side])], (1, 2 * side, 2 * side, channels), _CENTERS
    for operator in ("RESIZE_NEAREST_NEIGHBOR", "RESIZE_BILINEAR"):
        yield _graph(operator, [x, *doubled[0]], *doubled[1:])


def _transpose_conv(side: int, channels: int) -> tuple[list[Tensor], tuple[int, ...], Mapping[str, Any]]:
    """Inputs, shape and options of one that doubles the image."""
    shape = (1, 2 * side, 2 * side, channels)
    inputs = [_constant("shape", shape), _weights((channels, 3, 3, channels)), _tensor("x", (1, side, side, channels))]
    return inputs, shape, {"padding": "SAME", "stride_h": 2, "stride_w": 2}


def _value(value: int) -> Tensor:
    return Tensor("value", (1,), "int8", _UNIT, np.array([value], np.int8))


def _tensor(name: str, shape: tuple[int, ...], quant: Quant = _UNIT) -> Tensor:
    return Tensor(name, shape, "int8", quant)


def _constant(name: str, values: Any) -> Tensor:
    data = np.array(values, np.int32)
    return Tensor(name, data.shape, "int32", None, data)


def _weights(shape: tuple[int, ...], dtype: str = "int8") -> Tensor:
    rng = np.random.default_rng(0)
    if dtype == "float32":
        return Tensor("w", shape, dtype, None, rng.normal(size=shape).astype(np.float32))
    largest = 7 if dtype == "int4" else 127
    data = rng.integers(-largest, largest + 1, shape).astype(np.int16 if dtype == "int16" else np.int8)
    return Tensor("w", shape, dtype, Quant((0.01,), (0,)), data)


def _graph(
    operator: str,
    inputs: list[Tensor],
    shape: tuple[int, ...],
    options: Mapping[str, Any] | None = None,
    quant: Quant = _UNIT,
    dtype: str = "",
) -> Graph:
    """The graph of one operator; its output is of `dtype`, or of the type of its data."""
    dtype = dtype or next(tensor.dtype for tensor in inputs if not tensor.is_constant)
    result = Tensor("y", shape, dtype, quant if dtype in ("int8", "int16") else None)
    io = Io(tuple(inputs), (result,))
    op = OPS.choose(operator, io).parse({"fused_activation_function": "NONE", **(options or {})}, io)
    node = Node(operator.lower(), op, tuple(tensor.name for tensor in inputs), ("y",))
    tensors = {tensor.name: tensor for tensor in (*inputs, result)}
    fed = tuple(tensor.name for tensor in inputs if not tensor.is_constant)
    return check_graph(Graph(operator.lower(), tensors, (node,), fed, ("y",)))
