"""The tables of costs: what follows from their figures, and that they know the kernels that are chosen by them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.edge_shapes import cases_of

from edgeopt.board import load_board
from edgeopt.costs import (
    FREE,
    Cost,
    CostTable,
    KernelCost,
    Memory,
    Piece,
    Work,
    cost_table,
    level_of,
    memory_of,
    table_to_choose_by,
    work_of,
)
from edgeopt.costs.table import TABLES
from edgeopt.ir import CCall, Graph, Io, Target, Tensor
from edgeopt.load import load
from edgeopt.ops.ways import WAYS, offers
from edgeopt.optimize import optimize
from edgeopt.resources import kernel_files

CORES = sorted(path.stem for path in TABLES.glob("*.toml") if "-O" not in path.stem)
SLOW = Memory(4, "unit8", waits=True)


def linear(**terms: float) -> Cost:
    return Cost((Piece(**terms),))


DENSE = KernelCost(linear(macs=2.0, outputs=10.0, calls=100.0), 400, {SLOW.key: linear(constant_bytes=0.5)})
ADD = KernelCost(linear(outputs=5.0, inputs=1.0, pixels=3.0, calls=20.0), 80)
TABLE = CostTable("made-up", {"eo_dense_s8": DENSE, "eo_add_s8": ADD}, {"eo_add_s8": 7, "eo_requant": 50})
WORK = Work(macs=1_000, outputs=10, inputs=100, pixels=2, constant_bytes=800)


def call(kernel: str, surplus: float = 1.0) -> CCall:
    return CCall(kernel, {}, surplus=surplus)


def test_cycles_are_linear_in_the_work() -> None:
    assert TABLE.cycles((call("eo_dense_s8"),), WORK) == 2_000 + 100 + 100
    assert TABLE.cycles((call("eo_add_s8"),), WORK) == 50 + 20 + 100 + 6
    assert TABLE.cycles((call("eo_dense_s8", surplus=1.5),), WORK) == 3_000 + 150 + 100
    assert TABLE.cycles((), WORK) == 0


def test_each_term_counts_its_part_of_the_work() -> None:
    work = Work(macs=2, outputs=12, inputs=5, pixels=4, lines=7, gathered=11, runs=17, constant_bytes=13)
    parts = {
        "macs": 2,
        "outputs": 12,
        "inputs": 5,
        "pixels": 4,
        "lines": 7,
        "gathered": 11,
        "runs": 17,
        "constant_bytes": 13,
    }
    for term, part in (parts | {"channels": 12 / 4, "calls": 1}).items():
        assert Piece(**{term: 3.0}).cycles(work) == 3.0 * part, term


def test_a_cost_of_two_pieces_goes_by_its_limit() -> None:
    cost = Cost((Piece(calls=1.0), Piece(calls=2.0)), by="depth", limit=9.0)
    assert cost.cycles(Work(macs=90, outputs=10, inputs=0, pixels=1)) == 1.0
    assert cost.cycles(Work(macs=91, outputs=10, inputs=0, pixels=1)) == 2.0


def test_calls_share_the_work_of_their_node() -> None:
    assert TABLE.cycles((call("eo_dense_s8"),) * 2, WORK) == 2_000 + 100 + 2 * 100


def test_a_memory_adds_its_stalls() -> None:
    calls = (call("eo_dense_s8"),)
    assert TABLE.cycles(calls, WORK, SLOW) == 2_200 + 400
    assert TABLE.cycles(calls, WORK, replace(SLOW, wait_states=2)) == 2_200 + 200, "in proportion to the wait states"
    assert TABLE.cycles(calls, WORK, Memory(4, "unit16", waits=True)) is None, "nobody measured such a flash"
    assert TABLE.cycles((call("eo_add_s8"),), WORK, SLOW) is None, "nobody measured this kernel on it"


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
    assert not cost_table("cortex-m55").kernels, "an estimate would say that it was measured"


def test_the_work_of_a_node() -> None:
    op = next(case for case in cases_of(WAYS.get("dense_lanes").op, np.random.default_rng(0))).graph().nodes[0].op
    x, w, y = (Tensor(name, shape, "int8") for name, shape in (("x", (3, 8)), ("w", (5, 8)), ("y", (3, 5))))
    assert work_of(op, Io((x, w), (y,)), ()) == Work(macs=120, outputs=15, inputs=24, pixels=3)


def test_the_memory_of_a_board_is_its_timing_and_not_its_name() -> None:
    board = load_board("nucleo-l4r5zi")
    timing = board.flash_timing
    assert timing is not None and memory_of(board).waits
    assert memory_of(replace(board, name="other", clock_hz=1)) == memory_of(board)
    for change in ({"wait_states": 1}, {"prefetch": not timing.prefetch}, {"icache_bytes": 64}, {"access_bytes": 4}):
        other = replace(board, flash_timing=replace(timing, **change))
        assert memory_of(other).key != memory_of(board).key, change
    slow_ram = replace(board, ram=replace(board.ram, wait_states=1))
    assert memory_of(slow_ram).key not in (memory_of(board).key, memory_of(replace(slow_ram, flash_timing=None)).key)


def test_memory_that_answers_at_once_adds_nothing() -> None:
    board = load_board("mps2-an386")
    assert board.flash_timing is None and memory_of(board) == FREE


def test_the_goal_says_how_the_compiler_is_called() -> None:
    assert level_of("flash") == "-Os"
    assert {level_of(goal) for goal in ("latency", "balanced", "ram")} == {"-O2"}


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
