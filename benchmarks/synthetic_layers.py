"""Layers of usual shapes, several in a graph, for the ways that the reference models show too few shapes of."""

from collections.abc import Iterable, Iterator

import numpy as np

from edgeopt.ir import Graph, Io, Node, Quant, Tensor, check_graph
from edgeopt.ops import OPS

_CONVOLUTIONS = (  # side, input channels, output channels, kernel, stride
    *(
        (16, 8, 16, 1, 1),
        (8, 24, 48, 1, 1),
        (12, 32, 16, 1, 1),
        (4, 128, 96, 1, 1),
        (9, 64, 64, 1, 1),
        (14, 20, 10, 1, 2),
    ),
    *(
        (12, 8, 12, 3, 1),
        (10, 16, 32, 3, 1),
        (16, 24, 16, 3, 1),
        (8, 48, 48, 3, 1),
        (6, 64, 64, 3, 1),
        (17, 12, 8, 3, 1),
    ),
    *((14, 1, 12, 3, 1), (18, 1, 16, 3, 2), (16, 3, 24, 5, 2), (14, 3, 32, 3, 1), (12, 8, 24, 3, 2), (8, 16, 20, 5, 1)),
    *((16, 16, 32, 3, 2), (9, 32, 48, 3, 2), (12, 8, 8, 5, 1), (24, 3, 16, 3, 2), (20, 3, 8, 3, 1), (28, 1, 8, 5, 2)),
)
_DEPTHWISE = (
    (16, 8, 1),
    (12, 32, 1),
    (7, 64, 1),
    (24, 16, 1),
    (9, 20, 1),
    (16, 8, 2),
    (24, 16, 2),
    (10, 48, 2),
    (4, 128, 1),
)
_DENSE = (
    *((64, 10), (256, 64), (128, 128), (512, 32), (100, 30), (8, 128)),
    *((320, 48), (40, 100), (200, 20), (32, 16), (24, 160), (128, 12)),
)
_ADDED = ((16, 32), (8, 64), (12, 20))  # side, channels
_UNIT, _OTHER = Quant((0.05,), (-3,)), Quant((0.08,), (5,))


def graphs() -> Iterator[Graph]:
    yield _beside([_convolution(*row) for row in _CONVOLUTIONS], "convolutions")
    yield _beside([_depthwise(*row) for row in _DEPTHWISE], "depthwise")
    yield _beside([*(_dense(*row) for row in _DENSE), *(_sum(*row) for row in _ADDED)], "others")


_Layer = tuple[str, tuple[Tensor, ...], tuple[int, ...], dict[str, object]]  # operator, inputs, shape, options


def _convolution(side: int, channels: int, filters: int, kernel: int, stride: int) -> _Layer:
    x, weights = _data((1, side, side, channels)), _weights((filters, kernel, kernel, channels))
    out = -(-side // stride)
    return "CONV_2D", (x, *weights), (1, out, out, filters), _stride(stride)


def _depthwise(side: int, channels: int, stride: int) -> _Layer:
    x, weights = _data((1, side, side, channels)), _weights((1, 3, 3, channels), axis=3)
    out = -(-side // stride)
    return "DEPTHWISE_CONV_2D", (x, *weights), (1, out, out, channels), {**_stride(stride), "depth_multiplier": 1}


def _dense(inputs: int, channels: int) -> _Layer:
    return "FULLY_CONNECTED", (_data((1, inputs)), *_weights((channels, inputs))), (1, channels), {}


def _sum(side: int, channels: int) -> _Layer:
    shape = (1, side, side, channels)
    return "ADD", (_data(shape), Tensor("z", shape, "int8", _OTHER)), shape, {}


def _stride(stride: int) -> dict[str, object]:
    return {"padding": "SAME", "stride_h": stride, "stride_w": stride}


def _data(shape: tuple[int, ...]) -> Tensor:
    return Tensor("x", shape, "int8", _UNIT)


def _weights(shape: tuple[int, ...], axis: int = 0) -> tuple[Tensor, Tensor]:
    """Weights and bias as training leaves them: bell-shaped, a scale a channel."""
    rng = np.random.default_rng(0)
    values = np.clip(np.round(rng.normal(0, 25, shape)), -127, 127).astype(np.int8)
    scales = tuple(float(scale) for scale in rng.uniform(0.002, 0.006, shape[axis]))
    zeros = (0,) * shape[axis]
    bias = rng.integers(-1000, 1000, shape[axis]).astype(np.int32)
    of_bias = Quant(tuple(scale * _UNIT.scale for scale in scales), zeros, 0)
    return Tensor("w", shape, "int8", Quant(scales, zeros, axis), values), Tensor(
        "b", bias.shape, "int32", of_bias, bias
    )


def _beside(layers: Iterable[_Layer], name: str) -> Graph:
    """One graph in which each layer has inputs and an output of its own."""
    tensors: dict[str, Tensor] = {}
    nodes, fed = [], []
    for index, (operator, inputs, shape, options) in enumerate(layers):
        own = [_named(tensor, f"{tensor.name}{index}") for tensor in inputs]
        io = Io(tuple(own), (Tensor(f"y{index}", shape, "int8", Quant((0.05,), (-128,))),))
        op = OPS.choose(operator, io).parse({"fused_activation_function": "NONE", **options}, io)
        tensors |= {tensor.name: tensor for tensor in (*own, io.output)}
        nodes.append(Node(f"{operator.lower()}{index}", op, tuple(tensor.name for tensor in own), (io.output.name,)))
        fed += [tensor.name for tensor in own if not tensor.is_constant]
    return check_graph(Graph(name, tensors, tuple(nodes), tuple(fed), tuple(node.outputs[0] for node in nodes)))


def _named(tensor: Tensor, name: str) -> Tensor:
    return Tensor(name, tensor.shape, tensor.dtype, tensor.quant, tensor.data)
