"""The proof that an operator is right: oracle, numpy reference and C agree byte for byte on models of one operator."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from support.host import run_on_host
from support.oracle import run_tflm
from support.tflite_writer import ModelBuilder

from edgeopt.ir import Array, Graph, evaluate
from edgeopt.load.graph import build

Oracle = Callable[[bytes, Sequence[Array]], list[Array]]
Quantized = tuple[float, int]  # scale, zero point


@dataclass(frozen=True)
class Value:
    """A tensor of a model to be: constant where it has data."""

    shape: Sequence[int]
    quant: Quantized | None = None
    dtype: str = "int8"
    data: Any = None


@dataclass(frozen=True)
class Case:
    """A model of one operator, and its inputs sample by sample; `more` are outputs behind the first."""

    operator: str
    inputs: Sequence[Value | None]  # None: an input that is left out
    output: Value
    options: Mapping[str, Any] = field(default_factory=dict)
    samples: Sequence[Sequence[Array]] = ()
    more: Sequence[Value] = ()

    @property
    def variable(self) -> list[Value]:
        """The inputs of the model."""
        return [value for value in self.inputs if value is not None and value.data is None]

    def model(self) -> bytes:
        builder = ModelBuilder()
        inputs = [-1 if value is None else _tensor(builder, value) for value in self.inputs]
        outputs = [_tensor(builder, value) for value in (self.output, *self.more)]
        builder.op(self.operator, inputs, outputs, self.options)
        pairs = zip(inputs, self.inputs, strict=True)
        return builder.finish([index for index, value in pairs if value is not None and value.data is None], outputs)

    def graph(self) -> Graph:
        return build(self.model(), "case", allow_float=True)

    def with_random_samples(self, rng: np.random.Generator, count: int = 2) -> Case:
        """This case with `count` samples: integers uniform over their types, floats normal and of many magnitudes."""
        samples = [[random_array(rng, value.shape, value.dtype) for value in self.variable] for _ in range(count)]
        return replace(self, samples=samples)


def random_array(rng: np.random.Generator, shape: Sequence[int], dtype: str = "int8") -> Array:
    if dtype == "float32":
        return (rng.normal(size=shape) * np.exp2(rng.integers(-8, 5, shape))).astype(dtype)
    info = np.iinfo(dtype)
    return rng.integers(info.min, info.max + 1, shape).astype(dtype)


def random_quant(rng: np.random.Generator, near: float = 0.05, spread: float = 1.0) -> Quantized:
    """Any zero point, and a scale within a factor e**spread of `near`."""
    return float(np.float32(near * np.exp(rng.uniform(-spread, spread)))), int(rng.integers(-128, 128))


def prove(cases: Sequence[Case], folder: Path, oracle: Oracle = run_tflm, max_ulp: int = 0) -> None:
    """Asserts that oracle == evaluate == C under the sanitizers, for every sample of every case.

    `max_ulp` is how far floats of the oracle may be from ours, in units in the last place; C and numpy never differ.
    """
    graphs = [case.graph() for case in cases]
    for case, graph in zip(cases, graphs, strict=True):
        for sample in case.samples:
            wanted, what = oracle(case.model(), sample), f"numpy and the oracle differ: {graph}"
            if max_ulp:
                assert_near(reference(graph, sample), wanted, max_ulp, what)
            else:
                assert_same(reference(graph, sample), wanted, what)
    from_c = run_on_host(graphs, [case.samples for case in cases], folder)
    for case, graph, outputs in zip(cases, graphs, from_c, strict=True):
        for sample, output in zip(case.samples, outputs, strict=True):
            assert_same(output, reference(graph, sample), f"C and numpy differ: {graph}")


def reference(graph: Graph, sample: Sequence[Array]) -> list[Array]:
    values = evaluate(graph, dict(zip(graph.inputs, sample, strict=True)))
    return [values[name] for name in graph.outputs]


def assert_same(got: Sequence[Array], wanted: Sequence[Array], what: str) -> None:
    for a, b in zip(got, wanted, strict=True):
        assert a.dtype == b.dtype, f"{what}\n{a.dtype} instead of {b.dtype}"
        assert a.size == b.size, f"{what}\n{a.shape} instead of {b.shape}"
        a_bits, b_bits = _bits(a), _bits(b)
        if not np.array_equal(a_bits, b_bits):
            where = np.flatnonzero(a_bits != b_bits)
            first = int(where[0])
            pair = a.reshape(-1)[first], b.reshape(-1)[first]
            raise AssertionError(f"{what}\n{where.size} of {a.size} differ, first {pair[0]} for {pair[1]} at {first}")


def assert_near(got: Sequence[Array], wanted: Sequence[Array], max_ulp: int, what: str) -> None:
    """Floats within `max_ulp` units in the last place; infinities and not-a-number alike, other types byte for byte."""
    for a, b in zip(got, wanted, strict=True):
        if a.dtype != np.float32 or a.size != b.size:
            assert_same([a], [b], what)
            continue
        apart = np.abs(_ordinal(a) - _ordinal(b))
        worst = int(apart.argmax())
        pair = a.reshape(-1)[worst], b.reshape(-1)[worst]
        assert apart[worst] <= max_ulp, f"{what}\n{apart[worst]} ulp apart: {pair[0]} for {pair[1]} at {worst}"


def _bits(x: Array) -> Array:
    """The elements as unsigned integers; every not-a-number is the same one, as its bits are open."""
    flat = np.ascontiguousarray(x).reshape(-1)
    if flat.dtype.kind == "f":
        flat = np.where(np.isnan(flat), np.array(np.nan, flat.dtype), flat)
    return flat.view(f"u{flat.dtype.itemsize}")


def _ordinal(x: Array) -> Array:
    """float32 as int64 in their order, neighbours one apart; not-a-number beyond the infinities."""
    bits = _bits(x).astype(np.int64)
    return np.where(bits < 1 << 31, bits, (1 << 31) - bits)


def _tensor(builder: ModelBuilder, value: Value) -> int:
    scale, zero_point = value.quant if value.quant is not None else (None, 0)
    return builder.tensor(value.shape, value.dtype, scale=scale, zero_point=zero_point, data=value.data)
