"""The memory map of an analysis: what the plan placed, by layer."""

from itertools import combinations
from pathlib import Path

import pytest
from support.random_networks import random_network

from edgeopt.ir import Target
from edgeopt.pipeline import open_model
from edgeopt.plan import Plan, plan
from edgeopt.plan.buffers import aligned
from edgeopt.report.arena import arena_slots
from edgeopt.report.results import ArenaSlot


def planned(tmp_path: Path, model: bytes, goal: str) -> Plan:
    (tmp_path / "model.tflite").write_bytes(model)
    return plan(open_model(tmp_path / "model.tflite").graph, Target(goal=goal))


def live_together(one: ArenaSlot, other: ArenaSlot) -> bool:
    return one.first_layer <= other.last_layer and other.first_layer <= one.last_layer


def touch(one: ArenaSlot, other: ArenaSlot) -> bool:
    below, above = sorted((one, other), key=lambda slot: slot.offset_bytes)
    return above.offset_bytes < below.offset_bytes + below.size_bytes


def assert_is_the_plan(found: Plan) -> None:
    slots = arena_slots(found)
    assert {(name, slot.offset_bytes) for slot in slots for name in slot.names} >= {
        (name, found.offsets[name]) for name in found.graph.inputs
    }
    assert max(aligned(slot.offset_bytes + slot.size_bytes) for slot in slots) == found.arena_bytes
    grows = {buffer.names: buffer.grows.into for buffer, _ in found.spots if buffer.grows is not None}
    for one, other in combinations(slots, 2):
        if live_together(one, other) and touch(one, other):
            assert grows.get(one.names) in other.names or grows.get(other.names) in one.names
    for index, step in enumerate(found.steps):
        live = sum(aligned(slot.size_bytes) for slot in slots if slot.first_layer <= index <= slot.last_layer)
        assert live >= step.live_bytes
        if not grows:
            assert live == step.live_bytes or index == len(found.steps) - 1  # the last: what outlives it counts too


@pytest.mark.parametrize("goal", ["balanced", "latency", "flash", "ram"])
@pytest.mark.parametrize("seed", range(4))
def test_the_map_is_what_was_planned(seed: int, goal: str, tmp_path: Path) -> None:
    assert_is_the_plan(planned(tmp_path, random_network(seed), goal))


def test_what_memory_is_for(tmp_path: Path, small_model: bytes) -> None:
    found = planned(tmp_path, small_model, "latency")
    slots = arena_slots(found)
    kinds = {name: slot.what for slot in slots for name in slot.names}
    assert {kinds[name] for name in found.graph.inputs} == {"input"}
    assert kinds[found.graph.outputs[0]] in ("output", "input")
    assert set(kinds.values()) <= {"input", "activation", "scratch", "output", "state"}
    assert not any(":" in slot.names[0] for slot in slots if slot.what == "scratch"), "the prefix is the planner's"
