"""What a board tells of a fault: its line, the command `crash`, and the words that a user reads."""

import random
from pathlib import Path

import pytest
from support.arm_programs import assemble
from support.fake_device import LibraryLink, build_library

from edgeopt.board import load_board
from edgeopt.device import Session
from edgeopt.device.crash import Crash, LastReset, fault_line, parse_crash, parse_fault
from edgeopt.errors import ProtocolError
from edgeopt.simulate.elf import read_elf

SEED = 41077
BUS_FAULT = Crash(5, 0x1234, 0x1001, 0x0100_0000, 0x2000_0FF0, 0x8200, 0, 0, 0x40, 512)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_library(tmp_path_factory.mktemp("library"))


def test_a_session_asks_why_the_board_started(library: Path) -> None:
    link = LibraryLink(library)
    session = Session(link)
    assert session.crash() == LastReset("power", None)
    assert session.watch(20) == 24  # the fake's watchdog counts in 8 ms
    session.reboot()
    assert session.crash() == LastReset("software", None)
    assert session.restarts == 1
    link._device.fake_crash()
    assert session.crash() == LastReset("fault", BUS_FAULT)
    session.reboot()
    assert session.crash().crash == BUS_FAULT


def test_a_session_goes_on_after_a_reboot(library: Path) -> None:
    session = Session(LibraryLink(library))
    inputs = (bytes(range(5)), bytes(300))
    session.load(inputs)
    session.infer()
    wanted = session.outputs()
    session.reboot()
    session.infer()
    assert session.outputs() == wanted


def test_the_line_of_a_fault_is_read_back(library: Path) -> None:
    link = LibraryLink(library)
    link.read(0.0)
    link._device.fake_crash()
    line, *_ = link.read(0.0).splitlines()
    assert parse_fault(line) == BUS_FAULT
    assert fault_line(BUS_FAULT) == line


def test_a_damaged_line_is_no_fault() -> None:
    print(f"seed {SEED}")
    rng = random.Random(SEED)
    line = fault_line(BUS_FAULT)
    for _ in range(2_000):
        damaged = bytearray(line)
        damaged[rng.randrange(len(line))] ^= 1 << rng.randrange(8)
        assert parse_fault(bytes(damaged)) is None
    for cut in range(len(line)):
        assert parse_fault(line[:cut]) is None
    assert parse_fault(line + b" ") is None


@pytest.mark.parametrize(
    "values", [(), ("00000006",), ("00000001", "00000002"), ("0",), ("0000000x",), ("00000000",) * 12]
)
def test_an_answer_that_is_none_is_not_believed(values: tuple[str, ...]) -> None:
    with pytest.raises(ProtocolError):
        parse_crash(values)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, "BusFault: the program accesses 0x00000040, where nothing answers, at pc 0x00001234, lr 0x00001001"),
        ({"exception": 6, "cfsr": 1 << 25}, "UsageFault: the program divides by zero, at pc 0x00001234, lr 0x00001001"),
        ({"exception": 3, "cfsr": 0}, "HardFault, at pc 0x00001234, lr 0x00001001"),
        (
            {"pc": 0, "cfsr": 1 << 12 | 1 << 9, "bfar": 0},
            "BusFault: the program accesses an address, where nothing answers and has no room on its stack for an "
            "exception; where is not known, the stack is full or broken (sp 0x20000ff0)",
        ),
        (
            {"exception": 3, "cfsr": 0, "hfsr": 1 << 31},
            "HardFault: the program runs into a breakpoint, at pc 0x00001234, lr 0x00001001",
        ),
    ],
)
def test_a_fault_in_words(changed: dict[str, int], words: str) -> None:
    crash = Crash(**{**BUS_FAULT.__dict__, **changed})
    assert crash.told() == words


def test_a_fault_in_words_names_functions(tmp_path: Path) -> None:
    board = load_board("mps2-an386")
    text = "Reset_Handler: bl wrong\nb .\n.type wrong, %function\nwrong: nop\nudf #1\n"
    elf = assemble(text, board, tmp_path)
    symbols = read_elf(elf).symbols
    crash = Crash(6, symbols["wrong"] + 2, symbols["Reset_Handler"] | 1, 0, 0x2000_0FF0, 1 << 16, 0, 0, 0, 64)
    assert crash.told(elf).endswith(f"at pc {crash.pc:#010x} in wrong, lr {crash.lr:#010x} in Reset_Handler")
    assert crash.told(tmp_path / "gone.elf") == crash.told()
