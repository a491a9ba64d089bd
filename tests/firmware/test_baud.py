"""The console's speed: what each board's UART is set to, run on the virtual board, and which rates are refused."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from support.arm_programs import need
from support.stm32_boards import BOARDS as STM32
from support.stm32_boards import FIRMWARE_TESTS, baud, start
from support.stm32_clocks import DECODERS

from edgeopt.board import Board, board_names, load_board
from edgeopt.errors import UsageError
from edgeopt.firmware import build, with_baud, with_console
from edgeopt.firmware.baud import MOST_ERROR, actual_baud

pytest.importorskip("unicorn", reason="pip install unicorn")

Write = Callable[[Board, Path], Path]
RATES = (9_600, 115_200, 230_400, 921_600)
UARTS = [name for name in board_names() if load_board(name).console.base]


def console_registers(board: Board, write_project: Write, folder: Path) -> dict[int, int]:
    """All registers that the firmware has set on its way to the first line."""
    need("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    write_project(board, folder)
    shutil.copy(FIRMWARE_TESTS / "stm32_main.c", folder / "main.c")
    return start(build(folder, board, "gcc").elf, board).state  # type: ignore[return-value]


def possible(name: str) -> list[int]:
    board = load_board(name)
    return [rate for rate in RATES if abs(float(actual_baud(board, rate)) / rate - 1) <= MOST_ERROR]


@pytest.mark.parametrize("name", STM32)
@pytest.mark.parametrize("end", [0, -1], ids=["slowest", "fastest"])
def test_an_stm32_divides_as_is_said(name: str, end: int, write_project: Write, tmp_path: Path) -> None:
    board = with_baud(load_board(name), possible(name)[end])
    state = console_registers(board, write_project, tmp_path / "project")
    assert baud(board, DECODERS[name](state), state) == pytest.approx(float(actual_baud(board, board.console.baud)))


@pytest.mark.parametrize("rate", [9_600, 921_600])
def test_a_pl011_divides_as_is_said(rate: int, write_project: Write, tmp_path: Path) -> None:
    board = with_baud(load_board("raspberry-pi-pico"), rate)
    state, base = console_registers(board, write_project, tmp_path / "project"), board.console.base
    divider = state[base + 0x24] + state[base + 0x28] / 64
    assert board.clock_hz / (16 * divider) == pytest.approx(float(actual_baud(board, rate)))


@pytest.mark.parametrize("rate", [9_600, 921_600])
@pytest.mark.parametrize("name", ["mps2-an386", "mps2-an505"])
def test_a_cmsdk_uart_divides_as_is_said(name: str, rate: int, write_project: Write, tmp_path: Path) -> None:
    board = with_baud(load_board(name), rate)
    state = console_registers(board, write_project, tmp_path / "project")
    divider = state[board.console.base + 0x10]
    assert divider >= 16 and board.clock_hz / divider == pytest.approx(float(actual_baud(board, rate)))


@pytest.mark.parametrize("rate", [9_600, 230_400])
@pytest.mark.parametrize("name", ["microbit", "nrf52840-dk"])
def test_an_nrf_is_set_to_the_rate(name: str, rate: int, write_project: Write, tmp_path: Path) -> None:
    board = with_baud(load_board(name), rate)
    state = console_registers(board, write_project, tmp_path / "project")
    increment = state[board.console.base + 0x524]
    assert (increment >> 12) * 16e6 / 2**20 == pytest.approx(rate, rel=0.002)


# "actual rate" in the makers' headers, nrf51_bitfields.h and nrf52840_bitfields.h
MAKERS = {
    "microbit": {115_200: 115_942, 460_800: 470_588, 921_600: 941_176},
    "nrf52840-dk": {115_200: 115_108, 230_400: 231_884, 460_800: 457_143, 921_600: 941_176},
}


@pytest.mark.parametrize("name", MAKERS)
def test_an_nrf_makes_what_its_maker_says(name: str) -> None:
    for rate, actual in MAKERS[name].items():
        assert float(actual_baud(load_board(name), rate)) == pytest.approx(actual, abs=1)


@pytest.mark.parametrize("name", UARTS)
def test_every_board_makes_the_rates_of_its_file_and_of_energy_mode(name: str) -> None:
    board = load_board(name)
    assert with_baud(board, board.console.baud) == board
    slow = with_baud(board, 9_600)
    assert slow.console.baud == 9_600 and slow.name == name


def test_which_boards_make_921600() -> None:
    cannot = {name for name in UARTS if 921_600 not in possible(name)}
    clocked_by_16_mhz = {name for name in UARTS if load_board(name).mcu_setup in ("nrf51", "nrf52", "stm32u575")}
    assert cannot == clocked_by_16_mhz


def test_a_rate_that_no_divider_gives_is_refused_with_its_error() -> None:
    with pytest.raises(UsageError) as caught:
        with_baud(load_board("nucleo-u575zi-q"), 921_600)
    assert caught.value.message == "the clock of nucleo-u575zi-q makes 941,176 of 921,600 baud, +2.1%"
    assert caught.value.exit_code == 2 and "115200" in caught.value.hint


@pytest.mark.parametrize("rate", [0, -9_600, 9_599, 921_601, 10**12])
def test_a_rate_outside_of_what_is_offered(rate: int) -> None:
    with pytest.raises(UsageError, match="a console at") as caught:
        with_baud(load_board("nucleo-l4r5zi"), rate)
    assert "9,600 to 921,600" in caught.value.hint


@pytest.mark.parametrize("kind", ["rtt", "semihosting"])
def test_a_console_without_a_line_has_no_rate(kind: str) -> None:
    with pytest.raises(UsageError, match=f"is {kind}, which has no baud rate"):
        with_baud(with_console(load_board("nucleo-l4r5zi"), kind), 9_600)
