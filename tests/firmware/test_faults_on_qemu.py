"""Faults, resets and sleep of firmware on QEMU: what happened is told and kept over the reset; the board goes on."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from edgeopt.board import Board, board_names, load_board
from edgeopt.device.crash import Crash, parse_fault
from edgeopt.firmware import build
from edgeopt.simulate.elf import read_elf
from edgeopt.simulate.qemu import QemuBoard

MakeProject = Callable[[Board], Path]

MACHINES = [name for name in board_names() if load_board(name).qemu]
PATIENCE_S = 30.0
STACK_BYTES = 4096
BY_SOFTWARE, BY_FAULT = 4, 5

# Exception, bits of CFSR, function of the fault; QEMU 7.2 on Armv7-M and later.
FAULTS = {
    "F": (6, 1 << 16, "do_letter"),
    "D": (6, 1 << 25, "divide_by_zero"),
    "U": (5, 1 << 15 | 1 << 9, "read_nothing"),
    "J": (4, 1, ""),  # a region of devices, which are never executed
}
HOLDERS = ("do_letter", "main")  # of what a compiler puts into them
CORES = ["mps2-an385", "mps2-an386", "mps2-an500", "mps2-an505", "mps3-an547"]  # M3, M4, M7, M33, M55


@pytest.fixture(autouse=True)
def _qemu() -> None:
    if shutil.which("qemu-system-arm") is None:
        pytest.skip("install it: sudo apt-get install qemu-system-arm")


class Console:
    """Lines of a board's console."""

    def __init__(self, board: QemuBoard) -> None:
        self.board = board
        self._received = b""

    def line(self) -> str:
        """The next that is not empty."""
        while b"\n" not in self._received.lstrip():
            data = self.board.read(PATIENCE_S)
            assert data, f"nothing came after {self._received!r}"
            self._received += data
        line, _, self._received = self._received.lstrip().partition(b"\n")
        return line.decode().strip()

    def ask(self, letter: str) -> str:
        self.board.write(letter.encode())
        return self.line()


def crash_told(console: Console) -> tuple[int, Crash | None]:
    """Cause of the last reset, and the record that the board keeps."""
    word, *numbers = console.ask("C").split()
    assert word == "cause"
    cause, *fields = (int(number) for number in numbers)
    return cause, Crash(*fields) if fields else None


def faulted(console: Console, letter: str) -> Crash:
    """The fault that `letter` causes, as the board sends it; it starts again and keeps the same record."""
    crash = parse_fault(console.ask(letter).encode())
    assert crash is not None
    assert console.line() == "ready"
    assert crash_told(console) == (BY_FAULT, crash)
    return crash


@pytest.mark.parametrize("name", CORES)
def test_each_fault_is_told_and_the_board_starts_again(name: str, toolchain: str, make_project: MakeProject) -> None:
    board = load_board(name)
    elf = build(make_project(board), board, toolchain).elf
    image = read_elf(elf)
    stack_bottom = board.ram.origin
    with QemuBoard(elf, board) as qemu:
        console = Console(qemu)
        assert console.line() == "ready"
        assert crash_told(console)[1] is None
        for letter, (exception, cfsr, function) in FAULTS.items():
            crash = faulted(console, letter)
            assert (crash.exception, crash.cfsr, crash.hfsr, crash.mmfar) == (exception, cfsr, 0, 0)
            assert crash.bfar == (0xF000_1234 if letter == "U" else 0)
            if function:
                assert image.function_at(crash.pc) in (function, *HOLDERS)
            else:
                assert crash.pc == 0xF000_1234
            assert stack_bottom < crash.sp <= stack_bottom + STACK_BYTES
            assert 64 < crash.stack_high_water < 1024


def test_a_hard_fault_of_armv6m_is_told_by_its_address(toolchain: str, make_project: MakeProject) -> None:
    board = load_board("microbit")
    elf = build(make_project(board), board, toolchain).elf
    with QemuBoard(elf, board) as qemu:
        console = Console(qemu)
        assert console.line() == "ready"
        for letter in "FUJ":
            crash = faulted(console, letter)
            assert (crash.exception, crash.cfsr, crash.hfsr) == (3, 0, 0)
            assert crash.pc == 0xA000_1234 or read_elf(elf).function_at(crash.pc) in (
                "do_letter",
                "read_nothing",
                "main",
            )


# QEMU's other machines answer below their RAM as if there were memory.
@pytest.mark.parametrize("name", ["mps2-an505", "mps3-an547"])
def test_a_full_stack_is_a_fault_not_a_wrong_result(name: str, toolchain: str, make_project: MakeProject) -> None:
    board = load_board(name)
    with QemuBoard(build(make_project(board), board, toolchain).elf, board) as qemu:
        console = Console(qemu)
        assert console.line() == "ready"
        crash = faulted(console, "X")
        assert crash.exception == 5
        assert crash.cfsr & 1 << 12  # STKERR
        assert crash.pc == 0
        assert crash.stack_high_water == STACK_BYTES


@pytest.mark.parametrize("name", MACHINES)
def test_a_reset_is_told_and_keeps_the_record(name: str, make_project: MakeProject) -> None:
    board = load_board(name)
    with QemuBoard(build(make_project(board), board, "gcc").elf, board) as qemu:
        console = Console(qemu)
        assert console.line() == "ready"
        crash = faulted(console, "F")
        assert console.ask("R") == "ready"
        assert crash_told(console) == (BY_SOFTWARE, crash)


def test_a_program_that_faults_again_and_again_before_the_host_speaks_is_stopped(make_project: MakeProject) -> None:
    board = load_board("mps2-an386")
    project = make_project(board)
    main = project / "main.c"
    main.write_text(main.read_text().replace('print("ready\\n");', "__builtin_trap();"))
    with QemuBoard(build(project, board, "gcc").elf, board) as qemu:
        console = Console(qemu)
        crashes = [parse_fault(console.line().encode()) for _ in range(9)]
        assert None not in crashes
        assert qemu.read(0.5) == b""


@pytest.mark.parametrize("name", [name for name in MACHINES if load_board(name).timer.kind != "dwt"])
def test_sleep_lasts_as_long_as_asked_and_a_byte_ends_it(name: str, make_project: MakeProject) -> None:
    board = load_board(name)
    with QemuBoard(build(make_project(board), board, "gcc").elf, board) as qemu:
        console = Console(qemu)
        assert console.line() == "ready"
        word, ticks, has_input = console.ask("S").split()
        assert (word, has_input) == ("slept", "0")
        assert 1 << 20 <= int(ticks) < 1 << 24
        qemu.write(b"LC")
        word, ticks, has_input = console.line().split()
        assert (word, has_input) == ("slept", "1")
        assert int(ticks) < 1 << 26
        assert console.line().startswith("cause ")
