"""Graphs of one operator of binarized networks, for the fit of their kernels' costs."""

from collections.abc import Iterator

import numpy as np
from support.graph_case import constant, one_node, tensor

from edgeopt.bits import pack_bits, words_of
from edgeopt.ir import Array, Graph, Op, Tensor
from edgeopt.ops._window import Window
from edgeopt.ops.binary.affine import Affine
from edgeopt.ops.binary.conv2d import BinaryConv2D
from edgeopt.ops.binary.conv2d_int16 import BinaryConv2DInt16
from edgeopt.ops.binary.dense import BinaryDense
from edgeopt.ops.binary.dense_int16 import BinaryDenseInt16
from edgeopt.ops.binary.max_pool_2d import BinaryMaxPool2D
from edgeopt.ops.binary.softmax import Shares
from edgeopt.ops.binary.threshold import Threshold
from edgeopt.ops.binary.threshold_int16 import ThresholdInt16
from edgeopt.ops.binary.unpack import BinaryUnpack
from edgeopt.ops.binary.weight_conv2d import BinaryWeightConv2D
from edgeopt.ops.binary.weight_conv2d_int16 import BinaryWeightConv2DInt16

_WINDOW = Window((3, 3), (1, 1), (1, 1), 1, 1, 1, 1)
_POOL = Window((2, 2), (2, 2))
_INT16 = (-32768, 32767)
_UNIT, _BYTE = (0.01, 0), (1 / 255, -128)


def graphs() -> Iterator[Graph]:
    """Every operator of edgeopt.ops.binary, at five sizes."""
    for side, channels in ((6, 32), (9, 64), (8, 128), (5, 96), (14, 32)):
        yield from _convolutions(side, channels)
        yield from _dense(side * channels, channels)
        yield from _first_layers(side, channels)
        shape = (1, side, side, channels)
        for dtype, op in (("int8", Threshold(channels)), ("int16", ThresholdInt16(channels))):
            yield _graph(op, [tensor("x", shape, dtype, _UNIT), constant("t", [0], "int16")], _bits("y", shape))
            unpack = BinaryUnpack(channels, 1, -1)
            yield _graph(unpack, [_bits("x", shape)], tensor("y", shape, dtype, _UNIT))
        pooled = (1, side // 2, side // 2, channels)
        yield _graph(BinaryMaxPool2D(_POOL, channels), [_bits("x", shape)], _bits("y", pooled))
        line = [constant(name, np.full(channels, value), "int32") for name, value in (("m", 20_000), ("b", 1 << 14))]
        wide = tensor("x", shape, "int16", _UNIT)
        yield _graph(Affine(15), [wide, *line], tensor("y", shape, "int16", _UNIT))
        scores = tensor("x", (side, channels), "int16", _UNIT)
        yield _graph(Shares.of_step(1e-3), [scores], tensor("y", (side, channels), "int16", (2.0**-15, 0)))


def _convolutions(side: int, channels: int) -> Iterator[Graph]:
    x, shape = _bits("x", (1, side, side, channels)), (1, side, side, channels)
    weights = constant("w", pack_bits(_signs(channels, 3, 3, channels)), "int32")
    levels = constant("t", np.full(channels, 9 * channels), "int32")
    yield _graph(BinaryConv2D(_WINDOW, channels), [x, weights, levels], _bits("y", shape))
    pooled = (1, side // 2, side // 2, channels)
    yield _graph(BinaryConv2D(_WINDOW, channels, pool=(2, 2)), [x, weights, levels], _bits("y", pooled))
    yield _graph(BinaryConv2D(_WINDOW, channels, pad_zero=True), [x, weights, levels], _bits("y", shape))
    for dtype, clamp in (("int16", _INT16), ("int8", (-128, 127))):
        op = BinaryConv2DInt16(_WINDOW, channels, 1, False, 0, 18 * channels, 8, clamp)
        yield _graph(op, [x, weights, *_line(channels)], tensor("y", shape, dtype, _UNIT))


def _dense(features: int, channels: int) -> Iterator[Graph]:
    x = _bits("x", (1, features))
    weights = constant("w", pack_bits(_signs(channels, features)), "int32")
    levels = constant("t", np.full(channels, features), "int32")
    yield _graph(BinaryDense(features), [x, weights, levels], _bits("y", (1, channels)))
    op = BinaryDenseInt16(features, 0, 2 * features, 8, _INT16)
    yield _graph(op, [x, weights, *_line(channels)], tensor("y", (1, channels), "int16", _UNIT))


def _first_layers(side: int, channels: int) -> Iterator[Graph]:
    """8-bit data by weights of a bit: windows of one, three and many channels."""
    valid, inner = Window((3, 3)), (side - 2) // 2
    one = [constant("w", pack_bits(_signs(channels, 9)), "int32"), constant("t", np.zeros(channels), "int32")]
    inputs_of_one = [tensor("x", (1, side, side, 1), "int8", _BYTE), *one]
    yield _graph(BinaryWeightConv2D(valid, 1, (2, 2)), inputs_of_one, _bits("y", (1, inner, inner, channels)))
    for inputs, pool in ((1, 1), (1, 2), (3, 1), (3, 2), (32, 1)):
        x = tensor("x", (1, side, side, inputs), "int8", _BYTE)
        weights = constant("w", pack_bits(_signs(channels, 9 * inputs)), "int32")
        levels = constant("t", np.zeros(channels), "int32")
        pooled = (1, side // pool, side // pool, channels)
        yield _graph(BinaryWeightConv2D(_WINDOW, 1, (pool, pool)), [x, weights, levels], _bits("y", pooled))
        op = BinaryWeightConv2DInt16(_WINDOW, 1, -9 * 256 * inputs, 9 * 256 * inputs, 8, _INT16)
        yield _graph(op, [x, weights, *_line(channels)], tensor("y", (1, side, side, channels), "int16", _UNIT))


def _line(channels: int) -> list[Tensor]:
    return [constant(name, np.full(channels, value), "int32") for name, value in (("m", 100), ("b", 128))]


def _signs(*shape: int) -> Array:
    return np.random.default_rng(0).integers(0, 2, shape)


def _bits(name: str, shape: tuple[int, ...]) -> Tensor:
    return tensor(name, (*shape[:-1], words_of(shape[-1])), "int32")


def _graph(op: Op, inputs: list[Tensor], output: Tensor) -> Graph:
    return one_node(op, inputs, [output])
