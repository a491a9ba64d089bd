"""Which way each node gets, held against every choice there is, with costs made up; and the goals on real networks."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pytest
from support.networks import NETWORKS

from edgeopt.costs import CostTable
from edgeopt.ir import CCall, Target
from edgeopt.load import load_bytes
from edgeopt.ops.ways import Way, offers
from edgeopt.optimize import optimize
from edgeopt.plan import Option, plan
from edgeopt.plan.choose import Choice, choose, flash_bytes
from edgeopt.plan.options import code_bytes as code_bytes_of
from edgeopt.plan.options import options

SHARED_BYTES = 300  # what all kernels called `..x` have in common


@dataclass(frozen=True)
class FakeMemory:
    """Live bytes by the scratch of a way; `waste_bytes` are lost between buffers where several nodes have scratch."""

    waste_bytes: int = 0

    def live_bytes(self, choice: Sequence[Option], index: int) -> int:
        return 1000 + 10 * index + (choice[index].way.calls[0].scratch_bytes or 0)

    def arena_bytes(self, choice: Sequence[Option]) -> int:
        gaps = sum(option.way.calls[0].scratch_bytes != 0 for option in choice) > 1
        return max(self.live_bytes(choice, i) for i in range(len(choice))) + gaps * self.waste_bytes


def option(name: str, cycles: float, constants: int, kernel: str, scratch: int = 0) -> Option:
    way = Way(name, (CCall(kernel, {}, scratch_bytes=scratch),))
    return Option(way, cycles, True, constants, frozenset({kernel}))


def code_bytes(kernels: frozenset[str]) -> int:
    own = sum(100 * (1 + sum(map(ord, kernel)) % 9) for kernel in kernels)
    return own + SHARED_BYTES * any(kernel.endswith("x") for kernel in kernels)


def random_rows(seed: int) -> list[list[Option]]:
    """Up to six nodes of three operators, which have a way to three each; faster ones are larger, mostly."""
    rng = np.random.default_rng(seed)
    print(f"seed {seed}")
    rows = []
    for operator in rng.choice(["conv", "dense", "add"], int(rng.integers(2, 7))):
        row = []
        for place in range(int(rng.integers(1, 4))):
            cycles = float(rng.integers(1_000, 9_000) // (place + 1))
            constants, scratch = int(rng.integers(50, 900)) * (place + 1), int(rng.integers(0, 4)) * 150
            row.append(option(f"w{place}", cycles, constants, f"{operator}{'abx'[place]}", scratch))
        rows.append(row)
    return rows


def cycles_of(choice: Sequence[Option]) -> float:
    return sum(option.cycles for option in choice)


def figures(choice: Sequence[Option], memory: FakeMemory) -> tuple[float, int, int]:
    return cycles_of(choice), flash_bytes(choice, code_bytes), memory.arena_bytes(choice)


@pytest.mark.parametrize("seed", range(60))
def test_each_goal_gets_the_least_of_all_choices(seed: int) -> None:
    rows, memory = random_rows(seed), FakeMemory()
    everything = [figures(choice, memory) for choice in product(*rows)]
    found = {
        goal: figures(choose(rows, Target(goal=goal), code_bytes, memory), memory)
        for goal in ("latency", "balanced", "flash", "ram")
    }
    fewest_cycles = min(cycles for cycles, _, _ in everything)
    assert found["latency"][0] == found["balanced"][0] == fewest_cycles
    assert found["flash"][1] == min(flash for _, flash, _ in everything)
    smallest = min(arena for _, _, arena in everything)
    assert found["ram"][2] == smallest
    assert found["ram"][0] == min(cycles for cycles, _, arena in everything if arena == smallest)


@pytest.mark.parametrize("goal", ["balanced", "flash", "ram"])
def test_no_limit_is_broken_that_some_choice_keeps(goal: str) -> None:
    tight = 0
    slowness = []
    for seed in range(150):
        rows, memory = random_rows(seed), FakeMemory()
        everything = [figures(choice, memory) for choice in product(*rows)]
        rng = np.random.default_rng(seed)
        flash = int(np.quantile([flash for _, flash, _ in everything], rng.uniform(0, 0.7)))
        ram = int(np.quantile([arena for _, _, arena in everything], rng.uniform(0, 0.7)))
        kept = [cycles for cycles, f, a in everything if f <= flash and a <= ram]
        if not kept:
            continue
        target = Target(goal=goal, flash_bytes=flash, ram_bytes=ram)
        cycles, flash_found, ram_found = figures(choose(rows, target, code_bytes, memory), memory)
        assert flash_found <= flash and ram_found <= ram
        tight += cycles_of([min(row, key=Option.speed) for row in rows]) < min(kept)
        slowness.append(cycles / min(kept))
    assert tight > 50, "the limits must bind"
    if goal == "balanced":
        assert np.mean(slowness) < 1.0005 and max(slowness) < 1.05


@pytest.mark.parametrize("seed", range(40))
def test_gaps_in_the_arena_give_up_speed_until_it_fits(seed: int) -> None:
    rows, memory = random_rows(seed), FakeMemory(waste_bytes=200)
    least = min(memory.arena_bytes(choice) for choice in product(*rows))
    assert memory.arena_bytes(choose(rows, Target(goal="ram"), code_bytes, memory)) == least
    target = Target(ram_bytes=least + 100)
    assert memory.arena_bytes(choose(rows, target, code_bytes, memory)) <= least + 100


def test_a_kernel_is_paid_for_once() -> None:
    """Three layers save no more than the code takes; four do."""
    sizes = {"slow": 300, "faster": 700}
    row = [option("plain", 5_000, 500, "slow"), option("fast", 1_000, 300, "faster")]
    stuck = [option("plain", 5_000, 0, "slow")]

    def names(layers: int) -> list[str]:
        chosen = choose(
            [*[row] * layers, stuck], Target(goal="flash"), lambda k: sum(sizes[n] for n in k), FakeMemory()
        )
        return [option.way.name for option in chosen]

    assert names(3) == ["plain"] * 4
    assert names(4) == ["fast"] * 4 + ["plain"]


def test_the_layer_gives_up_where_the_least_is_lost_for_a_byte() -> None:
    cheap = [option("plain", 2_000, 100, "a"), option("fast", 1_000, 900, "b")]
    dear = [option("plain", 9_000, 100, "a"), option("fast", 1_000, 900, "b")]
    chosen = choose([cheap, dear, dear], Target(flash_bytes=2_000), lambda kernels: 0, FakeMemory())
    assert [option.way.name for option in chosen] == ["plain", "fast", "fast"]


def test_what_nothing_keeps_gets_as_near_as_it_can() -> None:
    rows, memory = random_rows(7), FakeMemory()
    everything = [figures(choice, memory) for choice in product(*rows)]
    target = Target(flash_bytes=0, ram_bytes=0)
    _, flash, arena = figures(choose(rows, target, code_bytes, memory), memory)
    assert arena == min(arena for _, _, arena in everything)
    assert flash == min(flash for _, flash, a in everything if a == arena)


def test_many_kernels_do_not_take_for_ever() -> None:
    """Forty kernels have a million million sets; a few are tried."""
    rows = [[option("plain", 900, 100, f"p{i}"), option("fast", 100 + i, 400, f"f{i}")] for i in range(20)]
    least = flash_bytes([row[0] for row in rows], code_bytes)
    chosen: Choice = choose(rows, Target(flash_bytes=least + 500), code_bytes, FakeMemory())
    assert flash_bytes(chosen, code_bytes) <= least + 500


@pytest.mark.parametrize(
    "core", ["cortex-m0plus", "cortex-m3", "cortex-m4f", "cortex-m7f", "cortex-m33f", "cortex-m55"]
)
@pytest.mark.parametrize("name", NETWORKS)
def test_every_core_has_a_plan_for_every_goal(name: str, core: str) -> None:
    """Cores whose kernels nobody has measured too: they go by another core's costs."""
    graph = optimize(load_bytes(NETWORKS[name](), name))
    made = {goal: plan(graph, Target(core, goal)) for goal in ("latency", "balanced", "flash", "ram")}
    assert made["ram"].arena_bytes == min(other.arena_bytes for other in made.values())


def test_a_way_that_nobody_measured_is_not_taken_for_its_speed() -> None:
    graph = optimize(load_bytes(NETWORKS["residual"](), "residual"))
    node = next(node for node in graph.nodes if node.op.name == "conv2d")
    table = CostTable("made-up", {}, {})
    offered = offers(node.op, graph.io(node), Target())
    assert len(offered.ways) > 1
    plain, *others = options(node.op, graph.io(node), offered, table)
    assert all(plain.cycles < other.cycles and not other.is_measured for other in others)
    assert code_bytes_of(plain.kernels, table) > 0
