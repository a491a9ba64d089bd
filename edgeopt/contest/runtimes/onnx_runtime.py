"""ONNX Runtime, where the model came as .onnx: the float model before anything was converted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter_ns
from typing import Any

import numpy as np

from edgeopt.contest.contender import FLOAT, RUNTIMES, Contender, Models, Runtime
from edgeopt.convert import Dataset, LiteRt, Outputs, match, plain_name
from edgeopt.convert.layout import Layout
from edgeopt.convert.onnx_reference import import_onnxruntime
from edgeopt.errors import ToolchainError, UnsupportedModel
from edgeopt.ir import Array, Tensor


class OnnxContender(Contender):
    runtime, model, size_of = "ONNX Runtime", FLOAT, "the .onnx"

    def __init__(self, path: Path, session: Any, made: LiteRt, layouts: Sequence[Layout]) -> None:
        """`made` is the .tflite that was made from it; its axes and names are those that data and outputs have."""
        self.size_bytes = path.stat().st_size
        self._session, self._made = session, made
        by_name = {plain_name(tensor.name): tensor for tensor in made.inputs}
        by_source = {layout.source: layout for layout in layouts}
        self._inputs: list[tuple[str, Tensor, tuple[int, ...]]] = []  # name in the .onnx, tensor of the .tflite, axes
        for node, tensor in zip(session.get_inputs(), made.inputs, strict=True):
            layout = by_source.get(node.name)
            axes = tuple(range(len(tensor.shape))) if layout is None else layout.axes
            self._inputs.append((node.name, tensor if layout is None else by_name[layout.name], axes))

    def outputs(self, data: Dataset) -> Outputs:
        matched = match(data, self._made.inputs)
        results = [self._session.run(None, self._feed(matched, index)) for index in range(data.samples)]
        wanted = self._made.run_real(data)
        return tuple(
            _arranged(np.stack([row[i] for row in results]), wanted[tensor.name])
            for i, tensor in enumerate(self._made.outputs)
        )

    def time(self, data: Dataset, repeats: int) -> list[float]:
        feed = self._feed(match(data.first(1), self._made.inputs), 0)
        taken = []
        for _ in range(repeats + 1):
            begin = perf_counter_ns()
            self._session.run(None, feed)
            taken.append((perf_counter_ns() - begin) / 1e6)
        return taken[1:]  # the first one is slower

    def _feed(self, matched: Dataset, sample: int) -> dict[str, Array]:
        """One sample in the order of the .onnx file's axes."""
        return {
            name: np.ascontiguousarray(
                matched.inputs[tensor.name][sample].reshape(tensor.shape).transpose(np.argsort(axes))
            )
            for name, tensor, axes in self._inputs
        }


def _arranged(values: Array, wanted: Array) -> Array:
    """`values` [samples, *shape] of an .onnx in the order of the .tflite's axes: as they are, or the channels last.

    Where both fit, it is the order that agrees: the file does not say which axes of an output are channels.
    """
    orders = (values, np.moveaxis(values, 2, -1)) if values.ndim > 3 else (values,)
    fitting = [order for order in orders if order.shape == wanted.shape]
    if not fitting and values.size == wanted.size:
        fitting = [values.reshape(wanted.shape)]
    if not fitting:
        raise UnsupportedModel(f"its output {list(values.shape[1:])} is not the .tflite's {list(wanted.shape[1:])}")
    return min(fitting, key=lambda order: float(np.linalg.norm(order.astype(np.float64) - wanted)))


class OnnxRuntime(Runtime):
    place, name = 10, "ONNX Runtime"

    def contenders(self, models: Models) -> Iterator[Contender]:
        if models.source.suffix.lower() != ".onnx" or models.float_tflite is None:
            return
        try:
            onnxruntime = import_onnxruntime()
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
