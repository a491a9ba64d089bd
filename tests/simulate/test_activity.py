"""What the virtual board notes of sleep and of the timestamp pin, register by register."""

from dataclasses import replace

import pytest

from edgeopt.board import Board, Pin, load_board
from edgeopt.simulate.activity import ActivityRecord, Change
from edgeopt.simulate.console import Console
from edgeopt.simulate.peripherals import Machine
from edgeopt.simulate.peripherals.timestamp_pin import TimestampPin


class Clock:
    ticks = 0


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def record(clock: Clock) -> ActivityRecord:
    return ActivityRecord(lambda: clock.ticks)


def test_nothing_is_kept_before_it_is_asked_for(clock: Clock, record: ActivityRecord) -> None:
    for clock.ticks in range(0, 100, 10):
        record.set_awake(clock.ticks % 20 == 10)
        record.set_pin(True)
    assert record.changes() == ()
    clock.ticks = 100
    record.begin()
    assert record.changes() == (Change(100, True, True),), "but what the board does then is known"
    record.begin()
    assert len(record.changes()) == 1


def test_only_what_changes_is_kept(clock: Clock, record: ActivityRecord) -> None:
    record.begin()
    steps = [
        (5, False, False),
        (5, False, True),
        (9, True, True),
        (9, False, True),
        (12, False, True),
        (20, True, False),
    ]
    for clock.ticks, awake, low in steps:
        record.set_awake(awake)
        record.set_pin(low)
    assert record.changes() == (Change(0, True, False), Change(5, False, True), Change(20, True, False))


def test_a_core_may_wake_at_another_tick_than_now(clock: Clock, record: ActivityRecord) -> None:
    record.begin()
    record.set_awake(False)
    record.set_awake(True, 77)
    assert record.changes() == (Change(0, False, False), Change(77, True, False))


# board: what sets the pin and what clears it, by register and value; the number is another pin's
LEVELS = {
    "nucleo-l4r5zi": lambda bit: ((0x18, bit), (0x18, bit << 16)),
    "nrf52840-dk": lambda bit: ((0x508, bit), (0x50C, bit)),
    "raspberry-pi-pico": lambda bit: ((0x14, bit), (0x18, bit)),
}


def watched(board: Board, pin: Pin, lows: list[bool]) -> TimestampPin:
    console = Console(lambda: 0, lambda _: None)
    machine = Machine(board.core, board.clock_hz, console, lambda: 0, lambda _a, n: bytes(n), lambda _a, _d: None)
    return TimestampPin(Machine(**{**vars(machine), "on_pin": lows.append}), board.clock_hz, pin)


@pytest.mark.parametrize(("number", "register"), [(0, 0x404), (7, 0x600), (8, 0x804), (11, 0x820)])
def test_a_masked_register_lets_its_own_pin_through(number: int, register: int) -> None:
    board = load_board("mps2-an386")
    assert board.pin is not None
    lows: list[bool] = []
    pin = watched(board, replace(board.pin, number=number), lows)
    assert (pin.start, pin.end) == (board.pin.base + register, board.pin.base + register + 4)
    for value in (1 << number, 0, 0xFFFF, 0xFFFF ^ 1 << number):
        pin.write(0, value)
    assert lows == [False, True, False, True]


@pytest.mark.parametrize("name", LEVELS)
def test_the_pin_s_level_follows_its_registers(name: str) -> None:
    board = load_board(name)
    assert board.pin is not None
    lows: list[bool] = []
    pin = watched(board, board.pin, lows)

    def write(register: int, value: int) -> None:
        address = board.pin.base + register  # type: ignore[union-attr]
        assert pin.start <= address < pin.end
        pin.write(address - pin.start, value)

    high, low = LEVELS[name](1 << board.pin.number)
    others = LEVELS[name](1 << (board.pin.number ^ 1))
    for one in (high, low, *others, low, high, *others):
        write(*one)
    assert lows == [False, True, True, False]
    write(*low)
    pin.after_reset("watchdog")
    assert lows[-2:] == [True, False], "a reset makes it an input"
