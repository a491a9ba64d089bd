"""The shipped boards are sound, and found by name or path."""

from dataclasses import fields, replace
from pathlib import Path
from typing import get_args

import pytest

from edgeopt.board import Board, Core, Figure, board_names, load_board
from edgeopt.errors import BoardError
from edgeopt.firmware import CORES
from edgeopt.resources import boards_dir, firmware_templates_dir

EXPECTED = (
    "apollo4-plus-evb",
    "arduino-nano-33-ble-sense",
    "efr32xg24-dk2601b",
    "esp32-c3-devkitm-1",
    "esp32-devkit",
    "esp32-s3-devkitc-1",
    "microbit",
    "microbit-v2",
    "mps2-an385",
    "mps2-an386",
    "mps2-an500",
    "mps2-an505",
    "mps3-an547",
    "netduinoplus2",
    "nrf52840-dk",
    "nrf5340-dk",
    "nucleo-f446re",
    "nucleo-g071rb",
    "nucleo-h743zi",
    "nucleo-l4r5zi",
    "nucleo-u575zi-q",
    "raspberry-pi-pico",
    "raspberry-pi-pico-2",
    "sparkfun-edge",
    "stm32f746g-disco",
    "teensy-4-1",
)


def figures_of(board: Board) -> list[Figure]:
    power = [getattr(board.power, field.name) for field in fields(board.power) if field.name != "regulator"]
    return power + [setting.active_ma for setting in board.clock_settings]


def test_the_boards_are_there() -> None:
    assert board_names() == EXPECTED


@pytest.mark.parametrize("name", EXPECTED)
def test_a_shipped_board_has_its_files_and_sources(name: str) -> None:
    board = load_board(name)
    assert board.name == name
    assert board.core in CORES
    if board.platform == "none":
        assert not CORES[board.core].has_compiler
        assert (board.console.kind, board.timer.kind, board.mcu_setup) == ("none", "none", "none")
    else:
        platform = firmware_templates_dir() / board.platform
        assert (platform / f"console_{board.console.kind}.c").is_file()
        assert (platform / f"timer_{board.timer.kind}.c").is_file()
        assert (platform / f"mcu_{board.mcu_setup}.c").is_file()
    for figure in figures_of(board):
        assert (figure.value is None) == (figure.kind == "unknown")
        assert figure.source
    assert board.flash.source
    assert board.ram.source
    assert (board.qemu is not None) == (name.startswith("mps") or name in ("microbit", "netduinoplus2"))
    if board.timer.kind == "dwt":
        assert board.timer.hz == board.clock_hz


def test_every_core_has_flags() -> None:
    assert set(CORES) == set(get_args(Core))


def test_the_default_board_is_as_its_file_says() -> None:
    board = load_board("nucleo-l4r5zi")
    assert (board.core, board.clock_hz) == ("cortex-m4f", 120_000_000)
    assert (board.flash.origin, board.flash.size_bytes) == (0x0800_0000, 2 << 20)
    assert (board.ram.origin, board.ram.usable_bytes) == (0x2000_0000, 640 * 1024 - 8192)
    active = board.power.active_ma
    assert (active.low, active.value, active.high, active.kind) == (19.4, 24.6, 27.1, "measured")
    assert [setting.hz for setting in board.clock_settings] == [80_000_000, 70_000_000, 26_000_000]
    assert (board.console.kind, board.console.base) == ("stm32_usart_v2", 0x4000_8000)


def test_code_starts_behind_the_boot_stage() -> None:
    assert load_board("raspberry-pi-pico").code_origin == 0x1000_0100


def test_an_emulator_has_no_power() -> None:
    board = load_board("mps2-an386")
    assert board.power.active_ma == Figure(None, "unknown", "an emulator draws no current")


def test_a_path_is_loaded_like_a_name(tmp_path: Path) -> None:
    text = (boards_dir() / "nucleo-f446re.toml").read_text()
    mine = tmp_path / "mine.toml"
    mine.write_text(text.replace('name = "nucleo-f446re"', 'name = "mine"'))
    assert load_board(str(mine)) == replace(load_board("nucleo-f446re"), name="mine")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("nucleo-l4r5zl", "did you mean `nucleo-l4r5zi`?"),
        ("NUCLEO_L4R5ZI", "did you mean `nucleo-l4r5zi`?"),
        ("nano-33", "did you mean `arduino-nano-33-ble-sense`?"),
        ("esp32", "did you mean `esp32-c3-devkitm-1`, or `esp32-devkit`, or `esp32-s3-devkitc-1`?"),
        ("toaster", "`edgeopt boards` lists them; or give the path of a .toml file"),
        ("", "`edgeopt boards` lists them; or give the path of a .toml file"),
    ],
)
def test_near_names_are_suggested(text: str, hint: str) -> None:
    with pytest.raises(BoardError) as caught:
        load_board(text)
    assert caught.value.message == f"no board is called `{text}`"
    assert caught.value.hint == hint


def test_a_board_name_is_not_a_way_out_of_the_folder() -> None:
    with pytest.raises(BoardError, match="no board is called"):
        load_board("../boards/nucleo-l4r5zi")
