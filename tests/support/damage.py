"""A small .tflite file with most kinds of tables, and files that are damaged in the ways that files are."""

from collections.abc import Iterator

import numpy as np
from support.tflite_writer import ModelBuilder

from edgeopt.errors import EdgeoptError
from edgeopt.ir import Target, check_graph
from edgeopt.load import load_bytes
from edgeopt.schema.flatbuffer import Reader
from edgeopt.schema.tflite import SCHEMA

EXTREMES = (0, 1, 0x7F, 0x80, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFFC, 0x40000000)


def small_network(rng: np.random.Generator) -> bytes:
    """Two branches through most kinds of options: [1, 6, 6, 2] -> softmax of 3, and a mean."""
    m = ModelBuilder()

    def act(*shape: int) -> int:
        return m.tensor(shape, "int8", 0.05, -3)

    def constant(*shape: int, dtype: str = "int8", scale: list[float] | None = None, axis: int = 0) -> int:
        return m.tensor(shape, dtype, scale, axis=axis, data=rng.integers(-99, 99, shape))

    x, conv, depthwise, pad = act(1, 6, 6, 2), act(1, 6, 6, 3), act(1, 6, 6, 3), act(1, 8, 8, 3)
    pool, flat, dense, joined = act(1, 4, 4, 3), act(1, 48), act(1, 3), act(1, 6, 6, 6)
    mean = act(1, 6)
    softmax = m.tensor([1, 3], "int8", 1 / 256, -128)
    scales = [0.01, 0.02, 0.03]
    m.op("CONV_2D", [x, constant(3, 3, 3, 2, scale=scales), constant(3, dtype="int32", scale=scales)], [conv])
    options = {"padding": "SAME", "fused_activation_function": "RELU6"}
    m.op("DEPTHWISE_CONV_2D", [conv, constant(1, 3, 3, 3, scale=scales, axis=3), -1], [depthwise], options)
    m.op("CONCATENATION", [conv, depthwise], [joined], {"axis": 3})
    m.op("MEAN", [joined, m.tensor([2], "int32", data=[1, 2])], [mean])
    m.op("PAD", [depthwise, m.tensor([4, 2], "int32", data=[[0, 0], [1, 1], [1, 1], [0, 0]])], [pad])
    window = {"padding": "VALID", "stride_h": 2, "stride_w": 2, "filter_height": 2, "filter_width": 2}
    m.op("MAX_POOL_2D", [pad], [pool], window)
    m.op("RESHAPE", [pool, m.tensor([2], "int32", data=[1, 48])], [flat], {"new_shape": [1, 48]})
    m.op("FULLY_CONNECTED", [flat, constant(3, 48, scale=[0.01]), constant(3, dtype="int32", scale=[0.0005])], [dense])
    m.op("SOFTMAX", [dense], [softmax], {"beta": 1.0})
    return m.finish([x], [softmax, mean])


def structure(model: bytes) -> np.ndarray:
    """Positions of the bytes that are not constant data."""
    inside = np.ones(len(model), bool)
    for buffer in Reader(model, SCHEMA).root("Model")["buffers"]:
        if buffer["data"] is not None and buffer["data"].size > 64:
            start = model.find(buffer["data"].tobytes())
            inside[start : start + buffer["data"].size] = False
    return np.flatnonzero(inside)


def damaged(model: bytes, rng: np.random.Generator, count: int) -> Iterator[bytes]:
    positions = structure(model)
    for index in range(count):
        data = np.frombuffer(model, np.uint8).copy()
        at = int(rng.choice(positions))
        if index % 3 == 0:  # bit flips
            for flip in rng.choice(positions, rng.integers(1, 9)):
                data[flip] ^= np.uint8(1 << rng.integers(8))
            yield data.tobytes()
        elif index % 3 == 1:  # a hostile number
            value = int(rng.choice(EXTREMES)).to_bytes(4, "little")
            yield (data[:at].tobytes() + value + data[at + 4 :].tobytes())[: len(model)]
        else:
            yield model[:at]  # cut off


def hostile_words(model: bytes) -> Iterator[bytes]:
    """Each aligned word in turn becomes a number that leads far away, or back."""
    for at in range(0, len(model) - 4, 4):
        for value in (0xFFFFFFFF, 0x7FFFFFF0):
            yield model[:at] + value.to_bytes(4, "little") + model[at + 4 :]


def outcome_of(data: bytes) -> str:
    """What became of the file; any exception but an EdgeoptError comes through."""
    try:
        graph = load_bytes(data, "damaged")
        check_graph(graph)
        for node in graph.nodes:
            node.op.c_calls(graph.io(node), Target())
    except EdgeoptError as error:
        assert "\n" not in error.message
        return type(error).__name__
    return "Graph"
