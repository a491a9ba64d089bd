"""How long a stamp's pulse is: at least what was asked for, at each board's clock, and not many times that."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from support.arm_programs import need
from support.stm32_boards import FIRMWARE_TESTS

from edgeopt.board import Board, board_names, load_board
from edgeopt.firmware import build
from edgeopt.simulate import VirtualBoard

pytest.importorskip("unicorn", reason="pip install unicorn")

Write = Callable[[Board, Path], Path]
_NOT_SIMULATED = "cortex-m55"
PINNED = [name for name in board_names() if (board := load_board(name)).pin and board.core != _NOT_SIMULATED]


@pytest.mark.parametrize("us", [1, 100])
@pytest.mark.parametrize("name", PINNED)
def test_a_pulse_is_as_long_as_it_must_be(name: str, us: int, write_project: Write, tmp_path: Path) -> None:
    need("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    board = load_board(name)
    folder = write_project(board, tmp_path / "project")
    shutil.copy(FIRMWARE_TESTS / "stm32_main.c", folder / "main.c")
    config = (folder / "eo_config.h").read_text()
    assert "#define EO_PULSE_US 1u" in config
    (folder / "eo_config.h").write_text(config.replace("EO_PULSE_US 1u", f"EO_PULSE_US {us}u"))
    link = VirtualBoard(build(folder, board, "gcc").elf, board)
    assert link.read(1.0).startswith(b"hz ")
    link.activity()
    link.write(b"pA")
    assert link.read(1.0) == b"A\n"
    changes = link.activity().changes
    (fell,) = (one.ticks for one in changes if one.pin_low)
    rose = next(one.ticks for one in changes if one.ticks > fell and not one.pin_low)
    took_us = 1e6 * (rose - fell) / board.clock_hz
    assert us <= took_us < 4 * us + 10
    print(f"{took_us:.1f} us")
