"""Instructions and taken branches of the virtual board equal what QEMU executes for the same ELF."""

from collections import Counter
from pathlib import Path

import pytest
from support.arm_programs import SOURCES, compile_arm, counted_board, qemu_count

from edgeopt.board import Board
from edgeopt.simulate import VirtualBoard

CORES = ["cortex-m0plus", "cortex-m3", "cortex-m4f", "cortex-m7f", "cortex-m33f"]
MARKS = ("eo_mark_begin", "eo_mark_layer", "eo_mark_end")


def run_to_end(elf: Path, board: Board) -> tuple[VirtualBoard, bytes]:
    virtual, output = VirtualBoard(elf, board), b""
    while not virtual.has_ended:
        output += virtual.read(1.0)
    return virtual, output


@pytest.mark.parametrize("optimization", ["-O0", "-O2", "-O3", "-Os"])
@pytest.mark.parametrize("core", CORES)
def test_mixed_work(core: str, optimization: str, tmp_path: Path) -> None:
    board, machine = counted_board(core)
    elf = compile_arm(SOURCES / "mixed_work.c", board, tmp_path / "mixed.elf", optimization, "-fno-inline-functions")
    expected = qemu_count(elf, machine, tmp_path)
    virtual, output = run_to_end(elf, board)
    assert (output, virtual.exit_code) == (expected.output, expected.exit_code) == (b"05a8c7d6\n", 7)

    total = virtual.profile().total
    assert (total.instructions, total.taken_branches) == (expected.instructions, expected.taken_branches)

    by_function: Counter[str] = Counter()
    for address, size, executions, _ in expected.blocks:
        by_function[virtual.image.function_at(address)] += size * executions
    functions = {name: counts.instructions for name, counts in virtual.profile().functions.items()}
    assert functions == {name: count for name, count in by_function.items() if count}
