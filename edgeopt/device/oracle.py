"""What the outputs must be: TensorFlow Lite for Microcontrollers where its wheel is installed, else our own reference.

The tests hold the two equal byte for byte (docs/numerics.md names the exceptions), so either proves the firmware.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from edgeopt.ir import Array, Graph, Io, Node, evaluate_in_order
from edgeopt.ops.div import tflite_micro_divides
from edgeopt.ops.strided_slice import StridedSlice

TFLITE_MICRO = "tflite-micro"
REFERENCE = "edgeopt reference"
_MOST_CLASSES = 511
_LACKING_OR_WRONG = ("relu6", "relu6_s16", "relu_n1_to_1", "relu_0_to_1", "gelu", "exp", "log", "sqrt", "neg", "select")
# By operator, where tflite-micro is wrong, lacks it, or ends the process: see the exceptions in docs/numerics.md
_EXCEPTIONS: Mapping[str, Callable[[Io], bool]] = {
    **dict.fromkeys(_LACKING_OR_WRONG, lambda io: True),
    "softmax": lambda io: io.output.shape[-1] > _MOST_CLASSES,
    "div": lambda io: not tflite_micro_divides(io),
    "slice": lambda io: len(io.input(0).shape) > 5,  # ends the process
    "rsqrt": lambda io: io.input(0).q.zero_point > -128,  # a negative input ends the inference
}
_ARENA_BYTES = 64 << 20


class _NotTaken(Exception):
    """tflite-micro does not take the model."""


def expected_outputs(
    model: bytes, graph: Graph, samples: Sequence[Sequence[Array]]
) -> tuple[list[tuple[Array, ...]], str]:
    """(outputs by sample, name of the oracle). `graph` is `model` as loaded; a sample is one array an input.

    A network that remembers sees the samples in their order, from its first state on.
    """
    if is_judge(graph):
        try:
            return _by_tflite_micro(model, graph, samples), TFLITE_MICRO
        except (ImportError, _NotTaken):
            pass
    return evaluate_in_order(graph, samples), REFERENCE


def is_judge(graph: Graph) -> bool:
    """Whether tflite-micro is right about all of a graph's operators."""
    return not any(_is_exception(graph, node) for node in graph.nodes)


def _is_exception(graph: Graph, node: Node) -> bool:
    if node.op.name.endswith("_f32"):
        return True  # exp of another library may differ in the last place, and a rounding behind it goes the other way
    if isinstance(node.op, StridedSlice):
        return not node.op.plain  # the other masks are passed over, and an index for every dimension is read
    exception = _EXCEPTIONS.get(node.op.name)
    return exception is not None and exception(graph.io(node))


def _by_tflite_micro(model: bytes, graph: Graph, samples: Sequence[Sequence[Array]]) -> list[tuple[Array, ...]]:
    from tflite_micro.python.tflite_micro import runtime

    try:
        interpreter = runtime.Interpreter.from_bytes(model, arena_size=_ARENA_BYTES)
    except Exception as error:
        # Its own parser reads parts of the file that no network needs, and raises whatever it meets in a damaged one.
        raise _NotTaken from error
    results = []
    for sample in samples:
        for index, values in enumerate(sample):
            interpreter.set_input(values, index)
        try:
            interpreter.invoke()
        except RuntimeError as error:  # some kernels look at their type only now, GATHER at its indices
            raise _NotTaken from error
        results.append(tuple(np.array(interpreter.get_output(index)) for index in range(len(graph.outputs))))
    return results
