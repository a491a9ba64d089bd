"""The set-up of nRF51, nRF52 and RP2040 boards, run on the virtual board: what follows from the registers it wrote."""

import functools
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from support.arm_programs import need

from edgeopt.board import Board, board_names, load_board
from edgeopt.errors import ToolchainError
from edgeopt.firmware import build
from edgeopt.firmware.template import pin_number
from edgeopt.simulate import VirtualBoard
from edgeopt.simulate.peripherals.nrf_clock import NrfClock

pytest.importorskip("unicorn", reason="pip install unicorn")

HERE = Path(__file__).parent
TEMPLATES = HERE.parents[1] / "firmware_templates" / "baremetal"
NRF = ["arduino-nano-33-ble-sense", "microbit", "microbit-v2", "nrf52840-dk"]
PICO = "raspberry-pi-pico"
BOARDS = [*NRF, PICO]
POWER, PIN, WATCHDOG, SOFTWARE = 1, 2, 3, 4  # enum eo_reset_cause

# RP2040 datasheet, sections 2.14 to 2.19: as the manual has them.
RESETS, CLOCKS, XOSC, PLL, UART, IO, SIO = (
    0x4000_C000,
    0x4000_8000,
    0x4002_4000,
    0x4002_8000,
    0x4003_4000,
    0x4001_4000,
    0xD000_0000,
)
CRYSTAL_HZ, RING_HZ = 12_000_000, 6_500_000

Write = Callable[[Board, Path], Path]


@dataclass
class Run:
    """A board that has said its first line, and each register it wrote on the way, in order."""

    link: VirtualBoard
    hz: int
    cause: int
    writes: list[tuple[int, int]] = field(default_factory=list)

    def last(self, address: int, default: int = 0) -> int:
        return next((value for at, value in reversed(self.writes) if at == address), default)

    def said(self, data: bytes) -> str:
        self.link.write(data)
        return self.link.read(1.0).decode()


def start(elf: Path, board: Board) -> Run:
    writes: list[tuple[int, int]] = []
    link = VirtualBoard(elf, board)
    link.bus.on_write = lambda address, value: writes.append((address, value))
    line = link.read(1.0).decode()
    said = re.fullmatch(r"hz (\d+) cause (\d)\n", line)
    assert said, line
    return Run(link, int(said[1]), int(said[2]), writes)


def project(board: Board, write_project: Write, folder: Path) -> Path:
    write_project(board, folder)
    shutil.copy(HERE / "stm32_main.c", folder / "main.c")
    return folder


@pytest.fixture(scope="module")
def elf_of(write_project: Write, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The program of the board of that name, built once."""
    need("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    folder = tmp_path_factory.mktemp("programs")

    @functools.cache
    def elf(name: str) -> Path:
        return build(project(load_board(name), write_project, folder / name), load_board(name), "gcc").elf

    return elf


@pytest.fixture
def run(request: pytest.FixtureRequest, elf_of: Callable[[str], Path]) -> Run:
    return start(elf_of(request.param), load_board(request.param))


def of(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("name", "run"), [(name, name) for name in names], indirect=["run"], ids=names)


@dataclass(frozen=True)
class Clocks:
    """Frequencies in Hz of an RP2040, from its registers."""

    reference: float
    system: float
    peripheral: float
    oscillator: float  # of the PLL
    tick: float  # of timer and watchdog


def clocks_of(state: dict[int, int]) -> Clocks:
    """What the registers give, by sections 2.15 and 2.18, whatever the program thinks of it."""
    crystal = CRYSTAL_HZ if state.get(XOSC, 0) >> 12 & 0xFFF == 0xFAB else 0
    reference = {0: RING_HZ, 2: crystal}[state.get(CLOCKS + 0x30, 0) & 3]
    divider, factor = state.get(PLL, 1) & 0x3F, state.get(PLL + 8, 0)
    powered = not state.get(PLL + 4, 0x2D) & 0x29  # PD, POSTDIVPD, VCOPD
    oscillator = crystal / divider * factor if factor else 0.0
    post = state.get(PLL + 0xC, 0x77000)
    output = oscillator / (post >> 16 & 7) / (post >> 12 & 7) if powered else 0.0
    assert state.get(CLOCKS + 0x3C, 0) >> 5 & 7 == 0, "auxiliary source 0 is the PLL"
    source = output if state.get(CLOCKS + 0x3C, 0) & 1 else reference
    system = source / (state.get(CLOCKS + 0x40, 0x100) / 256)
    enabled = state.get(CLOCKS + 0x48, 0) >> 11 & 1
    assert state.get(CLOCKS + 0x48, 0) >> 5 & 7 == 0, "from the system's clock"
    tick = state.get(0x4005_802C, 0)
    return Clocks(
        reference, system, system if enabled else 0, oscillator, reference / (tick & 0x1FF) if tick >> 9 & 1 else 0
    )


def pico_state(run: Run) -> dict[int, int]:
    return dict(run.writes)


@of(PICO)
def test_the_clock_tree_gives_what_the_board_file_says(name: str, run: Run) -> None:
    board, clocks = load_board(name), clocks_of(pico_state(run))
    assert clocks.system == clocks.peripheral == board.clock_hz == 125_000_000
    assert clocks.reference == CRYSTAL_HZ
    assert clocks.tick == board.timer.hz == run.hz
    assert 750e6 <= clocks.oscillator <= 1600e6, "section 2.18.2"


@of(PICO)
def test_the_baud_rate_follows_from_the_divisors(name: str, run: Run) -> None:
    board, state = load_board(name), pico_state(run)
    assert board.console.base == UART
    divisor = state[UART + 0x24] + state[UART + 0x28] / 64
    baud = clocks_of(state).peripheral / (16 * divisor)
    assert baud == pytest.approx(board.console.baud, rel=0.001)
    order = [address for address, _ in run.writes if address - UART in (0x24, 0x28, 0x2C)]
    assert order == [UART + 0x24, UART + 0x28, UART + 0x2C], "the line control register takes the divisor over"
    assert state[UART + 0x38] == 1 << 4 | 1 << 6, "a byte wakes the core, and so does a lone one"


@of(PICO)
def test_at_no_moment_does_the_core_run_too_fast_or_from_nothing(name: str, run: Run) -> None:
    """After each single write; and the PLL's numbers change only while nothing runs from it."""
    state: dict[int, int] = {}
    for address, value in run.writes:
        before = state.get(CLOCKS + 0x3C, 0) & 1
        state[address] = value
        clocks = clocks_of(state)
        assert 0 < clocks.system <= 133e6, f"after the write to {address:#x}"
        assert not (PLL <= address < PLL + 0x1000 and before)


@of(PICO)
def test_blocks_leave_reset_before_they_are_used(name: str, run: Run) -> None:
    released: set[int] = set()
    bits = {UART: 22, IO: 5, PLL: 12}
    for address, value in run.writes:
        if address == RESETS + 0x3000:
            released |= {bit for bit in range(25) if value >> bit & 1}
        if address == RESETS + 0x2000:
            released -= {bit for bit in range(25) if value >> bit & 1}
        for base, bit in bits.items():
            assert not base <= address < base + 0x1000 or bit in released, f"{address:#x} is written in reset"
    assert {8, *bits.values()} <= released


@of(PICO)
def test_a_block_that_leaves_reset_has_its_clock(name: str, run: Run) -> None:
    """Without it the block never says that it has left, and the wait for it runs out (section 2.14.1)."""
    state: dict[int, int] = {}
    for address, value in run.writes:
        state[address] = value
        if address == RESETS + 0x3000 and value >> 22 & 1:
            assert clocks_of(state).peripheral > 0


@of(PICO)
def test_the_pins_are_those_of_the_board_file(name: str, run: Run) -> None:
    board, state = load_board(name), pico_state(run)
    for pin in (board.console.tx_pin, board.console.rx_pin):
        assert state[IO + 8 * pin_number(pin) + 4] & 0x1F == 2, "UART"
    pad = state[0x4001_C004 + 4 * pin_number(board.console.rx_pin)]
    assert (pad >> 6 & 1, pad >> 2 & 3) == (1, 2), "an input, pulled up"
    assert board.pin is not None
    assert state[IO + 8 * board.pin.number + 4] & 0x1F == 5, "SIO"
    assert state[SIO + 0x24] == 1 << board.pin.number, "an output"


@of(*NRF)
def test_an_nrf_runs_from_its_crystal_with_its_pins(name: str, run: Run) -> None:
    board = load_board(name)
    assert run.hz == board.clock_hz
    assert run.last(0x4000_0000) == 1, "HFCLKSTART"
    uart, tx, rx = board.console.base, pin_number(board.console.tx_pin), pin_number(board.console.rx_pin)
    assert (run.last(uart + 0x50C), run.last(uart + 0x514)) == (tx, rx)
    port = 0x5000_0000 + 0x300 * (tx // 32)
    for register in (0x508, 0x518):  # OUTSET, DIRSET: an idle line is high
        assert (port + register, 1 << tx % 32) in run.writes
    assert run.last(0x5000_0700 + 0x300 * (rx // 32) + 4 * (rx % 32)) == 3 << 2, "PIN_CNF: an input, pulled up"
    assert run.last(uart + 0x500) == (8 if board.console.kind == "nrf_uarte" else 4)
    baud = (run.last(uart + 0x524) >> 12) * 16e6 / 2**20
    assert baud == pytest.approx(board.console.baud, rel=0.005)
    if board.mcu.startswith("nRF52"):
        assert run.last(0x4001_E540) == 1, "the instruction cache is on"


@of(*BOARDS)
def test_the_timestamp_pin_pulses(name: str, run: Run) -> None:
    pin = load_board(name).pin
    assert pin is not None
    high, low = (pin.base + at for at in ((0x14, 0x18) if name == PICO else (0x508, 0x50C)))
    assert (high, 1 << pin.number) in run.writes
    del run.writes[:]
    assert run.said(b"pA") == "A\n"
    assert [pair for pair in run.writes if pair[0] in (high, low)] == [(low, 1 << pin.number), (high, 1 << pin.number)]


@of(*BOARDS)
def test_every_byte_arrives_in_order(name: str, run: Run) -> None:
    text = bytes(range(ord("A"), ord("Z") + 1)) * 4
    run.link.write(text)
    heard = b"".join(run.link.read(1.0) for _ in text)
    assert heard == b"".join(bytes((byte,)) + b"\n" for byte in text)


@of(*BOARDS)
def test_the_watchdog_resets_a_chip_that_hangs(name: str, run: Run) -> None:
    board = load_board(name)
    assert run.cause == POWER
    assert run.said(b"w") == "ms 10\n"
    run.link.write(b"fdfdfdfdA")  # 12 ms, fed every 3
    assert [run.link.read(1.0) for _ in range(5)] == [*[b"waited\n"] * 4, b"A\n"]
    fed = run.link.ticks
    assert run.said(b"h") == f"hz {run.hz} cause {WATCHDOG}\n"
    assert run.link.resets == ["watchdog"]
    after_s = (run.link.ticks - fed) / board.clock_hz
    assert 0.006 < after_s < 0.011, "3 of the 10 ms had passed since it was fed"


@of(*BOARDS)
def test_a_reset_by_the_program_is_told_from_others(name: str, run: Run) -> None:
    for _ in range(2):
        assert run.said(b"r") == f"hz {run.hz} cause {SOFTWARE}\n"
    assert run.link.resets == ["software", "software"]
    assert run.said(b"A") == "A\n"


@of(*BOARDS)
def test_a_reset_by_the_program_is_told_after_one_by_the_watchdog_too(name: str, run: Run) -> None:
    """Although the RP2040 goes on telling of the watchdog."""
    assert run.said(b"w") == "ms 10\n"
    assert run.said(b"h") == f"hz {run.hz} cause {WATCHDOG}\n"
    assert run.said(b"r") == f"hz {run.hz} cause {SOFTWARE}\n"


@of("nrf52840-dk", "microbit-v2")
def test_a_reset_by_the_pin_is_told_whatever_other_flags_it_sets(name: str, run: Run) -> None:
    """nRF52840 errata sheet, anomaly 136."""
    power = run.link.bus.block_at(0x4000_0000)
    assert isinstance(power, NrfClock)
    power.registers[0x400] = 0xE  # watchdog, program, lock-up: the pin's is added
    power.machine.reset("pin")
    assert run.link.read(1.0).decode() == f"hz {run.hz} cause {PIN}\n"


@of("nrf52840-dk")
def test_an_nrf_s_watchdog_goes_on_through_the_program_s_reset(name: str, run: Run) -> None:
    assert run.said(b"w") == "ms 10\n"
    assert run.said(b"r") == f"hz {run.hz} cause {SOFTWARE}\n"
    assert run.said(b"h") == f"hz {run.hz} cause {WATCHDOG}\n"


STUCK = [
    ("XOSC_CTRL = (0xFABu << 12)", "XOSC_CTRL = (0u << 12)", RING_HZ, RING_HZ // 6),
    ("PLL_PWR = 1u << 3;", "PLL_PWR = 0x21;", CRYSTAL_HZ, 1_000_000),
]


@pytest.mark.parametrize(("line", "instead", "core_hz", "timer_hz"), STUCK, ids=["crystal", "PLL"])
def test_what_does_not_start_leaves_a_slower_clock(
    line: str, instead: str, core_hz: int, timer_hz: int, write_project: Write, tmp_path: Path
) -> None:
    """The firmware says how it really runs, and its console has its baud rate."""
    need("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    board = load_board(PICO)
    folder = project(board, write_project, tmp_path / "project")
    source = folder / "mcu_rp2040.c"
    assert source.read_text().count(line) == 1
    source.write_text(source.read_text().replace(line, instead))
    run = start(build(folder, board, "gcc").elf, board)
    state = pico_state(run)
    clocks = clocks_of(state)
    assert clocks.system == core_hz
    assert run.hz == timer_hz == pytest.approx(clocks.tick, abs=1)
    divisor = state[UART + 0x24] + state[UART + 0x28] / 64
    assert clocks.peripheral / (16 * divisor) == pytest.approx(board.console.baud, rel=0.02)


@pytest.mark.parametrize("name", BOARDS)
def test_a_board_file_with_another_clock_is_not_built(name: str, write_project: Write, tmp_path: Path) -> None:
    need("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    board = replace(load_board(name), clock_hz=32_000_000)
    with pytest.raises(ToolchainError, match=r"mcu_\w+\.c is for \d+ MHz: correct the board's file"):
        build(project(board, write_project, tmp_path / "project"), board, "gcc")


def test_every_board_of_these_chips_is_here() -> None:
    set_up = [name for name in board_names() if load_board(name).mcu_setup in ("nrf51", "nrf52", "rp2040")]
    assert sorted(BOARDS) == set_up
