"""Networks that remember: models with state, run in order by oracle, reference, host and emulated cores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.host import SANITIZE, run_on_host
from support.oracle import output_count
from support.proof import Value, assert_same, random_array
from support.tflite_writer import ModelBuilder

from edgeopt.ir import Array, Graph, evaluate_in_order
from edgeopt.load import load_bytes

INFERENCES = 24


@dataclass(frozen=True)
class State(Value):
    """A variable tensor: what an operator keeps from one inference to the next."""


@dataclass(frozen=True)
class Stream:
    """A model, and its samples in order; it remembers what came before."""

    data: bytes
    samples: Sequence[Sequence[Array]] = ()

    def model(self) -> bytes:
        return self.data

    def graph(self) -> Graph:
        return load_bytes(self.data, "stream")


def random_stream(data: bytes, rng: np.random.Generator, inferences: int = INFERENCES) -> Stream:
    inputs = load_bytes(data, "stream").input_tensors
    return Stream(data, [[random_array(rng, t.shape, t.dtype) for t in inputs] for _ in range(inferences)])


def operator_model(
    operator: str, inputs: Sequence[Value | None], output: Value, options: Mapping[str, Any] | None = None
) -> bytes:
    """A model of one operator; its inputs are those without data that are no State."""
    m = ModelBuilder()
    indices = [-1 if value is None else _tensor(m, value) for value in inputs]
    result = _tensor(m, output)
    m.op(operator, indices, [result], options)
    pairs = list(zip(indices, inputs, strict=True))
    states = [index for index, value in pairs if isinstance(value, State)]
    free = [i for i, value in pairs if value is not None and value.data is None and i not in states]
    return m.finish(free, [result], lambda model: mark_variables(model, states))


def mark_variables(model: Any, tensors: Sequence[int]) -> None:
    for index in tensors:
        model.subgraphs[0].tensors[index].isVariable = True


def add_initialization(model: Any, values: Mapping[str, Value]) -> None:
    """A second subgraph, for CALL_ONCE, that assigns constants to variables by name."""
    m = ModelBuilder()
    for name, value in values.items():
        m.op("ASSIGN_VARIABLE", [variable(m, name), _tensor(m, value)], [])
    m.into_subgraph_of(model)


def variable(m: ModelBuilder, name: str) -> int:
    """The resource tensor of variable `name`."""
    handle = m.tensor([1], "resource", name=f"handle/{name}")
    m.op("VAR_HANDLE", [], [handle], {"shared_name": name, "container": ""})
    return handle


def run_tflm_in_order(model: bytes, samples: Sequence[Sequence[Array]]) -> list[list[Array]]:
    """Outputs of one interpreter of tflite-micro, sample after sample."""
    reason = "pip install tflite-micro (extra `oracle`)"
    runtime = pytest.importorskip("tflite_micro.python.tflite_micro.runtime", reason=reason)
    interpreter = runtime.Interpreter.from_bytes(model, arena_size=max(10 * len(model), 1_000_000))
    results = []
    for sample in samples:
        for index, values in enumerate(sample):
            interpreter.set_input(values, index)
        interpreter.invoke()
        results.append([np.array(interpreter.get_output(index)) for index in range(output_count(model))])
    return results


def prove_streams(streams: Sequence[Stream], folder: Path) -> None:
    """Asserts oracle == numpy == C under the sanitizers, with and without DSP, at every inference of each stream."""
    graphs = [stream.graph() for stream in streams]
    references = [evaluate_in_order(g, s.samples) for g, s in zip(graphs, streams, strict=True)]
    for stream, graph, wanted in zip(streams, graphs, references, strict=True):
        for step, oracle in enumerate(run_tflm_in_order(stream.data, stream.samples)):
            assert_same(wanted[step], oracle, f"numpy and the oracle differ in inference {step}: {graph}")
    for path in ("-DEO_HAS_DSP=0", "-DEO_HAS_DSP=1"):  # the host has C forms of the instructions
        flags = ["-std=c99", "-O1", *SANITIZE, path]
        found = run_on_host(graphs, [stream.samples for stream in streams], folder / path[-1], flags=flags)
        for graph, outputs, wanted in zip(graphs, found, references, strict=True):
            for step, output in enumerate(outputs):
                assert_same(output, wanted[step], f"C with {path} and numpy differ in inference {step}: {graph}")


def _tensor(m: ModelBuilder, value: Value) -> int:
    scale, zero_point = value.quant if value.quant is not None else (None, 0)
    return m.tensor(value.shape, value.dtype, scale, zero_point, data=value.data)
