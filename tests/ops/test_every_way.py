"""Each registered way, by itself, on layers at their edges: on the host under sanitizers, and on each core it is for.

A new way is tested without a list to edit: its operator's cases are support.edge_shapes', or those of the operator's
test file.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from support.arm_programs import need
from support.edge_shapes import cases_of
from support.host import SANITIZE, run_plans_on_host
from support.on_core import MODELS, run_plans_on_core
from support.on_qemu import BOARDS, run_plans_on_qemu
from support.oracle import run_tflm
from support.proof import Case, assert_same, reference
from support.ways import way_names, ways_in

from edgeopt.ir import Array, Target
from edgeopt.ops.ways import DSP_CORES, WAYS
from edgeopt.plan import Plan, plan

CORES = sorted(DSP_CORES | {*MODELS})
BUILDS = [*((core, "-O2") for core in CORES), ("cortex-m4f", "-Os"), ("cortex-m4f", "-O3"), ("cortex-m55", "-Os")]
ON_CORES = 48  # cases a way and core: an emulator is slow
MOST_BYTES = 16_384  # that all of them fit into one program


@pytest.mark.parametrize("dsp", [0, 1])
@pytest.mark.parametrize("way", WAYS.names())
def test_on_the_host(way: str, dsp: int, tmp_path: Path, rng: np.random.Generator) -> None:
    cases = cases_of(WAYS.get(way).op, rng)
    graphs = [case.graph() for case in cases]
    core = next(core for core in CORES if way in way_names(graphs, Target(core=core)))
    pairs = _that_take(way, core, cases)
    assert len(pairs) >= 10, "a way that refuses nearly all edges is not tested by them"
    samples = [case.samples for case, _ in pairs]
    flags = ["-std=c99", "-O1", *SANITIZE, f"-DEO_HAS_DSP={dsp}"]
    outputs = run_plans_on_host([made for _, made in pairs], samples, tmp_path, flags)
    for (case, _), of_case in zip(pairs, outputs, strict=True):
        _assert_right(case, of_case)


@pytest.mark.parametrize(("core", "level"), BUILDS)
@pytest.mark.parametrize("way", WAYS.names())
def test_on_a_core(way: str, core: str, level: str, tmp_path: Path, rng: np.random.Generator) -> None:
    cases = cases_of(WAYS.get(way).op, rng)
    pairs = [(case, made) for case, made in _that_take(way, core, cases) if made.arena_bytes < MOST_BYTES]
    if not pairs:
        pytest.skip(f"{way} is not for {core}")
    picked = [pairs[int(index)] for index in rng.permutation(len(pairs))[:ON_CORES]]
    samples = [case.samples for case, _ in picked]
    outputs = _run([made for _, made in picked], samples, tmp_path, level)
    for (case, _), of_case in zip(picked, outputs, strict=True):
        _assert_right(case, of_case)


def _that_take(way: str, core: str, cases: Sequence[Case]) -> list[tuple[Case, Plan]]:
    """The cases that the way can do on the core, and their plans."""
    plans = [plan(case.graph(), Target(core=core, only=way)) for case in cases]
    return [(case, made) for case, made in zip(cases, plans, strict=True) if way in ways_in(made)]


def _run(
    plans: Sequence[Plan], samples: Sequence[Sequence[Sequence[Array]]], folder: Path, level: str
) -> list[list[list[Array]]]:
    core = plans[0].target.core
    if core in MODELS:
        return [outputs for outputs, _ in run_plans_on_core(plans, samples, folder, optimization=level)]
    need("qemu-system-arm", "qemu-system-arm")
    assert core in BOARDS
    return run_plans_on_qemu(plans, samples, folder, level)


def _assert_right(case: Case, outputs: Sequence[Sequence[Array]]) -> None:
    graph = case.graph()
    for sample, output in zip(case.samples, outputs, strict=True):
        assert_same(output, reference(graph, sample), f"C and numpy differ: {graph}")


@pytest.mark.parametrize("operator", sorted({way.op.name for _, way in WAYS}))
def test_the_oracle_has_the_edges_too(operator: str, rng: np.random.Generator) -> None:
    """What the ways are held against is right where they are tried."""
    op = next(way.op for _, way in WAYS if way.op.name == operator)
    for case in cases_of(op, rng):
        for sample in case.samples:
            assert_same(reference(case.graph(), sample), run_tflm(case.model(), sample), f"{case.graph()}")
