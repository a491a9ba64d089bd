"""A deployment and its budget: what is judged by what, with which label."""

from dataclasses import replace

import pytest
from support.budgets import image_graph
from support.results import DEPLOYMENT

from edgeopt.board import load_board
from edgeopt.budget import Budget
from edgeopt.energy import Quantity, unknown
from edgeopt.energy.use import parse_use
from edgeopt.report.budgeting import budgeted_deployment
from edgeopt.report.proof import Accuracy
from edgeopt.report.results import Deployment

GRAPH, BOARD = image_graph(12), load_board("nucleo-l4r5zi")
LABELLED = Accuracy("top-1", 1000, 0.99, 0.98, 0.973, intervals={"device": (0.96, 0.98)})


def judged(limits: dict[str, float], deployment: Deployment = DEPLOYMENT, **use: object) -> Deployment:
    budget = Budget(limits, parse_use({"every_s": 10.0, **use}) if use else None)
    return budgeted_deployment(deployment, budget, GRAPH, BOARD)


def test_sizes_are_those_of_the_linked_firmware() -> None:
    found = judged({"flash_bytes": 27_411, "ram_bytes": 10_032})
    (flash,) = found.broken_limits
    assert (flash.name, flash.actual, flash.excess, flash.source) == ("flash_bytes", 27_412, 1, "the linked firmware")
    assert flash.kind == found.limits[1].actual.kind == "exact"
    assert [one.state for one in found.limits] == ["broken", "kept"]


@pytest.mark.parametrize("kind", ["simulated", "measured"])
def test_a_target_that_counts_nothing_is_labelled_by_its_time(kind: str) -> None:
    silent = replace(
        DEPLOYMENT,
        instructions=unknown("the device does not count"),
        cycles=unknown("the device does not count"),
        latency_ms=Quantity(2.0, kind, "a timer"),
        accuracy=LABELLED,
    )
    found = judged({"flash_bytes": 1, "latency_ms": 1.0, "accuracy": 0.99}, silent)
    assert [breach.kind for breach in found.broken_limits] == ["exact", kind, kind]


def test_a_target_without_any_figure_has_no_latency() -> None:
    nothing = unknown("QEMU's time is not silicon's")
    silent = replace(DEPLOYMENT, instructions=nothing, cycles=nothing, latency_ms=nothing, energy_uj=nothing)
    found = judged({"flash_bytes": 30_000, "latency_ms": 1.0, "battery_days": 1.0}, silent, cell="2xAA")
    assert [breach.name for breach in found.broken_limits] == ["latency_ms", "battery_days"]
    assert all(breach.actual is None for breach in found.broken_limits)


@pytest.mark.parametrize(
    ("accuracy", "limit", "state"),
    [
        (LABELLED, 0.95, "kept"),
        (LABELLED, 0.97, "kept, but not over the whole spread"),
        (LABELLED, 0.975, "broken"),
        (replace(LABELLED, metric="agreement"), 0.1, "broken"),
        (replace(LABELLED, device=None), 0.1, "broken"),
        (None, 0.1, "broken"),
    ],
)
def test_accuracy_is_top_1_of_the_device(accuracy: Accuracy | None, limit: float, state: str) -> None:
    found = judged({"accuracy": limit}, replace(DEPLOYMENT, accuracy=accuracy))
    assert [one.state for one in found.limits] == [state]


def test_the_accuracy_is_that_of_the_same_network_and_open_for_another() -> None:
    limits = {"latency_ms": 2.0, "energy_uj": 100.0, "accuracy": 0.9}
    found = judged(limits, replace(DEPLOYMENT, accuracy=LABELLED))
    assert [breach.name for breach in found.broken_limits] == ["latency_ms", "energy_uj"]
    remedies = [remedy for breach in found.broken_limits for remedy in breach.remedies]
    assert {"board", "smaller input"} <= {remedy.name for remedy in remedies}
    assert not any("accuracy" in remedy.also_breaks for remedy in remedies)
    lost = judged(limits, replace(DEPLOYMENT, accuracy=replace(LABELLED, device=0.8, intervals={})))
    boards = [remedy for breach in lost.broken_limits for remedy in breach.remedies if remedy.name == "board"]
    assert boards and all(remedy.note.startswith("no board keeps every limit") for remedy in boards)


def test_days_are_there_with_a_cell_only() -> None:
    with_cell, without = judged({}, cell="2xAA"), judged({}, sensor_uj=10.0)
    assert with_cell.battery_days is not None and with_cell.battery_days.value is not None
    assert without.battery_days is None and without.average_mw is not None
    assert with_cell.duty_cycle is not None and with_cell.duty_cycle.every_s == 10.0
    none = judged({})
    assert (none.duty_cycle, none.average_mw, none.warnings) == (None, None, DEPLOYMENT.warnings)
