"""The phrase that says why a layer has its way, and why not a faster one; and what a faster goal would take."""

from dataclasses import replace

import pytest
from support.small import small_classifier

from edgeopt import plan as planning
from edgeopt.board import load_board
from edgeopt.ir import CCall, Target
from edgeopt.load import load_bytes
from edgeopt.ops.ways import Way
from edgeopt.plan import Option, Plan, target_of
from edgeopt.report.analysis import faster_than
from edgeopt.report.layers import layer_rows
from edgeopt.report.why import why

BOARD = load_board("nucleo-l4r5zi")


def option(name: str, cycles: float, constants: int, scratch: int = 0, is_measured: bool = True) -> Option:
    way = Way(name, (CCall("eo_dense_s8", {}, scratch_bytes=scratch, why=f"as {name}"),))
    return Option(way, cycles, is_measured, constants, frozenset({"eo_dense_s8"}))


@pytest.fixture(scope="module")
def small() -> Plan:
    return planning.plan(load_bytes(small_classifier(), "small"), Target())


def reason(plan: Plan, options: tuple[Option, ...], refused: dict[str, str] | None = None, taken: int = 0) -> str:
    step = replace(plan.steps[2], way=options[taken].way, options=options, refused=refused or {})
    return why(replace(plan, steps=(*plan.steps[:2], step, plan.steps[3])), step)


def test_the_fastest_way_says_only_its_own_reason(small: Plan) -> None:
    assert reason(small, (option("plain", 900.0, 10), option("quick", 400.0, 50)), taken=1) == "as quick"


def test_a_faster_way_is_named_with_what_it_saves_and_needs(small: Plan) -> None:
    options = (
        option("plain", 900_000.0, 10),
        option("quick", 400_000.0, 12_010),
        option("quicker", 300_000.0, 10, 512),
    )
    assert reason(small, options) == "as plain; `quicker` takes 600 k cycles less, but 512 B more scratch"
    assert reason(small, options[:2]) == "as plain; `quick` takes 500 k cycles less, but 12,000 B more flash"


def test_what_nobody_measured_is_said(small: Plan) -> None:
    options = (option("plain", 900.0, 10), option("new", 8_100.0, 50, is_measured=False))
    assert reason(small, options) == "as plain; `new` was not measured on cortex-m4f"


def test_ways_that_there_are_not_are_listed_by_reason(small: Plan) -> None:
    refused = {"a": "stride 1 only", "c": "turned off", "b": "stride 1 only"}
    assert reason(small, (option("plain", 900.0, 10),), refused) == (
        "as plain; no `a`, `b`: stride 1 only; no `c`: turned off"
    )


def test_rows_name_the_way(small: Plan) -> None:
    rows = layer_rows(small, [None] * 4)
    assert [row.way for row in rows] == [step.way.name for step in small.steps]


def test_what_a_faster_goal_takes() -> None:
    graph = load_bytes(small_classifier(), "small")
    slow, fast = (planning.plan(graph, target_of(BOARD, goal)) for goal in ("flash", "latency"))
    found = faster_than(slow, fast, BOARD, 5_000)
    assert found is not None and found.goal == "latency" and found.ram_bytes == fast.arena_bytes
    assert found.flash_bytes is not None and found.flash_bytes > 5_000 and not found.missing
    assert faster_than(fast, fast, BOARD, 5_000) is None
    tiny = replace(BOARD, flash=replace(BOARD.flash, size_bytes=4_096))
    lacking = faster_than(slow, fast, tiny, 5_000)
    assert lacking is not None and lacking.missing == "904 B of flash"
