"""A translated ONNX network against ONNX Runtime: the same numbers in must give the same numbers out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from edgeopt.convert.calibration import plain_name
from edgeopt.convert.dataset import make_dataset
from edgeopt.convert.layout import Layout
from edgeopt.convert.litert import LiteRt
from edgeopt.convert.process import NO_TELEMETRY, ConversionFailed, one_line
from edgeopt.ir import Array

SAMPLES = 4
TOLERANCE = 1e-3  # of an output's Euclidean norm; float32 in another order of summation stays a hundred times below


def import_onnxruntime() -> Any:
    """The package, which then sends nothing: from 1.29 on its wheels tell Microsoft of their use if not told not to."""
    os.environ.update(NO_TELEMETRY)
    import onnxruntime

    return onnxruntime


def check_same(model: Any, tflite: Path, inputs: Sequence[Layout], where: str) -> tuple[Layout, ...]:
    """Outputs whose axes changed. ConversionFailed where an output is not what ONNX Runtime computes."""
    onnxruntime = import_onnxruntime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(model.SerializeToString(), options, ["CPUExecutionProvider"])
        rng = np.random.default_rng(0)
        feeds = {given.source: rng.standard_normal((SAMPLES, *given.shape), np.float32) for given in inputs}
        runs = [session.run(None, {name: values[i] for name, values in feeds.items()}) for i in range(SAMPLES)]
    except Exception as error:  # onnxruntime has many kinds of its own
        raise ConversionFailed(f"ONNX Runtime {onnxruntime.__version__} says: {one_line(error)}") from error
    wanted = [np.stack(values) for values in zip(*runs, strict=True)]
    names = [output.name for output in session.get_outputs()]
    found = _run(tflite, feeds, inputs)
    if len(found) != len(wanted):
        raise ConversionFailed(f"onnx2tf made {len(found)} outputs of {len(wanted)}")
    layouts = [_matched(*entry) for entry in zip(names, wanted, found, strict=True)]
    return tuple(layout for layout in layouts if layout.changed)


def _run(tflite: Path, feeds: dict[str, Array], inputs: Sequence[Layout]) -> list[Array]:
    """The outputs in order, each [samples, *shape with its batch of one]."""
    runner = LiteRt(tflite)
    by_name = {plain_name(tensor.name): tensor for tensor in runner.inputs}
    data = {}
    for given in inputs:
        tensor = by_name[given.name]
        arranged = feeds[given.source].transpose(0, *(axis + 1 for axis in given.axes))
        data[tensor.name] = np.ascontiguousarray(arranged).reshape(SAMPLES, *tensor.shape[1:])
    results = runner.run(make_dataset(data))
    return [results[tensor.name] for tensor in runner.outputs]


def _matched(name: str, wanted: Array, found: Array) -> Layout:
    """The order of axes in which `found` is `wanted`: the same, or with the channels last."""
    rank = wanted.ndim - 1
    orders = [tuple(range(rank))]
    if rank in (3, 4, 5):
        orders.append((0, *range(2, rank), 1))
    for axes in orders:
        arranged = wanted.transpose(0, *(axis + 1 for axis in axes))
        if arranged.size == found.size and _error(arranged.reshape(found.shape), found) <= TOLERANCE:
            return Layout(name, name, wanted.shape[1:], axes)
    raise ConversionFailed(
        f"onnx2tf changed what the network computes: output `{name}` is not what ONNX Runtime gives "
        f"(the error is {_error(wanted.reshape(-1), found.reshape(-1)):.1%} of it)"
        if wanted.size == found.size
        else f"onnx2tf changed the shape of output `{name}` from {list(wanted.shape[1:])} to {list(found.shape[1:])}"
    )


def _error(wanted: Array, found: Array) -> float:
    norm = float(np.linalg.norm(wanted.astype(np.float64).ravel()))
    error = float(np.linalg.norm(found.astype(np.float64).ravel() - wanted.ravel()))
    return error / norm if norm else error
