"""What a board leaves for a network, and what is said where that is too little."""

from dataclasses import replace

import pytest
from support.small import small_classifier

from edgeopt.board import Board, load_board
from edgeopt.errors import DoesNotFit
from edgeopt.load import load_bytes
from edgeopt.plan import check_fits, plan, target_of
from edgeopt.plan.fits import RUNTIME_FLASH_BYTES

BOARD = load_board("nucleo-l4r5zi")
GRAPH = load_bytes(small_classifier(), "small")


def board(flash_bytes: int, ram_bytes: int) -> Board:
    """BOARD with so much of each that is not reserved."""
    ram = replace(BOARD.ram, size_bytes=ram_bytes + BOARD.ram.reserve_bytes)
    return replace(BOARD, flash=replace(BOARD.flash, size_bytes=flash_bytes), ram=ram)


def test_the_target_is_what_the_board_leaves() -> None:
    target = target_of(board(20_000, 3_000), "flash", without={"lanes"})
    assert (target.core, target.goal, target.without) == ("cortex-m4f", "flash", frozenset({"lanes"}))
    assert (target.flash_bytes, target.ram_bytes) == (20_000 - RUNTIME_FLASH_BYTES, 3_000)
    assert target_of(board(1_024, 3_000), "flash").flash_bytes == 0


def test_what_fits_is_silent() -> None:
    made = plan(GRAPH, target_of(BOARD, "balanced"))
    check_fits(made, BOARD, 1_000)


def test_what_lacks_is_named_with_the_layer_and_the_way_out() -> None:
    made = plan(GRAPH, target_of(BOARD, "latency"))
    with pytest.raises(DoesNotFit) as caught:
        check_fits(made, board(80_000, 8), 100_000)
    assert f"the activations need {made.arena_bytes:,} B of RAM, nucleo-l4r5zi leaves 8 B" in caught.value.message
    assert f"the peak is at layer `{made.peak.node.name}`" in caught.value.message
    assert "the weights need 100,000 B of flash, nucleo-l4r5zi has 80,000 B" in caught.value.message
    assert caught.value.hint == (
        "shrink the network, try --goal balanced, or take a board with "
        f"{made.arena_bytes - 8:,} B of RAM and 20,000 B of flash more: `edgeopt analyze --all-boards` tells which"
    )


def test_kernels_count_where_the_weights_alone_fit() -> None:
    made = plan(GRAPH, target_of(BOARD, "balanced"))
    with pytest.raises(DoesNotFit, match="the weights and kernels need") as caught:
        check_fits(made, board(10_000, 10_000), 9_900)
    assert caught.value.hint is not None and "--goal" not in caught.value.hint
