"""The firmware runs on every QEMU machine: start-up, console, counter, stack, faults, exit."""

import os
import selectors
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from edgeopt.board import Board, board_names, load_board
from edgeopt.device.crash import parse_fault
from edgeopt.firmware import build, with_console

MACHINES = [name for name in board_names() if load_board(name).qemu]
UART = ("-serial", "stdio")
SEMIHOSTING = ("-serial", "none", "-semihosting-config", "enable=on,target=native")
PATIENCE_S = 20.0

MakeProject = Callable[[Board], Path]


class Qemu:
    """QEMU with the program's console on pipes."""

    def __init__(self, machine: str, elf: Path, console: Sequence[str]) -> None:
        command = [
            "qemu-system-arm",
            "-M",
            machine,
            "-display",
            "none",
            "-monitor",
            "none",
            *console,
            "-kernel",
            str(elf),
        ]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        self.received = b""

    def __enter__(self) -> "Qemu":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def write(self, data: bytes) -> None:
        assert self.process.stdin
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def read_line(self) -> str:
        """The next line that is not empty; fails where none comes within PATIENCE_S."""
        assert self.process.stdout
        end = time.monotonic() + PATIENCE_S
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while b"\n" not in self.received.lstrip():
                assert selector.select(end - time.monotonic()), f"nothing came after {self.received!r}"
                chunk = os.read(self.process.stdout.fileno(), 4096)
                assert chunk, f"QEMU ended after {self.received!r}"
                self.received += chunk
        line, _, self.received = self.received.lstrip().partition(b"\n")
        return line.decode().strip()


@pytest.fixture(autouse=True)
def _qemu() -> None:
    if shutil.which("qemu-system-arm") is None:
        pytest.skip("install it: sudo apt-get install qemu-system-arm")


def check_invoke(qemu: Qemu, data: bytes, counts: bool = True) -> int:
    """One inference; returns the stack's high-water mark. `counts`: QEMU models the board's counter."""
    qemu.write(data)
    word, *numbers = qemu.read_line().split()
    values = [int(number) for number in numbers]
    assert word == "out"
    assert values[:4] == [(2 * byte + i) % 256 for i, byte in enumerate(data)]
    ticks_went_on, high_water, stack_bytes, in_data, in_bss = values[4:]
    assert (stack_bytes, in_data, in_bss) == (4096, 42, 1)
    assert ticks_went_on == counts
    assert 64 <= high_water < 1024
    return high_water


@pytest.mark.parametrize("name", MACHINES)
def test_uart_firmware_runs_and_tells_a_fault(name: str, toolchain: str, make_project: MakeProject) -> None:
    board = load_board(name)
    firmware = build(make_project(board), board, toolchain)
    with Qemu(name, firmware.elf, UART) as qemu:
        assert qemu.read_line() == "ready"
        counts = board.timer.kind != "dwt"  # which QEMU 7.2 has not
        first = check_invoke(qemu, bytes([1, 2, 3, 4]), counts)
        assert check_invoke(qemu, bytes([0, 127, 255, 128]), counts) >= first
        qemu.write(b"F")
        assert qemu.read_line().startswith("m-eo-fault ")


@pytest.mark.parametrize("name", ["mps2-an385", "mps3-an547"])
def test_semihosting_firmware_runs_and_exits(name: str, toolchain: str, make_project: MakeProject) -> None:
    board = with_console(load_board(name), "semihosting")
    firmware = build(make_project(board), board, toolchain)
    with Qemu(name, firmware.elf, SEMIHOSTING) as qemu:
        assert qemu.read_line() == "ready"
        check_invoke(qemu, bytes([1, 2, 3, 4]))
        qemu.write(b"Q")
        assert qemu.process.wait(PATIENCE_S) == 3


def test_the_end_of_input_ends_a_semihosting_firmware(make_project: MakeProject, toolchain: str) -> None:
    board = with_console(load_board("mps2-an386"), "semihosting")
    firmware = build(make_project(board), board, toolchain)
    with Qemu("mps2-an386", firmware.elf, SEMIHOSTING) as qemu:
        assert qemu.process.stdin
        qemu.process.stdin.close()
        assert qemu.process.wait(PATIENCE_S) == 3
        qemu.process.stdin = None


def test_a_fault_over_semihosting_ends_with_70(make_project: MakeProject) -> None:
    board = with_console(load_board("mps2-an386"), "semihosting")
    with Qemu("mps2-an386", build(make_project(board), board, "gcc").elf, SEMIHOSTING) as qemu:
        assert qemu.read_line() == "ready"
        qemu.write(b"F")
        assert parse_fault(qemu.read_line().encode()) is not None
        assert qemu.process.wait(PATIENCE_S) == 70
