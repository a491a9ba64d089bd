"""Every registered operator has its test, and runs on emulated cores of both kinds with the bytes of its reference."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from support.graph_case import GraphCase
from support.networks import NETWORKS
from support.on_core import run_on_core
from support.operator_tests import core_cases, file_of_tests
from support.proof import Case, assert_same
from support.sequences import Stream

from edgeopt.ir import evaluate_in_order
from edgeopt.load import load_bytes
from edgeopt.ops import OPS

CORES = ("cortex-m0plus", "cortex-m4f")


@cache
def _operators_in_networks() -> frozenset[str]:
    """Names of what tests/whole/test_networks.py runs on the virtual boards."""
    graphs = [load_bytes(network(), name) for name, network in NETWORKS.items()]
    return frozenset(node.op.name for graph in graphs for node in graph.nodes)


@pytest.mark.parametrize("operator", OPS.names())
def test_has_a_test_and_runs_on_cores(operator: str, tmp_path: Path, rng: np.random.Generator) -> None:
    path, cases = file_of_tests(operator), core_cases(operator, rng)
    if not cases:
        # of what is in no network, only forms of the same kernel and float at the edges need no case
        known = _operators_in_networks() | {"dequantize", "padv2", "relu6", "relu_n1_to_1"}
        assert OPS.get(operator).name in known, f"{path.name} has no core_cases(rng) -> list[Case]"
    _run(cases, tmp_path)


def _run(cases: Sequence[Case | Stream | GraphCase], folder: Path) -> None:
    for index, case in enumerate(cases):
        graph = case.graph()
        assert case.samples, "a case without samples proves nothing"
        for core in CORES:
            outputs, _ = run_on_core(graph, case.samples, core, folder / f"{core}-{index}")
            for wanted, output in zip(evaluate_in_order(graph, case.samples), outputs, strict=True):
                assert_same(output, wanted, f"{core}: {graph}")
