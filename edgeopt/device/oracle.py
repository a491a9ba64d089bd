"""What the outputs must be: TensorFlow Lite for Microcontrollers where its wheel is installed, else our own reference.

The tests hold the two equal byte for byte (docs/numerics.md names the exceptions), so either proves the firmware.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from edgeopt.convert import Limits, Worker
from edgeopt.errors import ModelError, ToolchainError
from edgeopt.ir import Array, Graph, Io, Node, evaluate_in_order
from edgeopt.ops.binary._internal import Internal
from edgeopt.ops.div import tflite_micro_divides
from edgeopt.ops.int16._weighted import has_wide_weights
from edgeopt.ops.strided_slice import StridedSlice

TFLITE_MICRO = "tflite-micro"
REFERENCE = "edgeopt reference"
_MOST_CLASSES = 511
_WEIGHTED_INT16 = ("conv2d_s16", "depthwise_conv2d_s16", "fully_connected_s16")
_LACKING_OR_WRONG = ("relu6", "relu6_s16", "relu_n1_to_1", "relu_0_to_1", "gelu", "exp", "log", "sqrt", "neg", "select")
# By operator, where tflite-micro is wrong, lacks it, or ends the process: see the exceptions in docs/numerics.md
_EXCEPTIONS: Mapping[str, Callable[[Io], bool]] = {
    **dict.fromkeys(_LACKING_OR_WRONG, lambda io: True),
    **dict.fromkeys(_WEIGHTED_INT16, has_wide_weights),
    "softmax": lambda io: io.output.shape[-1] > _MOST_CLASSES,
    "div": lambda io: not tflite_micro_divides(io),
    "slice": lambda io: len(io.input(0).shape) > 5,  # ends the process
    "rsqrt": lambda io: io.input(0).q.zero_point > -128,  # a negative input ends the inference
}
_COMMAND = (sys.executable, "-P", "-m", "edgeopt.device.tflite_micro_job")
_FILES = {"model": "model.tflite", "samples": "samples.npz", "results": "results.npz"}
_LEAST_S, _SAMPLE_S = 300.0, 5.0  # what it may take: far more than any network for microcontrollers does


def expected_outputs(
    model: bytes, graph: Graph, samples: Sequence[Sequence[Array]], anew: bool = False
) -> tuple[list[tuple[Array, ...]], str]:
    """(outputs by sample, name of the oracle). `graph` is `model` as loaded; a sample is one array an input.

    A network that remembers sees the samples in their order, from its first state on; `anew`: each from there.
    """
    if is_judge(graph):
        try:
            return by_tflite_micro(model, len(graph.outputs), samples, anew), TFLITE_MICRO
        except (ModelError, ToolchainError):  # some kernels look at their type in the inference only, GATHER at indices
            pass
    return evaluate_in_order(graph, samples, anew), REFERENCE


def is_judge(graph: Graph) -> bool:
    """Whether tflite-micro is right about all of a graph's operators."""
    return not any(_is_exception(graph, node) for node in graph.nodes)


def _is_exception(graph: Graph, node: Node) -> bool:
    if isinstance(node.op, Internal):
        return True  # it is of a binarized network, whose file has operators of the Larq Compute Engine
    if node.op.name.endswith("_f32"):
        return True  # exp of another library may differ in the last place, and a rounding behind it goes the other way
    if isinstance(node.op, StridedSlice):
        return not node.op.plain  # the other masks are passed over, and an index for every dimension is read
    exception = _EXCEPTIONS.get(node.op.name)
    return exception is not None and exception(graph.io(node))


def by_tflite_micro(
    model: bytes, outputs: int, samples: Sequence[Sequence[Array]], anew: bool = False
) -> list[tuple[Array, ...]]:
    """The outputs by sample, in the samples' order and from the first state on, of a model with so many `outputs`.

    `anew`: each sample from the first state on.

    ModelError where tflite-micro refuses the model or a sample, ToolchainError where it dies or is not installed.
    """
    if not samples:
        return []
    with TemporaryDirectory(prefix="edgeopt-") as name:
        folder = Path(name)
        paths = {key: folder / file for key, file in _FILES.items()}
        paths["model"].write_bytes(model)
        np.savez(paths["samples"], **{str(i): np.stack(column) for i, column in enumerate(zip(*samples, strict=True))})
        limits = Limits(max(_LEAST_S, _SAMPLE_S * len(samples)))
        Worker(_COMMAND, limits, what=TFLITE_MICRO).ask(
            {"do": "run", "outputs": outputs, "anew": anew, **{key: str(path) for key, path in paths.items()}}
        )
        with np.load(paths["results"], allow_pickle=False) as arrays:
            columns = [arrays[str(index)] for index in range(outputs)]
    return list(zip(*columns, strict=True))
