"""The tables of costs: what follows from their figures, and that they know the kernels that are chosen by them."""

from pathlib import Path

import numpy as np
import pytest
from support.edge_shapes import cases_of

from edgeopt.costs import CostTable, KernelCost, Work, cost_table, table_to_choose_by, work_of
from edgeopt.costs.table import TABLES
from edgeopt.ir import CCall, Graph, Io, Target, Tensor
from edgeopt.load import load
from edgeopt.ops.ways import WAYS, offers
from edgeopt.optimize import optimize
from edgeopt.resources import kernel_files

CORES = sorted(path.stem for path in TABLES.glob("*.toml"))
TABLE = CostTable(
    "made-up",
    {"eo_dense_s8": KernelCost(2.0, 10.0, 100.0, 400), "eo_add_s8": KernelCost(0.0, 5.0, 20.0, 80, 1.0, 3.0)},
    {"eo_add_s8": 7, "eo_requant": 50},
)
WORK = Work(macs=1_000, outputs=10, inputs=100, pixels=2)


def call(kernel: str, surplus: float = 1.0) -> CCall:
    return CCall(kernel, {}, surplus=surplus)


def test_cycles_are_linear_in_the_work() -> None:
    assert TABLE.cycles((call("eo_dense_s8"),), WORK) == 2_000 + 100 + 100
    assert TABLE.cycles((call("eo_add_s8"),), WORK) == 50 + 20 + 100 + 6
    assert TABLE.cycles((call("eo_dense_s8", surplus=1.5),), WORK) == 3_000 + 150 + 100
    assert TABLE.cycles((), WORK) == 0


def test_calls_share_the_work_of_their_node() -> None:
    assert TABLE.cycles((call("eo_dense_s8"),) * 2, WORK) == 2_000 + 100 + 2 * 100


def test_a_kernel_that_was_not_fitted_makes_the_cycles_unknown() -> None:
    calls = (call("eo_dense_s8"), call("eo_new_s8"))
    assert TABLE.cycles(calls, WORK) is None and TABLE.missing(calls) == ["eo_new_s8"]


def test_shared_code_counts_once() -> None:
    """A shared file counts with the kernels that include it, a kernel with itself alone."""
    kernels = frozenset({"eo_dense_s8", "eo_add_s8"})
    table = CostTable("made-up", TABLE.kernels, {"eo_arch": 11})
    assert {"eo_arch"} <= {path.stem for path in kernel_files(set(kernels))}
    assert table.code_bytes(kernels) == 400 + 80 + 11
    assert table.code_bytes(frozenset()) == 0


def test_cores_that_run_the_same_instructions_are_compared_by_the_same_costs() -> None:
    for core in ("cortex-m4f", "cortex-m7f", "cortex-m33f", "cortex-m55"):
        assert table_to_choose_by(core) is cost_table("cortex-m4f")
    assert not cost_table("cortex-m7f").kernels, "an estimate would say that it was measured"


def test_the_work_of_a_node() -> None:
    op = next(case for case in cases_of(WAYS.get("dense_lanes").op, np.random.default_rng(0))).graph().nodes[0].op
    x, w, y = (Tensor(name, shape, "int8") for name, shape in (("x", (3, 8)), ("w", (5, 8)), ("y", (3, 5))))
    assert work_of(op, Io((x, w), (y,))) == Work(macs=120, outputs=15, inputs=24, pixels=3)


@pytest.mark.parametrize("core", CORES)
def test_every_way_was_measured(core: str, shared_models: Path) -> None:
    """`python -m benchmarks.costs --cores CORE --kernels KERNEL` measures what this names."""
    graphs = [optimize(load(path)) for path in sorted(shared_models.glob("*_int8.tflite"))]
    graphs += [case.graph() for _, way in WAYS for case in cases_of(way.op, np.random.default_rng(0))]
    assert not {kernel for graph in graphs for kernel in _unmeasured(graph, core)}


def _unmeasured(graph: Graph, core: str) -> set[str]:
    table, found = cost_table(core), set()
    for node in graph.nodes:
        for way in offers(node.op, graph.io(node), Target(core)).ways:
            found |= set(table.missing(way.calls))
    return found
