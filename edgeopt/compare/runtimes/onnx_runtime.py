"""ONNX Runtime, where the model came as .onnx: the float model before anything was converted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from time import perf_counter_ns
from typing import Any

import numpy as np

from edgeopt.compare.contender import FLOAT, RUNTIMES, Contender, Models, Runtime
from edgeopt.convert import Dataset, LiteRt, Outputs, match
from edgeopt.errors import ToolchainError, UnsupportedModel
from edgeopt.ir import Array, Tensor


class OnnxContender(Contender):
    runtime, model, size_of = "ONNX Runtime", FLOAT, "the .onnx"

    def __init__(self, path: Path, session: Any, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
        """`inputs` and `outputs` are those of the .tflite that was made from it, by position."""
        self.size_bytes = path.stat().st_size
        self._session, self._inputs, self._outputs = session, inputs, outputs

    def outputs(self, data: Dataset) -> Outputs:
        results: list[list[Array]] = [self._session.run(None, self._feed(data, index)) for index in range(data.samples)]
        return tuple(
            np.stack([_channels_last(row[i], tensor.shape) for row in results])
            for i, tensor in enumerate(self._outputs)
        )

    def time(self, data: Dataset, repeats: int) -> list[float]:
        feed = self._feed(data, 0)
        taken = []
        for _ in range(repeats + 1):
            begin = perf_counter_ns()
            self._session.run(None, feed)
            taken.append((perf_counter_ns() - begin) / 1e6)
        return taken[1:]  # the first one is slower

    def _feed(self, data: Dataset, sample: int) -> dict[str, Array]:
        matched = match(data, self._inputs)
        wanted = self._session.get_inputs()
        pairs = zip(wanted, self._inputs, strict=True)
        return {
            node.name: _channels_first(matched.inputs[tensor.name][sample].reshape(tensor.shape), node.shape)
            for node, tensor in pairs
        }


def _channels_first(values: Array, shape: Sequence[object]) -> Array:
    """`values` as the ONNX model takes them: as they are, or with their channels moved to the front."""
    for candidate in (values, np.moveaxis(values, -1, 1) if values.ndim > 2 else values):
        if _fits(candidate.shape, shape):
            return np.ascontiguousarray(candidate)
    raise UnsupportedModel(f"its input {list(shape)} is not the .tflite's {list(values.shape)}, nor that transposed")


def _channels_last(values: Array, shape: Sequence[int]) -> Array:
    """`values` of an ONNX output laid out as the .tflite's."""
    for candidate in (values, np.moveaxis(values, 1, -1) if values.ndim > 2 else values):
        if candidate.shape == tuple(shape):
            return candidate
    if values.size == np.prod(shape, dtype=np.int64):
        return values.reshape(shape)
    raise UnsupportedModel(f"its output {list(values.shape)} is not the .tflite's {list(shape)}")


def _fits(found: Sequence[int], wanted: Sequence[object]) -> bool:
    """Sizes that the ONNX model leaves open are names or None."""
    return len(found) == len(wanted) and all(
        not isinstance(size, int) or size == have for have, size in zip(found, wanted, strict=True)
    )


class OnnxRuntime(Runtime):
    place, name = 10, "ONNX Runtime"

    def contenders(self, models: Models) -> Iterator[Contender]:
        if models.source.suffix.lower() != ".onnx" or models.float_tflite is None:
            return
        try:
            onnxruntime: Any = import_module("onnxruntime")
        except ImportError:
            raise ToolchainError("it is not installed", "pip install onnxruntime") from None
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            session = onnxruntime.InferenceSession(models.source, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # its own exceptions are of many kinds
            reason = (str(error).splitlines() or ["no reason given"])[0][:200]
            raise UnsupportedModel(f"it does not take the model: {reason}") from None
        made = LiteRt(models.float_tflite)
        yield OnnxContender(models.source, session, made.inputs, made.outputs)


RUNTIMES.register("onnx_runtime")(OnnxRuntime())
