"""Clock blocks of the STM32s: a flag comes when it was asked for and can come, and never otherwise."""

import itertools

import pytest

from edgeopt.board import load_board
from edgeopt.simulate.bus import Bus
from edgeopt.simulate.console import Console
from edgeopt.simulate.peripherals import PERIPHERALS, Machine
from edgeopt.simulate.peripherals.stm32_clock import CLOCK_BLOCKS, ClockBlock

MANY_READS = 300  # a register of which nothing is known changes its answer long before


def machine() -> Machine:
    console = Console(lambda: 0, lambda _: None)
    return Machine("cortex-m4f", 1_000_000, console, lambda: 0, lambda _, size: bytes(size), lambda *_: None)


def bus_of(name: str) -> Bus:
    return Bus(load_board(name), machine())


def block(kind: str) -> ClockBlock:
    made = PERIPHERALS.get(kind)(machine(), 1_000_000)
    assert isinstance(made, ClockBlock)
    return made


# The board; what is written to choose the PLL's source and its output; (register, bit) that asks for the PLL; then the
# same for its ready flag; the register of the switch, its mask, what stands for the PLL, where the answer lies.
TREES = {
    "nucleo-l4r5zi": ([(0x4002_100C, 2 | 1 << 24)], 0x4002_1000, 25, (0x4002_1008, 3, 3, 2), 1 << 8),
    "nucleo-g071rb": ([(0x4002_100C, 2 | 1 << 28)], 0x4002_1000, 25, (0x4002_1008, 7, 2, 3), 1 << 8),
    "nucleo-f446re": ([(0x4002_3804, 0x2400_3010)], 0x4002_3800, 25, (0x4002_3808, 3, 2, 2), 1 << 0),
    "stm32f746g-disco": ([(0x4002_3804, 0x2400_3010)], 0x4002_3800, 25, (0x4002_3808, 3, 2, 2), 1 << 0),
    "nucleo-h743zi": ([(0x5802_4428, 10 << 4)], 0x5802_4400, 25, (0x5802_4410, 7, 3, 3), 1 << 0),
    "nucleo-u575zi-q": ([(0x4602_0C28, 2 | 1 << 18)], 0x4602_0C00, 25, (0x4602_0C1C, 3, 3, 2), 1 << 8),
}


@pytest.mark.parametrize("name", TREES)
def test_the_pll_locks_and_is_switched_to(name: str) -> None:
    configuration, control, ready, (switch, mask, pll, shift), source_on = TREES[name]
    bus = bus_of(name)
    assert not bus.read(control, 4) >> ready & 1
    for address, value in configuration:
        bus.write(address, 4, value)
    bus.write(control, 4, bus.read(control, 4) | source_on | 1 << ready - 1)
    assert bus.read(control, 4) >> ready & 1
    bus.write(switch, 4, pll)
    assert bus.read(switch, 4) >> shift & mask == pll
    bus.write(switch, 4, 0)
    assert bus.read(switch, 4) >> shift & mask == 0


@pytest.mark.parametrize("name", TREES)
def test_what_is_not_asked_for_never_comes(name: str) -> None:
    _, control, ready, (switch, mask, pll, shift), _ = TREES[name]
    bus = bus_of(name)
    assert not any(bus.read(control, 4) >> ready & 1 for _ in range(MANY_READS))
    bus.write(switch, 4, pll)  # which is not on
    assert all(bus.read(switch, 4) >> shift & mask == 0 for _ in range(MANY_READS))


@pytest.mark.parametrize("name", TREES)
def test_a_pll_without_its_source_does_not_lock(name: str) -> None:
    configuration, control, ready, _, source_on = TREES[name]
    bus = bus_of(name)
    for address, value in configuration:
        bus.write(address, 4, value)
    bus.write(control, 4, bus.read(control, 4) & ~source_on | 1 << ready - 1)
    assert not bus.read(control, 4) >> ready & 1


def test_over_drive_is_switched_to_only_when_it_is_on() -> None:
    power = block("stm32f4_pwr")
    power.write(0, 1 << 17)
    assert power.read(4) >> 16 & 3 == 0
    power.write(0, 1 << 16)
    assert power.read(4) >> 16 & 3 == 1
    power.write(0, 3 << 16)
    assert power.read(4) >> 16 & 3 == 3


def test_an_h7_has_its_voltage_once_its_supply_is_chosen() -> None:
    power = block("stm32h7_pwr")
    assert not power.read(0x04) >> 13 & 1
    power.write(0x18, 3 << 14)
    assert not power.read(0x18) >> 13 & 1
    power.write(0x0C, 2)
    assert power.read(0x04) >> 13 & 1
    assert power.read(0x18) >> 13 & 1


@pytest.mark.parametrize(("scale", "works"), [(0, 0), (1, 0), (2, 1), (3, 1)])
def test_the_booster_of_a_u5_needs_a_high_range(scale: int, works: int) -> None:
    power = block("stm32u5_pwr")
    power.write(0x0C, 1 << 18 | scale << 16)
    assert power.read(0x0C) >> 14 & 1 == works
    power.write(0x0C, scale << 16)
    assert not power.read(0x0C) >> 14 & 1


# RCC's register of reset flags: offset, bit that removes them, and the bits of power-on, pin, software, watchdog.
RESET_FLAGS = {
    "stm32f4_rcc": (0x74, 24, 27, 26, 28, 29),
    "stm32l4_rcc": (0x94, 23, 27, 26, 28, 29),
    "stm32g0_rcc": (0x60, 23, 27, 26, 28, 29),
    "stm32h7_rcc": (0xD0, 16, 23, 22, 24, 26),
    "stm32u5_rcc": (0xF4, 23, 27, 26, 28, 29),
}


@pytest.mark.parametrize("kind", RESET_FLAGS)
def test_reset_flags_stay_until_they_are_removed(kind: str) -> None:
    at, remove, power, pin, software, watchdog = RESET_FLAGS[kind]
    rcc = block(kind)
    rcc.write(0, rcc.read(0) | 1 << 16)
    at_first = rcc.read(at)
    assert at_first >> power & 1
    assert at_first >> pin & 1
    rcc.write(at, 0xFFFF_FFFF & ~(1 << remove))
    assert rcc.read(at) >> power & 1, "a program cannot write them"
    rcc.write(at, 1 << remove)
    rcc.write(at, 0)
    assert rcc.read(at) == 0
    rcc.reset("watchdog")
    assert [rcc.read(at) >> bit & 1 for bit in (power, pin, software, watchdog)] == [0, 1, 0, 1]
    assert not rcc.read(0) >> 17 & 1, "registers are as after reset"
    rcc.write(at, 1 << remove)
    rcc.reset("software")
    assert [rcc.read(at) >> bit & 1 for bit in (power, pin, software, watchdog)] == [0, 1, 1, 0]


def test_every_block_of_the_table_is_there_and_none_overlap() -> None:
    for blocks in CLOCK_BLOCKS.values():
        areas = sorted((base, base + block(kind).size_bytes) for kind, base in blocks)
        assert all(end <= start for (_, end), (start, _) in itertools.pairwise(areas))


@pytest.mark.parametrize(("name", "kib"), [("stm32f746g-disco", 4), ("nucleo-h743zi", 16)])
def test_an_m7_describes_its_caches(name: str, kib: int) -> None:
    bus = bus_of(name)
    sizes = []
    for cache in (0, 1):
        bus.write(0xE000_ED84, 4, cache)
        said = bus.read(0xE000_ED80, 4)
        line_bytes = 16 << (said & 7)
        sizes.append(((said >> 13 & 0x7FFF) + 1) * ((said >> 3 & 0x3FF) + 1) * line_bytes)
    assert sizes == [kib * 1024, kib * 1024]


def test_other_chips_keep_their_patient_registers() -> None:
    """Of a chip without a model, any wait ends: foreign programs run on it."""
    bus = bus_of("apollo4-plus-evb")
    assert {bus.read(0x4002_1000, 4) >> 25 & 1 for _ in range(MANY_READS)} == {0, 1}
