"""Several networks on one board: one arena, flash divided among them, and what does not fit is told in bytes."""

from dataclasses import replace
from pathlib import Path

import pytest
from support.networks import NETWORKS
from support.small import small_classifier
from support.streaming import window

from edgeopt.board import Board, load_board
from edgeopt.costs import goal_table
from edgeopt.emit.model_source import constant_bytes
from edgeopt.errors import DoesNotFit
from edgeopt.ir import Graph
from edgeopt.load import load_bytes
from edgeopt.optimize import optimize
from edgeopt.plan import Plan, check_fit_together, kernels_of, plan, plan_several, ram_bytes_of, target_of
from edgeopt.plan.fits import RUNTIME_FLASH_BYTES

BOARD = load_board("nucleo-l4r5zi")
GOALS = ("latency", "flash", "ram", "balanced")


def graph(model: bytes) -> Graph:
    return optimize(load_bytes(model, "net"))


def board_with(flash_bytes: int = 1_000_000, ram_bytes: int = 100_000) -> Board:
    """A board of which so much is left for networks."""
    flash = replace(BOARD.flash, size_bytes=flash_bytes + BOARD.flash.reserve_bytes)
    ram = replace(BOARD.ram, size_bytes=ram_bytes + BOARD.ram.reserve_bytes)
    return replace(BOARD, flash=flash, ram=ram)


SMALL = graph(small_classifier())
MANY = [graph(make()) for make in NETWORKS.values()]


def check(plans: tuple[Plan, ...], board: Board) -> None:
    names = {f"net{index}": made for index, made in enumerate(plans)}
    check_fit_together(names, board, {name: constant_bytes(made) for name, made in names.items()})


@pytest.mark.parametrize("goal", GOALS)
def test_with_room_each_is_planned_as_alone(goal: str) -> None:
    together = plan_several([SMALL, *MANY], BOARD, goal)
    for made, alone in zip(together, [SMALL, *MANY], strict=True):
        wanted = plan(alone, target_of(BOARD, goal))
        assert [step.way.name for step in made.steps] == [step.way.name for step in wanted.steps]
        assert made.offsets == wanted.offsets


def test_the_arena_is_the_largest_one_and_not_the_sum() -> None:
    plans = plan_several([SMALL, *MANY], BOARD, "balanced")
    assert ram_bytes_of(plans) == {"arena": max(made.arena_bytes for made in plans), "static": 0}
    most = max(made.arena_bytes for made in plans)
    check(plans, board_with(ram_bytes=most))


def test_what_networks_remember_is_kept_beside_the_arena() -> None:
    """12 bytes each, and the word that counts the inferences."""
    streams = [graph(window()), graph(window(past=5, channels=1))]
    assert ram_bytes_of(plan_several([SMALL, *streams], BOARD, "balanced"))["static"] == (12 + 4) + (8 + 4)
    assert ram_bytes_of(plan_several(streams[:1], BOARD, "balanced"))["static"] == 0, "one has the arena for itself"


def flash_of(plans: tuple[Plan, ...]) -> int:
    """As it is judged: constants exact, each kernel once."""
    kernels = goal_table(BOARD.core, "balanced").code_bytes(kernels_of(plans))
    return kernels + sum(constant_bytes(made) for made in plans)


def test_flash_is_divided_and_the_first_get_more() -> None:
    """From the least that the networks take together to the most: the plans stay within, and get faster."""
    graphs = [SMALL, SMALL, *MANY[:2]]
    most = sum(made.flash_bytes for made in plan_several(graphs, BOARD, "latency"))
    least = sum(made.flash_bytes for made in plan_several(graphs, BOARD, "flash"))
    assert least < most
    cycles: list[float] = []
    for room in range(least, most + 1, max(1, (most - least) // 6)):
        plans = plan_several(graphs, board_with(room + RUNTIME_FLASH_BYTES), "balanced")
        assert sum(made.flash_bytes for made in plans) <= room or flash_of(plans) <= room
        assert plans[0].cycles <= plans[1].cycles, "the same network: the first is served first"
        cycles.append(sum(made.cycles for made in plans))
    assert cycles == sorted(cycles, reverse=True) and cycles[0] > cycles[-1], "more flash, fewer cycles"


def test_too_large_together_names_the_bytes() -> None:
    plans = plan_several([SMALL, MANY[0]], BOARD, "balanced")
    needed, most = flash_of(plans), max(made.arena_bytes for made in plans)
    check(plans, board_with(needed, most))
    with pytest.raises(DoesNotFit) as flash:
        check(plans, board_with(needed - 1, most))
    weights = [f"`net{index}` {constant_bytes(made):,} B" for index, made in enumerate(plans)]
    assert f"need {needed:,} B of flash" in flash.value.message
    assert all(text in flash.value.message for text in weights)
    assert "1 B of flash more" in flash.value.hint and flash.value.exit_code == 4
    with pytest.raises(DoesNotFit) as ram:
        check(plans, board_with(needed, most - 8))
    assert f"need {most:,} B of RAM" in ram.value.message and f"leaves {most - 8:,} B" in ram.value.message
    assert "8 B of RAM more" in ram.value.hint


def test_what_is_remembered_counts_too() -> None:
    plans = plan_several([SMALL, graph(window())], BOARD, "balanced")
    with pytest.raises(DoesNotFit, match="what the networks remember 16 B"):
        check(plans, board_with(ram_bytes=plans[0].arena_bytes + 12))
    check(plans, board_with(ram_bytes=plans[0].arena_bytes + 16))


def test_balanced_stays_within_the_ram_that_the_kept_state_leaves(shared_models: Path) -> None:
    """A network that is planned by rows where RAM lacks: 16 bytes of another's state may not push it over."""
    large = graph((shared_models / "kws_dscnn_int8.tflite").read_bytes())
    fastest, smallest = (plan(large, target_of(BOARD, goal)).arena_bytes for goal in ("latency", "ram"))
    assert smallest < fastest
    board = board_with(ram_bytes=fastest + 8)
    check(plan_several([large], board, "balanced"), board)
    plans = plan_several([large, graph(window())], board, "balanced")
    assert plans[0].arena_bytes < fastest
    check(plans, board)
