"""Random networks through every goal, on boards with room and without: all plans give the oracle's bytes."""

from pathlib import Path

import numpy as np
import pytest
from support.host import SANITIZE, run_plans_on_host
from support.on_core import run_plans_on_core
from support.oracle import run_tflm
from support.proof import assert_same, random_array
from support.random_networks import random_network

from edgeopt.emit.model_source import constant_bytes
from edgeopt.ir import Array, Target
from edgeopt.load import load_bytes
from edgeopt.optimize import optimize
from edgeopt.plan import Plan, plan

NETWORKS = 6  # a test; EDGEOPT_SEED gives others
GOALS = ("latency", "balanced", "flash", "ram")


def plans_of_goals(data: bytes, core: str) -> list[Plan]:
    """By every goal; and the default on boards that the fastest plan just does not fit, by flash and by RAM."""
    graph = optimize(load_bytes(data, "net"))
    plans = [plan(graph, Target(core, goal)) for goal in GOALS]
    fastest = plans[0]
    plans.append(plan(graph, Target(core, flash_bytes=constant_bytes(fastest) - 1)))
    plans.append(plan(graph, Target(core, ram_bytes=fastest.arena_bytes - 1)))
    return plans


def _samples(rng: np.random.Generator, data: bytes) -> tuple[list[list[Array]], list[list[Array]]]:
    """Inputs, and the oracle's outputs."""
    tensors = load_bytes(data, "net").input_tensors
    samples = [[random_array(rng, tensor.shape) for tensor in tensors] for _ in range(2)]
    return samples, [run_tflm(data, sample) for sample in samples]


@pytest.mark.parametrize("dsp", [0, 1])
def test_on_the_host(dsp: int, rng: np.random.Generator, tmp_path: Path) -> None:
    seeds = [int(seed) for seed in rng.integers(0, 1_000_000, NETWORKS)]
    flags = ["-std=c99", "-O1", *SANITIZE, f"-DEO_HAS_DSP={dsp}"]
    plans, samples, wanted, names = [], [], [], []
    for seed in seeds:
        data = random_network(seed)
        inputs, outputs = _samples(rng, data)
        of_seed = plans_of_goals(data, "cortex-m4f")
        plans += of_seed
        samples += [inputs] * len(of_seed)
        wanted += [outputs] * len(of_seed)
        names += [f"network {seed}, plan {index}" for index in range(len(of_seed))]
    from_c = run_plans_on_host(plans, samples, tmp_path, flags)
    for name, got, outputs in zip(names, from_c, wanted, strict=True):
        for one, other in zip(got, outputs, strict=True):
            assert_same(one, other, name)


@pytest.mark.parametrize("core", ["cortex-m0plus", "cortex-m4f"])
def test_on_a_core(core: str, rng: np.random.Generator, tmp_path: Path) -> None:
    for seed in (int(seed) for seed in rng.integers(0, 1_000_000, 2)):
        data = random_network(seed)
        inputs, outputs = _samples(rng, data)
        plans = plans_of_goals(data, core)
        ran = run_plans_on_core(plans, [inputs] * len(plans), tmp_path / str(seed))
        for index, (got, _) in enumerate(ran):
            for one, other in zip(got, outputs, strict=True):
                assert_same(one, other, f"network {seed}, plan {index} on {core}")
