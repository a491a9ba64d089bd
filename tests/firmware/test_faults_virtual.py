"""Faults, resets and sleep of firmware on the virtual board, counted and not: the very ELF that would be flashed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from edgeopt.board import Board, load_board
from edgeopt.device.crash import Crash, parse_fault
from edgeopt.errors import DeviceError
from edgeopt.firmware import build
from edgeopt.simulate import VirtualBoard
from edgeopt.simulate.peripherals.systick import SysTick

MakeProject = Callable[[Board], Path]

STACK_BYTES = 4096
BY_SOFTWARE, BY_FAULT = 4, 5
ARMV7M = ["mps2-an385", "nucleo-l4r5zi", "stm32f746g-disco", "nucleo-u575zi-q", "nrf52840-dk"]  # M3, M4, M7, M33
ARMV6M = ["nucleo-g071rb", "raspberry-pi-pico"]
SLEEPERS = ["mps2-an385", "nucleo-f446re", "nucleo-g071rb", "nucleo-u575zi-q", "raspberry-pi-pico"]
HOLDERS = ("do_letter", "main")  # of what a compiler puts into them
FAULTS = {
    "F": (6, 1 << 16, "do_letter"),
    "U": (5, 1 << 15 | 1 << 9, "read_nothing"),
    "J": (4, 1, ""),
}


class Console:
    """Lines of a virtual board that has just started."""

    def __init__(self, board: Board, elf: Path, counted: bool) -> None:
        self.board = VirtualBoard(elf, board, counted=counted)
        self._received = b""
        assert self.line() == "ready"

    def line(self) -> str:
        while b"\n" not in self._received.lstrip():
            data = self.board.read(1.0)
            assert data, f"nothing came after {self._received!r}, the program {self.board.ending}"
            self._received += data
        line, _, self._received = self._received.lstrip().partition(b"\n")
        return line.decode().strip()

    def ask(self, letter: str) -> str:
        self.board.write(letter.encode())
        return self.line()

    def crash_told(self) -> tuple[int, Crash | None]:
        _, *numbers = self.ask("C").split()
        cause, *fields = (int(number) for number in numbers)
        return cause, Crash(*fields) if fields else None

    def faulted(self, letter: str) -> Crash:
        crash = parse_fault(self.ask(letter).encode())
        assert crash is not None
        assert self.line() == "ready"
        assert self.crash_told() == (BY_FAULT, crash)
        return crash

    def waits(self) -> bool:
        """Whether the program has nothing more to say and waits."""
        return not self._received.strip() and self.board.read(1.0) == b"" and self.board.is_waiting


@pytest.mark.parametrize("counted", [True, False], ids=["counted", "uncounted"])
@pytest.mark.parametrize("name", ARMV7M)
def test_each_fault_is_told_and_the_board_starts_again(name: str, counted: bool, make_project: MakeProject) -> None:
    board = load_board(name)
    console = Console(board, build(make_project(board), board, "gcc").elf, counted)
    image, stack_bottom = console.board.image, board.ram.origin
    assert console.crash_told()[1] is None
    for letter, (exception, cfsr, function) in FAULTS.items():
        crash = console.faulted(letter)
        assert (crash.exception, crash.cfsr, crash.hfsr, crash.mmfar) == (exception, cfsr, 0, 0)
        assert crash.bfar == (0xF000_1234 if letter == "U" else 0)
        if function:
            assert image.function_at(crash.pc) in (function, *HOLDERS)
        else:
            assert crash.pc == 0xF000_1234
        assert stack_bottom < crash.sp <= stack_bottom + STACK_BYTES
        assert 64 < crash.stack_high_water < 1024
    assert console.board.resets == ["software"] * len(FAULTS)
    full = console.faulted("X")
    assert (full.exception, full.pc, full.stack_high_water) == (5, 0, STACK_BYTES)
    assert full.cfsr & 1 << 12  # STKERR
    console.board.close()


@pytest.mark.parametrize("name", ARMV6M)
def test_a_hard_fault_of_armv6m_is_told_and_a_full_stack_locks_up(name: str, make_project: MakeProject) -> None:
    board = load_board(name)
    console = Console(board, build(make_project(board), board, "gcc").elf, counted=True)
    for letter in "FUJ":
        crash = console.faulted(letter)
        assert (crash.exception, crash.cfsr, crash.hfsr, crash.bfar) == (3, 0, 0, 0)
        function = console.board.image.function_at(crash.pc)
        assert crash.pc == 0xA000_1234 or function in ("do_letter", "read_nothing", *HOLDERS)
    with pytest.raises(DeviceError, match=r"which it cannot handle .*overflow"):
        console.ask("X")


def test_a_core_that_locks_up_is_reset_by_its_watchdog(make_project: MakeProject) -> None:
    board = load_board("nucleo-g071rb")
    console = Console(board, build(make_project(board), board, "gcc").elf, counted=True)
    word, milliseconds = console.ask("W").split()
    assert word == "watch" and int(milliseconds) >= 100
    assert console.ask("X") == "ready"
    assert console.board.resets == ["watchdog"]
    assert console.crash_told() == (3, None)


def test_a_program_that_faults_again_and_again_before_the_host_speaks_is_stopped(make_project: MakeProject) -> None:
    board = load_board("mps2-an385")
    project = make_project(board)
    main = project / "main.c"
    main.write_text(main.read_text().replace('print("ready\\n");', "eo_port_pin(0); __builtin_trap();"))
    virtual = VirtualBoard(build(project, board, "gcc").elf, board)
    virtual.activity()
    output = b""
    while data := virtual.read(1.0):
        output += data
    assert output.count(b"m-eo-fault ") == 9
    assert virtual.ending == "sleeps for ever in eo_report_fault"
    lows = [change.pin_low for change in virtual.activity().changes]
    assert lows.count(True) == 9, "the gate"
    assert not lows[-1]


@pytest.mark.parametrize("counted", [True, False], ids=["counted", "uncounted"])
@pytest.mark.parametrize("name", SLEEPERS)
def test_sleep_lasts_as_long_as_asked_and_costs_nothing(name: str, counted: bool, make_project: MakeProject) -> None:
    """Asleep the core executes nothing; time goes on, also on the counter that stands still then (DWT)."""
    board = load_board(name)
    console = Console(board, build(make_project(board), board, "gcc").elf, counted)
    ratio = board.clock_hz // board.timer.hz
    assert console.waits()
    for letter, wanted in {"S": 1 << 20, "L": 1 << 26}.items():
        asleep, before = console.board.asleep_ticks, console.board.ticks
        instructions = console.board.profile().total.instructions
        word, ticks, has_input = console.ask(letter).split()
        assert (word, has_input) == ("slept", "0")
        assert wanted <= int(ticks) < wanted + 2_000
        slept = console.board.asleep_ticks - asleep
        assert wanted * ratio * 0.98 < slept <= console.board.ticks - before
        naps = wanted * ratio // (1 << 24) + 1  # SysTick has 24 bits
        assert console.board.profile().total.instructions - instructions < 400 * naps + 20_000
    assert console.ask("R") == "ready"
    assert console.crash_told() == (BY_SOFTWARE, None)
    console.board.close()


@pytest.mark.parametrize("name", SLEEPERS)
def test_a_byte_ends_a_sleep(name: str, make_project: MakeProject) -> None:
    board = load_board(name)
    console = Console(board, build(make_project(board), board, "gcc").elf, counted=True)
    console.board.write(b"LC")
    word, ticks, has_input = console.line().split()
    assert (word, has_input) == ("slept", "1")
    assert int(ticks) < 2_000
    assert console.line().startswith("cause")
    assert console.waits()


def test_waiting_for_a_command_is_sleep_and_takes_no_simulated_work(make_project: MakeProject) -> None:
    board = load_board("nucleo-l4r5zi")
    console = Console(board, build(make_project(board), board, "gcc").elf, counted=True)
    assert console.waits()
    before = console.board.profile().total.instructions
    for _ in range(10):
        assert console.waits()
    assert console.board.profile().total.instructions == before


@pytest.mark.parametrize("name", ["nucleo-l4r5zi", "nucleo-g071rb", "nucleo-u575zi-q", "raspberry-pi-pico"])
def test_the_watchdog_is_fed_while_nobody_speaks(name: str, make_project: MakeProject) -> None:
    """Also where SysTick could sleep longer than the watchdog waits; a program that hangs is reset all the same."""
    board = load_board(name)
    console = Console(board, build(make_project(board), board, "gcc").elf, counted=True)
    milliseconds = int(console.ask("W").split()[1])
    assert 100 <= milliseconds < 200
    assert console.waits()
    asleep = console.board.asleep_ticks
    console.board.pass_time(board.clock_hz)
    assert console.board.asleep_ticks - asleep > 0.99 * board.clock_hz
    assert console.board.resets == []
    assert console.ask("L").startswith("slept ")
    assert console.board.resets == []
    assert console.ask("H") == "ready"
    assert console.board.resets == ["watchdog"]
    assert console.crash_told() == (3, None)


def test_the_counter_goes_on_while_nobody_speaks(make_project: MakeProject) -> None:
    """DWT stands still in WFI; the firmware moves it on, so that time since the start stays right."""
    board = load_board("nucleo-f446re")
    console = Console(board, build(make_project(board), board, "gcc").elf, counted=True)
    assert console.waits()
    console.board.pass_time(3 * board.clock_hz // 2)
    console.ask("C")  # wakes it
    assert console.board.bus.read(0xE000_1004, 4) == pytest.approx(console.board.ticks, rel=1e-4)


class BeginsAnewBetweenReads(SysTick):
    """At its very end: after its value was read, and before anything else is."""

    def read(self, offset: int) -> int:
        value = super().read(offset)
        if offset == 8 and value < 1_000:
            self._start -= value + 1
        return value


def test_a_sleep_that_ends_while_its_length_is_read_counts_once(make_project: MakeProject) -> None:
    """The core woke by a byte just before SysTick would have woken it."""
    board = load_board("nucleo-f446re")
    console = Console(board, build(make_project(board), board, "gcc").elf, counted=True)
    assert console.waits()
    counter, systick = 0xE000_1004, console.board.bus.block_at(0xE000_E010)
    assert isinstance(systick, SysTick)
    before, slept = console.board.bus.read(counter, 4), systick.read(8)
    console.board.pass_time(slept - 500)
    systick.__class__ = BeginsAnewBetweenReads
    assert console.ask("C").startswith("cause ")
    assert 0 <= console.board.bus.read(counter, 4) - before - slept < 10_000
