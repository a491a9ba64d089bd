"""Register by register: timers against the clock they are given, and bytes of a register."""

from dataclasses import replace

from edgeopt.board import load_board
from edgeopt.simulate.bus import Bus
from edgeopt.simulate.console import Console
from edgeopt.simulate.peripherals import PERIPHERALS, Machine, Peripheral


class Clock:
    """A simulated clock that the test moves."""

    def __init__(self) -> None:
        self.now = 0
        self.memory = bytearray(64)
        self.console = Console(lambda: self.now, lambda _: None)

    def machine(self, hz: int = 1_000_000) -> Machine:
        return Machine("cortex-m4f", hz, self.console, lambda: self.now, self.load, self.store)

    def load(self, address: int, size_bytes: int) -> bytes:
        return bytes(self.memory[address : address + size_bytes])

    def store(self, address: int, data: bytes) -> None:
        self.memory[address : address + len(data)] = data

    def make(self, kind: str, hz: int = 1_000_000) -> Peripheral:
        return PERIPHERALS.get(kind)(self.machine(), hz)


def test_dwt_counts_while_enabled() -> None:
    clock = Clock()
    dwt = clock.make("dwt")
    clock.now = 500
    assert dwt.read(4) == 0
    dwt.write(0, 1)
    clock.now = 600
    assert dwt.read(4) == 100
    dwt.write(4, 0xFFFF_FFF0)
    clock.now = 632
    assert dwt.read(4) == 16, "it wraps at 2^32"
    dwt.write(0, 0)
    clock.now = 1000
    assert dwt.read(4) == 16


def test_systick_wraps_and_says_so_once() -> None:
    clock = Clock()
    systick = clock.make("systick")
    systick.write(4, 99)
    systick.write(8, 0)
    systick.write(0, 5)
    assert systick.read(8) == 99
    clock.now = 40
    assert (systick.read(8), systick.read(0) >> 16) == (59, 0)
    clock.now = 130
    assert systick.read(8) == 69
    assert [systick.read(0) >> 16, systick.read(0) >> 16] == [1, 0]
    clock.now = 500
    assert [systick.read(0) >> 16, systick.read(0) >> 16] == [1, 0]


def test_stm32_timer_has_a_prescaler_and_a_period() -> None:
    clock = Clock()
    timer = clock.make("stm32_tim", hz=500_000)  # half of the core's clock
    timer.write(0x28, 4)  # a fifth
    timer.write(0x14, 1)
    timer.write(0x00, 1)
    clock.now = 1000
    assert timer.read(0x24) == 100
    timer.write(0x2C, 29)
    timer.write(0x24, 20)
    clock.now = 1100
    assert timer.read(0x24) == 0
    timer.write(0x00, 0)
    clock.now = 9000
    assert timer.read(0x24) == 0


def test_cmsdk_timer_counts_down_and_reloads() -> None:
    clock = Clock()
    timer = clock.make("cmsdk_timer")
    timer.write(8, 9)
    timer.write(4, 100)
    timer.write(0, 1)
    clock.now = 100
    assert (timer.read(4), timer.read(12)) == (0, 0)
    clock.now = 101
    assert (timer.read(4), timer.read(12)) == (9, 1)
    timer.write(12, 1)
    assert timer.read(12) == 0
    clock.now = 111
    assert (timer.read(4), timer.read(12)) == (9, 1)


def test_rp2040_timer_counts_microseconds() -> None:
    clock = Clock()
    timer = clock.make("rp2040_timer", hz=250_000)
    clock.now = (3 << 34) + 40
    assert (timer.read(0x24), timer.read(0x28)) == (3, 10)
    assert timer.read(0x0C) == 10
    clock.now <<= 1
    assert timer.read(0x08) == 3, "latched when the lower half was read"


def test_bytes_of_a_register() -> None:
    bus = Bus(load_board("mps2-an386"), Clock().machine())
    bus.write(0x4800_0000, 4, 0x1234_5678)
    assert [bus.read(0x4800_0000 + i, 1) for i in range(4)] == [0x78, 0x56, 0x34, 0x12]
    assert bus.read(0x4800_0002, 2) == 0x1234


def test_board_without_a_model_of_its_timer() -> None:
    board = load_board("mps2-an386")
    bus = Bus(replace(board, timer=replace(board.timer, kind="none")), Clock().machine())
    assert bus.read(board.timer.base + 4, 4) == 0
