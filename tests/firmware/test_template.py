"""Templates replace @NAME@ and nothing else, and complain of what they do not know."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from edgeopt.board import Pin, WatchdogTimer, board_names, load_board
from edgeopt.errors import BoardError, UsageError
from edgeopt.firmware import platforms, with_console, write_platform
from edgeopt.firmware.template import board_values, load_platform, pin_number, substitute


def test_names_are_replaced() -> None:
    assert substitute("a @X@ b @Y_2@ @X@", {"X": "1", "Y_2": "@X@"}, "t") == "a 1 b @X@ 1"


@pytest.mark.parametrize("text", ["a@b.c", "@x@", "@ X@", "100%", "@X"])
def test_nothing_else_is(text: str) -> None:
    assert substitute(text, {"X": "1"}, "t") == text


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(UsageError, match=r"linker: nothing is known as @RAM@"):
        substitute("@RAM@", {"ROM": "1"}, "linker")


BUILDABLE = [board for board in map(load_board, board_names()) if board.platform != "none"]
CONSOLES = [(board.name, "uart") for board in BUILDABLE if board.console.base]
CONSOLES += [(board.name, "semihosting") for board in BUILDABLE]


@pytest.mark.parametrize(("name", "console"), CONSOLES)
def test_all_files_are_written(name: str, console: str, tmp_path: Path) -> None:
    board = with_console(load_board(name), console)
    files = write_platform(tmp_path, board)
    assert {path.name for path in files} >= {
        "linker.ld",
        "startup.c",
        "main.c",
        "eo_port.h",
        "eo_model.h",
        "eo_board.h",
    }
    assert f"console_{board.console.kind}.c" in {path.name for path in files}
    assert len(list(tmp_path.glob("console_*.c"))) == 1
    for path in files:
        assert not re.search(r"@[A-Z][A-Z0-9_]*@", path.read_text()), path
    assert f"ORIGIN = {board.ram.origin:#x}, LENGTH = {board.ram.size_bytes}" in (tmp_path / "linker.ld").read_text()


def test_the_same_files_twice(tmp_path: Path) -> None:
    board = load_board("nucleo-l4r5zi")
    first = write_platform(tmp_path / "a", board)
    second = write_platform(tmp_path / "b", board)
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_a_value_is_overridden(tmp_path: Path) -> None:
    write_platform(tmp_path, load_board("nucleo-l4r5zi"), values={"STACK_BYTES": "12344"})
    assert ". += 12344;" in (tmp_path / "linker.ld").read_text()


def test_an_unknown_value_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has no value `STACK`"):
        write_platform(tmp_path, load_board("nucleo-l4r5zi"), values={"STACK": "1"})
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_platform_is_refused() -> None:
    assert "baremetal" in platforms()
    with pytest.raises(UsageError, match=r"no firmware platform is called `\.\./baremetal`"):
        load_platform("../baremetal")


def test_an_unknown_console_is_refused() -> None:
    board = load_board("nucleo-l4r5zi")
    assert with_console(board, "uart") is board
    with pytest.raises(UsageError, match="no console is called `usb`"):
        with_console(board, "usb")
    with pytest.raises(UsageError, match="names no UART"):
        with_console(with_console(board, "semihosting"), "uart")
    with pytest.raises(UsageError, match="console of esp32-devkit is none; it names no UART"):
        with_console(load_board("esp32-devkit"), "uart")


def test_a_board_without_firmware_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BoardError, match="no firmware for esp32-devkit yet, whose core is xtensa-lx6"):
        write_platform(tmp_path, load_board("esp32-devkit"), "baremetal")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("P0.06", 6),
        ("P1.08", 40),
        ("GPIO0", 0),
        ("GPIO29", 29),
        ("PA5", 5),
        ("PB2", 18),
        ("PG15", 111),
        ("", -1),
        ("P0.32", -1),
        ("D13", -1),
    ],
)
def test_a_pin_has_a_number(name: str, number: int) -> None:
    assert pin_number(name) == number


def test_what_a_board_lacks_is_nothing(tmp_path: Path) -> None:
    board = replace(load_board("mps2-an386"), pin=None, watchdog=None)
    values = board_values(replace(board, console=replace(board.console, irq=None)))
    assert values["CONSOLE_IRQ"] == "-1"
    assert (values["PIN_KIND"], values["PIN_ENABLE_REGISTER"]) == ("none", "0x0")
    assert (values["WATCHDOG_KIND"], values["WATCHDOG_BASE"]) == ("none", "0x0")


def test_a_board_s_pin_and_watchdog_are_values() -> None:
    board = replace(
        load_board("nucleo-g071rb"),
        pin=Pin("stm32_gpio", "PA5", 0x5000_0000, 5, 0x4002_1034, 0, "a test"),
        watchdog=WatchdogTimer("stm32_iwdg", 0x4000_3000, "a test"),
    )
    values = board_values(board)
    assert (values["PIN_KIND"], values["PIN_BASE"], values["PIN_NUMBER"]) == ("stm32_gpio", "0x50000000", "5")
    assert (values["PIN_ENABLE_REGISTER"], values["PIN_ENABLE_BIT"]) == ("0x40021034", "0")
    assert (values["WATCHDOG_KIND"], values["WATCHDOG_BASE"]) == ("stm32_iwdg", "0x40003000")
