"""ONNX networks for tests, made with onnx's own helpers."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

Size = int | str


def classifier(channels: int = 3, side: int = 8, batch: Size = 1, opset: int = 13, seed: int = 0) -> onnx.ModelProto:
    """`input:0` [batch, channels, side, side]: convolution, depthwise, pooling, dense, softmax `probs` [batch, 5].

    The Reshape in front of the dense layer flattens channels first: a translation that forgets this computes nonsense.
    """
    rng = np.random.default_rng(seed)
    half = side // 2
    weights = {
        "w1": rng.normal(0, 0.4, (8, channels, 3, 3)),
        "b1": rng.normal(0, 0.1, 8),
        "w2": rng.normal(0, 0.4, (8, 1, 3, 3)),
        "b2": rng.normal(0, 0.1, 8),
        "w3": rng.normal(0, 0.2, (8 * half * half, 5)),
        "b3": rng.normal(0, 0.1, 5),
    }
    same = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}
    nodes = [
        helper.make_node("Conv", ["input:0", "w1", "b1"], ["c1"], "conv", **same),
        helper.make_node("Relu", ["c1"], ["r1"], "relu"),
        helper.make_node("Conv", ["r1", "w2", "b2"], ["c2"], "depthwise", group=8, **same),
        helper.make_node("Relu", ["c2"], ["r2"], "relu_2"),
        helper.make_node("MaxPool", ["r2"], ["p"], "pool", kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Reshape", ["p", "flat"], ["f"], "flatten"),
        helper.make_node("Gemm", ["f", "w3", "b3"], ["logits"], "dense"),
        helper.make_node("Softmax", ["logits"], ["probs"], "softmax", axis=1),
    ]
    constants = [numpy_helper.from_array(values.astype(np.float32), name) for name, values in weights.items()]
    constants.append(numpy_helper.from_array(np.array([-1, 8 * half * half], np.int64), "flat"))
    return network(nodes, {"input:0": (batch, channels, side, side)}, {"probs": (batch, 5)}, constants, opset)


def network(
    nodes: Sequence[onnx.NodeProto],
    inputs: dict[str, tuple[Size, ...]],
    outputs: dict[str, tuple[Size, ...]],
    constants: Sequence[onnx.TensorProto] = (),
    opset: int = 13,
) -> onnx.ModelProto:
    """A float network, unchecked."""

    def values(shapes: dict[str, tuple[Size, ...]]) -> list[onnx.ValueInfoProto]:
        return [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()]

    graph = helper.make_graph(list(nodes), "network", values(inputs), values(outputs), list(constants))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def write(model: onnx.ModelProto, path: Path) -> Path:
    path.write_bytes(model.SerializeToString())
    return path
