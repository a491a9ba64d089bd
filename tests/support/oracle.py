"""The oracles: what other runtimes compute from a .tflite, inputs and outputs in the model's order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest


def run_tflm(model: bytes, inputs: Sequence[np.ndarray[Any, Any]]) -> list[np.ndarray[Any, Any]]:
    """Outputs of TensorFlow Lite for Microcontrollers: the oracle of exactness."""
    reason = "pip install tflite-micro (extra `oracle`)"
    runtime = pytest.importorskip("tflite_micro.python.tflite_micro.runtime", reason=reason)
    # The default arena, ten times the file, is too small for a small model of large tensors
    interpreter = runtime.Interpreter.from_bytes(model, arena_size=max(10 * len(model), 1_000_000))
    for index, values in enumerate(inputs):
        interpreter.set_input(values, index)
    interpreter.invoke()
    return [np.array(interpreter.get_output(index)) for index in range(output_count(model))]


def run_litert_reference(model: bytes, inputs: Sequence[np.ndarray[Any, Any]]) -> list[np.ndarray[Any, Any]]:
    """Outputs of LiteRT's reference kernels: the oracle where tflite-micro is wrong (docs/numerics.md)."""
    reason = "pip install ai-edge-litert (extra `quantize`)"
    litert = pytest.importorskip("ai_edge_litert.interpreter", reason=reason)
    interpreter = litert.Interpreter(
        model_content=model, experimental_op_resolver_type=litert.OpResolverType.BUILTIN_REF
    )
    interpreter.allocate_tensors()
    for detail, values in zip(interpreter.get_input_details(), inputs, strict=True):
        interpreter.set_tensor(detail["index"], values)
    interpreter.invoke()
    return [np.array(interpreter.get_tensor(detail["index"])) for detail in interpreter.get_output_details()]


def output_count(model: bytes) -> int:
    """Outputs of a .tflite."""
    schema = pytest.importorskip("ai_edge_litert.schema_py_generated", reason="pip install ai-edge-litert")
    return int(schema.Model.GetRootAs(model, 0).Subgraphs(0).OutputsLength())
