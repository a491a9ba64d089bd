"""Blocks of Nordic's chips register by register: EasyDMA into RAM, a captured timer, a watchdog that sleeps."""

from dataclasses import dataclass, field

import pytest

from edgeopt.simulate.console import Console
from edgeopt.simulate.events import Events
from edgeopt.simulate.peripherals import PERIPHERALS, Cause, Machine, Peripheral

HZ = 1_000_000
STARTRX, STARTTX, ENDRX, ENDTX, SHORTS, ENABLE = 0x000, 0x008, 0x110, 0x120, 0x200, 0x500
RX_POINTER, RX_MOST, RX_AMOUNT, TX_POINTER, TX_MOST = 0x534, 0x538, 0x53C, 0x544, 0x548


@dataclass
class Chip:
    """Memory, a console, a clock that the test moves, and what resets it."""

    now: int = 0
    slept: int = 0
    memory: bytearray = field(default_factory=lambda: bytearray(64))
    resets: list[Cause] = field(default_factory=list)
    events: Events = field(default_factory=Events)

    def __post_init__(self) -> None:
        self.console = Console(lambda: self.now, lambda _: None)

    def make(self, kind: str) -> Peripheral:
        machine = Machine(
            core="cortex-m4f",
            clock_hz=HZ,
            console=self.console,
            now=lambda: self.now,
            load=lambda address, size: bytes(self.memory[address : address + size]),
            store=self.store,
            events=self.events,
            reset=self.resets.append,
            asleep=lambda: self.slept,
        )
        return PERIPHERALS.get(kind)(machine, HZ)

    def store(self, address: int, data: bytes) -> None:
        self.memory[address : address + len(data)] = data

    def move_to(self, now: int) -> None:
        while (due := self.events.next) is not None and due <= now:
            self.now = due
            self.events.run(due)
        self.now = now


@pytest.fixture
def chip() -> Chip:
    return Chip()


@pytest.fixture
def uarte(chip: Chip) -> Peripheral:
    block = chip.make("nrf_uarte")
    block.write(ENABLE, 8)
    return block


def test_a_byte_goes_to_the_buffer_of_its_start(chip: Chip, uarte: Peripheral) -> None:
    chip.console.feed(b"ab")
    uarte.write(RX_POINTER, 8)
    uarte.write(RX_MOST, 1)
    assert uarte.read(ENDRX) == 0, "not started"
    uarte.write(STARTRX, 1)
    uarte.write(RX_POINTER, 16)  # for the next start: the register is double-buffered
    assert uarte.read(ENDRX) == 1
    assert (chip.memory[8], chip.memory[16], uarte.read(RX_AMOUNT)) == (ord("a"), 0, 1)
    uarte.write(ENDRX, 0)
    assert uarte.read(ENDRX) == 0, "the second byte waits until reception is started anew"
    uarte.write(STARTRX, 1)
    assert uarte.read(ENDRX) == 1
    assert chip.memory[16] == ord("b")


def test_the_shortcut_starts_the_next_buffer(chip: Chip, uarte: Peripheral) -> None:
    chip.console.feed(b"abcd")
    uarte.write(SHORTS, 1 << 5)
    uarte.write(RX_POINTER, 8)
    uarte.write(RX_MOST, 2)
    uarte.write(STARTRX, 1)
    uarte.write(RX_POINTER, 16)
    for _ in range(2):
        assert [uarte.read(ENDRX) for _ in range(2)][-1] == 1
        uarte.write(ENDRX, 0)
    assert bytes(chip.memory[8:10]) + bytes(chip.memory[16:18]) == b"abcd"


def test_what_is_not_enabled_moves_nothing(chip: Chip) -> None:
    uarte = chip.make("nrf_uarte")
    chip.console.feed(b"a")
    for register, value in ((ENABLE, 4), (RX_MOST, 1), (STARTRX, 1), (TX_MOST, 1), (STARTTX, 1)):
        uarte.write(register, value)
    assert (uarte.read(ENDRX), uarte.read(ENDTX)) == (0, 0)
    assert chip.console.take() == b""


def test_a_buffer_is_sent_from_memory(chip: Chip, uarte: Peripheral) -> None:
    chip.store(4, b"hello\n")
    uarte.write(TX_POINTER, 4)
    uarte.write(TX_MOST, 6)
    assert uarte.read(ENDTX) == 0
    uarte.write(STARTTX, 1)
    assert uarte.read(ENDTX) == 1
    assert chip.console.take() == b"hello\n"


def test_a_timer_counts_by_its_prescaler_and_is_captured(chip: Chip) -> None:
    timer = chip.make("nrf_timer")
    start, stop, clear, capture, bits, prescaler, cc = 0x000, 0x004, 0x00C, 0x044, 0x508, 0x510, 0x544
    timer.write(bits, 3)
    timer.write(prescaler, 0)
    timer.write(start, 1)
    chip.now = 1000
    assert timer.read(cc) == 0, "not captured yet"
    timer.write(capture, 1)
    assert timer.read(cc) == 1000
    timer.write(prescaler, 2)
    chip.now = 1400
    timer.write(capture, 1)
    assert timer.read(cc) == 1100
    timer.write(stop, 1)
    chip.now = 9000
    timer.write(capture, 1)
    assert timer.read(cc) == 1100
    timer.write(clear, 1)
    timer.write(capture, 1)
    assert timer.read(cc) == 0


def test_a_timer_of_16_bits_wraps(chip: Chip) -> None:
    timer = chip.make("nrf_timer")
    for register, value in ((0x508, 0), (0x510, 0), (0x000, 1)):
        timer.write(register, value)
    chip.now = 65_536 + 7
    timer.write(0x040, 1)
    assert timer.read(0x540) == 7


def test_a_watchdog_counts_no_sleep_and_is_fed_by_its_word_alone(chip: Chip) -> None:
    dog = chip.make("nrf_wdt")
    start, status, counter, config, reload = 0x000, 0x400, 0x504, 0x50C, 0x600
    dog.write(counter, 32_767)  # a second
    dog.write(config, 0)
    assert dog.read(status) == 0
    dog.write(start, 1)
    dog.write(counter, 5)
    assert (dog.read(status), dog.read(counter)) == (1, 32_767), "locked"
    chip.move_to(HZ // 2)
    dog.write(reload, 0x6E52_4635)
    chip.move_to(HZ)
    dog.write(reload, 1)
    chip.slept = HZ // 4
    chip.move_to(HZ * 3 // 2 + 1)
    assert chip.resets == [], "a quarter of a second was slept"
    chip.move_to(HZ * 7 // 4 + 1)
    assert chip.resets == ["watchdog"]
