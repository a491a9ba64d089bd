"""Proof of operators that no .tflite has: the graph is built in the test, and numpy == C."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from support.host import DEFAULT_TARGET, run_on_host
from support.proof import assert_same, reference

from edgeopt.ir import Array, Graph, Node, Op, Quant, Target, Tensor, check_graph


@dataclass(frozen=True)
class GraphCase:
    """A graph and its inputs sample by sample; it serves wherever a `Case` does."""

    network: Graph
    samples: Sequence[Sequence[Array]]

    def graph(self) -> Graph:
        return self.network


def one_node(op: Op, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]) -> Graph:
    """The checked graph of one node; inputs that are not constant are those of the graph."""
    tensors = {tensor.name: tensor for tensor in (*inputs, *outputs) if tensor is not None}
    names = tuple(None if tensor is None else tensor.name for tensor in inputs)
    node = Node("layer", op, names, tuple(tensor.name for tensor in outputs))
    fed = tuple(tensor.name for tensor in inputs if tensor is not None and not tensor.is_constant)
    return check_graph(Graph("case", tensors, (node,), fed, node.outputs))


def tensor(name: str, shape: Sequence[int], dtype: str, quant: tuple[float, int] | None = None) -> Tensor:
    """A tensor that is computed or fed."""
    found = None if quant is None else Quant((quant[0],), (quant[1],))
    return Tensor(name, tuple(int(extent) for extent in shape), dtype, found)


def constant(name: str, data: Any, dtype: str) -> Tensor:
    array = np.asarray(data, dtype)
    return Tensor(name, array.shape, dtype, data=array)


def prove_graphs(cases: Sequence[GraphCase], folder: Path, target: Target = DEFAULT_TARGET) -> None:
    """Asserts that evaluate == C under the sanitizers, for every sample of every case, with the kernels of `target`."""
    graphs = [case.network for case in cases]
    from_c = run_on_host(graphs, [case.samples for case in cases], folder, target=target)
    for case, outputs in zip(cases, from_c, strict=True):
        assert case.samples, "a case without samples proves nothing"
        for sample, output in zip(case.samples, outputs, strict=True):
            assert_same(output, reference(case.network, sample), f"C and numpy differ: {case.network}")
