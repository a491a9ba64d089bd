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
from edgeopt.convert.layout import Layout
from edgeopt.errors import ToolchainError, UnsupportedModel
from edgeopt.ir import Array


class OnnxContender(Contender):
    runtime, model, size_of = "ONNX Runtime", FLOAT, "the .onnx"

    def __init__(self, path: Path, session: Any, made: LiteRt, layouts: Sequence[Layout]) -> None:
        """`made` is the .tflite that was made from it, whose inputs and outputs are the same by position."""
        self.size_bytes = path.stat().st_size
        self._session, self._inputs, self._outputs = session, made.inputs, made.outputs
        self._layouts = {layout.source: layout for layout in layouts}

    def outputs(self, data: Dataset) -> Outputs:
        matched = match(data, self._inputs)
        results = [self._session.run(None, self._feed(matched, index)) for index in range(data.samples)]
        return tuple(
            np.stack([_channels_last(row[i], tensor.shape) for row in results])
            for i, tensor in enumerate(self._outputs)
        )

    def time(self, data: Dataset, repeats: int) -> list[float]:
        feed = self._feed(match(data.first(1), self._inputs), 0)
        taken = []
        for _ in range(repeats + 1):
            begin = perf_counter_ns()
            self._session.run(None, feed)
            taken.append((perf_counter_ns() - begin) / 1e6)
        return taken[1:]  # the first one is slower

    def _feed(self, matched: Dataset, sample: int) -> dict[str, Array]:
        """One sample in the order of the .onnx file's axes."""
        feed = {}
        for node, tensor in zip(self._session.get_inputs(), self._inputs, strict=True):
            values = matched.inputs[tensor.name][sample].reshape(tensor.shape)
            layout = self._layouts.get(node.name)
            axes = range(values.ndim) if layout is None else np.argsort(layout.axes)
            feed[node.name] = np.ascontiguousarray(values.transpose(*axes))
        return feed


def _channels_last(values: Array, shape: Sequence[int]) -> Array:
    """`values` of an ONNX output laid out as the .tflite's."""
    for candidate in (values, np.moveaxis(values, 1, -1) if values.ndim > 2 else values):
        if candidate.shape == tuple(shape):
            return candidate
    if values.size == np.prod(shape, dtype=np.int64):
        return values.reshape(shape)
    raise UnsupportedModel(f"its output {list(values.shape)} is not the .tflite's {list(shape)}")


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
        yield OnnxContender(models.source, session, LiteRt(models.float_tflite), models.layouts)


RUNTIMES.register("onnx_runtime")(OnnxRuntime())
