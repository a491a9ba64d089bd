"""Chains: the same bytes as node by node, on the host and on cores, and never a larger arena."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from support.graph_case import GraphCase
from support.host import SANITIZE, run_plans_on_host
from support.on_core import run_plans_on_core
from support.proof import assert_same, reference
from support.row_networks import pooled_row_network, random_row_network

from edgeopt import pipeline
from edgeopt.ir import Target
from edgeopt.plan import Plan, plan
from edgeopt.plan.chain import ROWS, Chain
from edgeopt.plan.chains import ChainSearch

ARENA_BYTES = {"kws_dscnn": 5_484, "ic_resnet8": 16_768, "vww_mobilenet": 28_200, "ad_autoencoder": 768}
LIMITS_KB = {"kws_dscnn": (6, 10, 12, 16, 20), "ic_resnet8": (20, 32, 40, 48, 64), "vww_mobilenet": (30, 40, 48, 60)}


def chains(plan_: Plan) -> list[Chain]:
    return [step.node.op for step in plan_.steps if isinstance(step.node.op, Chain)]


@pytest.fixture
def cases(rng: np.random.Generator) -> list[GraphCase]:
    return [*(random_row_network(rng) for _ in range(30)), *(pooled_row_network(rng) for _ in range(8))]


def test_never_larger_than_without(cases: Sequence[GraphCase]) -> None:
    smaller = 0
    for case in cases:
        with_, without = (plan(case.network, Target(goal="ram", without=frozenset(names))) for names in ((), (ROWS,)))
        assert not chains(without)
        assert with_.arena_bytes <= without.arena_bytes
        smaller += with_.arena_bytes < without.arena_bytes
    assert smaller >= len(cases) // 3, "chains that never help are not tested either"


@pytest.mark.parametrize("core", ["cortex-m4f", "cortex-m0plus"])
def test_every_byte_on_the_host(core: str, cases: Sequence[GraphCase], tmp_path: Path) -> None:
    plans = [plan(case.network, Target(core, "ram")) for case in cases]
    flags = ("-std=c99", "-O1", f"-DEO_HAS_DSP={int(core == 'cortex-m4f')}", *SANITIZE)
    prove(plans, cases, run_plans_on_host(plans, [case.samples for case in cases], tmp_path, flags))


@pytest.mark.parametrize("core", ["cortex-m4f", "cortex-m0plus"])
def test_every_byte_on_a_core(core: str, cases: Sequence[GraphCase], tmp_path: Path) -> None:
    some = [case for case in cases if chains(plan(case.network, Target(core, "ram")))][-10:]
    plans = [plan(case.network, Target(core, "ram")) for case in some]
    ran = run_plans_on_core(plans, [case.samples for case in some], tmp_path)
    prove(plans, some, [outputs for outputs, _ in ran])


def test_the_default_takes_chains_where_the_board_is_too_small(cases: Sequence[GraphCase], tmp_path: Path) -> None:
    taken = 0
    for case in cases:
        free, least = plan(case.network, Target()), plan(case.network, Target(goal="ram"))
        assert not chains(free)
        limit = (free.arena_bytes + 3 * least.arena_bytes) // 4
        tight = plan(case.network, Target(ram_bytes=limit))
        taken += bool(chains(tight))
        if least.arena_bytes < free.arena_bytes:
            assert tight.arena_bytes < free.arena_bytes
    assert taken


def test_a_chain_evaluates_as_its_nodes(cases: Sequence[GraphCase]) -> None:
    for case in cases:
        for _, chained in ChainSearch(case.network, Target(goal="ram")).graphs(None):
            assert (chained.macs, chained.output_tensors) == (case.network.macs, case.network.output_tensors)
            for sample in case.samples:
                assert_same(reference(chained, sample), reference(case.network, sample), "the chain differs")


@pytest.mark.parametrize("model", ["kws_dscnn", "ic_resnet8", "vww_mobilenet"])
def test_more_ram_is_never_slower(model: str, shared_models: Path) -> None:
    graph = pipeline.open_model(shared_models / f"{model}_int8.tflite").graph
    plans = [plan(graph, Target(ram_bytes=kilobytes * 1000)) for kilobytes in LIMITS_KB[model]]
    for one in plans:
        assert one.fits
    cycles = [one.cycles for one in plans]
    assert cycles == sorted(cycles, reverse=True)
    assert cycles[0] > cycles[-1]


def test_every_byte_of_fast_chains(cases: Sequence[GraphCase], tmp_path: Path) -> None:
    """With room for some rows a call and fast kernels on them, each within the limit."""
    plans = []
    for case in cases:
        free, least = plan(case.network, Target()), plan(case.network, Target(goal="ram"))
        plans.append(plan(case.network, Target(ram_bytes=(free.arena_bytes + least.arena_bytes) // 2)))
    ran = run_plans_on_host(plans, [case.samples for case in cases], tmp_path, ("-std=c99", "-O1", *SANITIZE))
    prove(plans, cases, ran)


@pytest.mark.parametrize("model", ARENA_BYTES)
def test_arenas_of_the_reference_models(model: str, shared_models: Path) -> None:
    graph = pipeline.open_model(shared_models / f"{model}_int8.tflite").graph
    assert plan(graph, Target(goal="ram")).arena_bytes <= ARENA_BYTES[model]


def test_pools_of_whole_maps_are_in_chains(rng: np.random.Generator) -> None:
    kernels = [plan(pooled_row_network(rng).network, Target(goal="ram")).kernels for _ in range(12)]
    for kernel in ("eo_row_sums_s8", "eo_average_of_sums_s8", "eo_mean_of_sums_s8"):
        assert any(kernel in found for found in kernels), kernel


def prove(plans: Sequence[Plan], cases: Sequence[GraphCase], ran: Sequence[Sequence[Sequence[np.ndarray]]]) -> None:
    assert any(chains(plan_) for plan_ in plans)
    for plan_, case, outputs in zip(plans, cases, ran, strict=True):
        for sample, output in zip(case.samples, outputs, strict=True):
            assert_same(output, reference(case.network, sample), f"C and numpy differ: {plan_.graph}")
