"""Each STM32 board's own clock set-up, run on the virtual board: the clocks that follow from what it wrote."""

import functools
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from support.arm_programs import need
from support.stm32_clocks import DECODERS, Clocks, State, bits

from edgeopt.board import Board, board_names, load_board
from edgeopt.errors import ToolchainError
from edgeopt.firmware import build, find_toolchain, with_console
from edgeopt.simulate import VirtualBoard
from edgeopt.simulate.peripherals.stm32_usart_v1 import Stm32UsartV1
from edgeopt.simulate.peripherals.stm32_usart_v2 import Stm32UsartV2

pytest.importorskip("unicorn", reason="pip install unicorn")

HERE = Path(__file__).parent
BOARDS = sorted(DECODERS)

# RCC's clock enables: register, and the bit of each block, by its base, that is deaf without.
ENABLES: dict[str, tuple[tuple[int, dict[int, int]], ...]] = {
    "netduinoplus2": (
        (0x4002_3830, {0x4002_0000: 0, 0x4002_0400: 1}),
        (0x4002_3840, {0x4000_7000: 28}),
        (0x4002_3844, {0x4001_1000: 4}),
    ),
    "nucleo-f446re": ((0x4002_3830, {0x4002_0000: 0}), (0x4002_3840, {0x4000_4400: 17, 0x4000_7000: 28})),
    "stm32f746g-disco": (
        (0x4002_3830, {0x4002_0000: 0, 0x4002_0400: 1, 0x4002_2000: 8}),
        (0x4002_3840, {0x4000_7000: 28}),
        (0x4002_3844, {0x4001_1000: 4}),
    ),
    "nucleo-l4r5zi": (
        (0x4002_104C, {0x4800_1400: 5, 0x4800_1800: 6}),
        (0x4002_1058, {0x4000_7000: 28}),
        (0x4002_105C, {0x4000_8000: 0}),
    ),
    "nucleo-g071rb": ((0x4002_1034, {0x5000_0000: 0}), (0x4002_103C, {0x4000_0000: 0, 0x4000_4400: 17})),
    "nucleo-h743zi": ((0x5802_44E0, {0x5802_0C00: 3, 0x5802_1000: 4}), (0x5802_44E8, {0x4000_4800: 18})),
    "nucleo-u575zi-q": (
        (0x4602_0C8C, {0x4202_0000: 0, 0x4202_1400: 5}),
        (0x4602_0C94, {0x4602_0800: 2}),
        (0x4602_0CA4, {0x4001_3800: 14}),
    ),
}
FUNCTIONS = {"nucleo-g071rb": 1, "nucleo-l4r5zi": 8}  # of the UART's pins, by the data sheets; 7 elsewhere
GPIO = {
    "F4": 0x4002_0000,
    "F7": 0x4002_0000,
    "L4": 0x4800_0000,
    "G0": 0x5000_0000,
    "H7": 0x5802_0000,
    "U5": 0x4202_0000,
}
PLL_REGISTERS = {
    "netduinoplus2": (0x4002_3800, (0x4002_3804,)),
    "nucleo-f446re": (0x4002_3800, (0x4002_3804,)),
    "stm32f746g-disco": (0x4002_3800, (0x4002_3804,)),
    "nucleo-l4r5zi": (0x4002_1000, (0x4002_100C,)),
    "nucleo-g071rb": (0x4002_1000, (0x4002_100C,)),
    "nucleo-h743zi": (0x5802_4400, (0x5802_4428, 0x5802_442C, 0x5802_4430)),
    "nucleo-u575zi-q": (0x4602_0C00, (0x4602_0C28, 0x4602_0C34)),
}
RESET_HZ = {"nucleo-h743zi": 64_000_000, "nucleo-l4r5zi": 4_000_000, "nucleo-u575zi-q": 4_000_000}  # 16 MHz elsewhere
BLOCK_BYTES = 0x400
CCR, ICIALLU, DCISW = 0xE000_ED14, 0xE000_EF50, 0xE000_EF60


@dataclass
class Run:
    """A board that has said its first line, and each register it wrote on the way, in order."""

    link: VirtualBoard
    hz: int
    cause: int
    writes: list[tuple[int, int]] = field(default_factory=list)

    def states(self) -> Iterator[tuple[int, dict[int, int]]]:
        """The address of each write, with what all registers then held."""
        state: dict[int, int] = {}
        for address, value in self.writes:
            state[address] = value
            yield address, dict(state)

    @property
    def state(self) -> State:
        return dict(self.writes)


def start(elf: Path, board: Board) -> Run:
    writes: list[tuple[int, int]] = []
    link = VirtualBoard(elf, board)
    link.bus.on_write = lambda address, value: writes.append((address, value))
    line = link.read(1.0).decode()
    said = re.fullmatch(r"hz (\d+) cause (\d)\n", line)
    assert said, line
    return Run(link, int(said[1]), int(said[2]), writes)


Write = Callable[[Board, Path], Path]


def project(name: str, write_project: Write, folder: Path) -> Path:
    write_project(load_board(name), folder)
    shutil.copy(HERE / "stm32_main.c", folder / "main.c")
    return folder


@pytest.fixture(scope="module", params=["gcc", "zig"])
def elf_of(
    request: pytest.FixtureRequest, write_project: Write, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Path]:
    """The program of the board of that name, built once by each toolchain that is installed."""
    toolchain: str = request.param
    try:
        find_toolchain(toolchain)
    except ToolchainError as error:
        pytest.skip(f"install it: {error.hint}")
    folder = tmp_path_factory.mktemp(toolchain)

    @functools.cache
    def elf(name: str) -> Path:
        return build(project(name, write_project, folder / name), load_board(name), toolchain).elf

    return elf


@pytest.fixture
def run(request: pytest.FixtureRequest, elf_of: Callable[[str], Path]) -> Run:
    return start(elf_of(request.param), load_board(request.param))


every_board = pytest.mark.parametrize(("name", "run"), [(name, name) for name in BOARDS], indirect=["run"], ids=BOARDS)


def baud(board: Board, clocks: Clocks, state: State) -> float:
    """Bits a second, by the divider that was written."""
    is_v1 = board.console.kind == "stm32_usart_v1"
    control = state[board.console.base + (0x0C if is_v1 else 0x00)]
    assert not control >> 15 & 1, "16-fold oversampling"
    factor = 256 if board.console.instance.startswith("LPUART") else 1
    return factor * clocks.console_hz / state[board.console.base + (0x08 if is_v1 else 0x0C)]


def port(board: Board, pin: str) -> tuple[int, int]:
    return GPIO[board.mcu[5:7]] + 0x400 * (ord(pin[1]) - ord("A")), int(pin[2:])


@every_board
def test_the_core_runs_as_the_board_file_says(name: str, run: Run) -> None:
    board = load_board(name)
    clocks = DECODERS[name](run.state)
    assert clocks.core_hz == board.clock_hz == run.hz
    assert clocks.faults == []
    assert board.flash_timing is not None
    assert clocks.core_waits == board.flash_timing.wait_states
    assert clocks.wait_states == clocks.fewest_waits, "and no more than it needs"


@every_board
def test_the_console_runs_at_its_baud_rate(name: str, run: Run) -> None:
    board = load_board(name)
    assert baud(board, DECODERS[name](run.state), run.state) == pytest.approx(board.console.baud, rel=0.02)


@every_board
def test_at_no_moment_is_a_limit_exceeded(name: str, run: Run) -> None:
    """After each single write: clocks, voltage, wait states; and no register of a PLL changes while it runs."""
    control, configuration = PLL_REGISTERS[name]
    seen = []
    for address, state in run.states():
        clocks = DECODERS[name](state)
        assert clocks.faults == [], f"after the write to {address:#x}"
        assert address not in configuration or not state.get(control, 0) >> 24 & 1
        if clocks.core_hz not in seen:
            seen.append(clocks.core_hz)
    assert len(seen) > 1
    if name in ("nucleo-l4r5zi", "nucleo-u575zi-q"):
        assert seen[-1] == 2 * seen[-2], "above 80 MHz in two steps"


@every_board
def test_a_block_is_clocked_before_it_is_used(name: str, run: Run) -> None:
    deaf = {base: (register, bit) for register, bases in ENABLES[name] for base, bit in bases.items()}
    used = set()
    for address, state in run.states():
        base = address - address % BLOCK_BYTES
        if base in deaf:
            register, bit = deaf[base]
            assert state.get(register, 0) >> bit & 1, f"{address:#x} is written without a clock"
            used.add(base)
    assert used >= set(deaf)


@every_board
def test_the_console_has_its_pins(name: str, run: Run) -> None:
    board = load_board(name)
    for pin in (board.console.tx_pin, board.console.rx_pin):
        base, number = port(board, pin)
        assert run.state[base] >> 2 * number & 3 == 2, f"{pin} belongs to a peripheral"
        half = run.state[base + 0x20 + 4 * (number // 8)]
        assert half >> 4 * (number % 8) & 0xF == FUNCTIONS.get(name, 7)
        assert run.state[base + 0x0C] >> 2 * number & 3 == 1, "pulled up"


@every_board
def test_the_console_interrupts_and_echoes(name: str, run: Run) -> None:
    board = load_board(name)
    control = run.state[board.console.base + (0x0C if board.console.kind == "stm32_usart_v1" else 0)]
    assert board.console.irq is not None
    assert control >> 5 & 1, "RXNEIE"
    run.link.write(b"AB")
    assert [run.link.read(1.0), run.link.read(1.0)] == [b"A\n", b"B\n"]


@every_board
@pytest.mark.parametrize("errors", [0x8, 0x2, 0xF], ids=["overrun", "framing", "all"])
def test_the_console_goes_on_after_an_error_of_the_line(name: str, run: Run, errors: int) -> None:
    uart = run.link.bus.block_at(load_board(name).console.base)
    assert isinstance(uart, Stm32UsartV1 | Stm32UsartV2)
    uart.errors = errors
    run.link.write(b"AB")
    assert [run.link.read(1.0), run.link.read(1.0)] == [b"A\n", b"B\n"]
    assert uart.errors == 0


@every_board
def test_caches_and_prefetch_are_those_of_the_board_file(name: str, run: Run) -> None:
    board = load_board(name)
    timing, state = board.flash_timing, run.state
    assert timing is not None
    acr = state[{"H7": 0x5200_2000, "F4": 0x4002_3C00, "F7": 0x4002_3C00}.get(board.mcu[5:7], 0x4002_2000)]
    has_caches = timing.icache_bytes > 0, timing.dcache_bytes > 0
    if board.core == "cortex-m7f":
        assert (bool(state[CCR] >> 17 & 1), bool(state[CCR] >> 16 & 1)) == has_caches
    elif timing.unified:
        assert (bool(state[0x4003_0400] & 1), False) == has_caches
    else:
        data = bool(acr >> 10 & 1) and board.mcu[5:7] != "G0"  # where that bit means nothing
        assert (bool(acr >> 9 & 1), data) == has_caches
    if board.mcu[5:7] != "H7":  # which has no such bit
        assert bool(acr >> 8 & 1) == timing.prefetch


@pytest.mark.parametrize(
    ("name", "run"), [(name, name) for name in ("stm32f746g-disco", "nucleo-h743zi")], indirect=["run"]
)
def test_an_m7_empties_its_caches_before_they_are_on(name: str, run: Run) -> None:
    timing = load_board(name).flash_timing
    assert timing is not None
    on = next(i for i, (address, value) in enumerate(run.writes) if address == CCR and value >> 16 & 3)
    emptied = {value for address, value in run.writes[:on] if address == DCISW}
    sets = timing.dcache_bytes // (32 * 4)
    assert emptied == {way << 30 | number << 5 for way in range(4) for number in range(sets)}
    assert ICIALLU in {address for address, _ in run.writes[:on]}
    regions = [value for address, value in run.writes[:on] if address == 0xE000_EDA0]
    assert [bits(value, 26, 24) for value in regions] == [0], "external memory is out of bounds"


@every_board
def test_the_timestamp_pin_pulses(name: str, run: Run) -> None:
    pin = load_board(name).pin
    assert pin is not None
    assert port(load_board(name), pin.name) == (pin.base, pin.number)
    assert run.state[pin.base] >> 2 * pin.number & 3 == 1, "an output"
    levels = [value for address, value in run.writes if address == pin.base + 0x18]
    assert levels == [1 << pin.number], "high from the beginning"
    del run.writes[:]
    run.link.write(b"pA")
    assert run.link.read(1.0) == b"A\n"
    levels = [value for address, value in run.writes if address == pin.base + 0x18]
    assert levels == [1 << pin.number + 16, 1 << pin.number]


POWER, WATCHDOG, SOFTWARE = 1, 3, 4  # enum eo_reset_cause


@every_board
def test_the_watchdog_resets_a_chip_that_hangs(name: str, run: Run) -> None:
    board = load_board(name)
    assert run.cause == POWER
    assert board.watchdog is not None
    run.link.write(b"w")
    assert run.link.read(1.0) == b"ms 10\n"
    prescaler, reload = (run.state[board.watchdog.base + offset] for offset in (4, 8))
    assert (reload + 1) * (4 << prescaler) / 32_000 == 0.01, "seconds, by LSI"
    run.link.write(b"fdfdfdfdA")  # 12 ms, fed every 3
    assert [run.link.read(1.0) for _ in range(5)] == [*[b"waited\n"] * 4, b"A\n"]
    fed = run.link.ticks
    run.link.write(b"h")
    assert run.link.read(2.0).decode() == f"hz {board.clock_hz} cause {WATCHDOG}\n"
    assert run.link.resets == ["watchdog"]
    after_s = (run.link.ticks - fed) / board.clock_hz
    assert 0.006 < after_s < 0.011, "3 of the 10 ms had passed since it was fed"


@every_board
def test_a_reset_by_the_program_is_told_from_others(name: str, run: Run) -> None:
    for _ in range(2):
        run.link.write(b"r")
        assert run.link.read(1.0).decode() == f"hz {run.hz} cause {SOFTWARE}\n"
    assert run.link.resets == ["software", "software"]
    run.link.write(b"A")
    assert run.link.read(1.0) == b"A\n"


STUCK = {
    "PLL": (r"(#define PLL1?_ON) \(1u << 24\)", r"\1 0u"),
    "HSI": (r"(#define HSI_ON) \(1u << 8\)", r"\1 0u"),
    "over-drive": (r"(#define OVERDRIVE_ON) \(1u << 16\)", r"\1 0u"),
    "booster": (r"(#define BOOSTER_ON) \(1u << 18\)", r"\1 0u"),
    "range": (r"(#define RANGE_1) \(3u << 16\)", r"\1 0u"),
    "supply": (r"(#define SUPPLY_LDO) \(1u << 1\)", r"\1 0u"),
}


def stuck_boards() -> list[tuple[str, str]]:
    sources = {name: load_board(name) for name in BOARDS}
    text = {
        name: (HERE.parents[1] / "firmware_templates" / "baremetal" / f"mcu_{board.mcu_setup}.c").read_text()
        for name, board in sources.items()
    }
    return [(name, what) for name in BOARDS for what, (pattern, _) in STUCK.items() if re.search(pattern, text[name])]


@pytest.mark.parametrize(("name", "what"), stuck_boards())
def test_what_does_not_start_leaves_the_reset_clock(name: str, what: str, write_project: Write, tmp_path: Path) -> None:
    """One thing is never switched on, so its flag never comes: the firmware says how it really runs, and its console
    works."""
    need("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    board, folder = load_board(name), project(name, write_project, tmp_path / "project")
    source = folder / f"mcu_{board.mcu_setup}.c"
    pattern, instead = STUCK[what]
    sabotaged, count = re.subn(pattern, instead, source.read_text())
    assert count == 1
    source.write_text(sabotaged)
    run = start(build(folder, board, "gcc").elf, board)
    clocks = DECODERS[name](run.state)
    assert clocks.core_hz == run.hz == RESET_HZ.get(name, 16_000_000)
    assert clocks.faults == []
    assert baud(board, clocks, run.state) == pytest.approx(board.console.baud, rel=0.02)


@pytest.mark.parametrize("change", ["clock", "UART", "pin"])
@pytest.mark.parametrize("name", BOARDS)
def test_a_board_file_that_does_not_fit_its_set_up_is_not_built(
    name: str, change: str, write_project: Write, tmp_path: Path
) -> None:
    """Else the firmware would tell wrong times, or listen on pins that lead nowhere."""
    need("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    board = load_board(name)
    changed = {
        "clock": replace(board, clock_hz=board.clock_hz // 2),
        "UART": replace(board, console=replace(board.console, base=board.console.base + 0x400)),
        "pin": replace(board, console=replace(board.console, rx_pin="PC11")),
    }[change]
    folder = write_project(changed, tmp_path / "project")
    with pytest.raises(ToolchainError) as caught:
        build(folder, changed, "gcc")
    assert f"mcu_{board.mcu_setup}.c is for {board.clock_hz // 1_000_000} MHz and" in caught.value.message
    assert f"{board.console.tx_pin} and {board.console.rx_pin}: correct the board's file" in caught.value.message


@pytest.mark.parametrize("name", BOARDS)
def test_semihosting_needs_no_uart(name: str, write_project: Write, tmp_path: Path) -> None:
    need("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    board = with_console(load_board(name), "semihosting")
    assert build(write_project(board, tmp_path / "project"), board, "gcc").warnings == ()


def test_every_stm32_that_edgeopt_sets_up_is_here() -> None:
    boards = [load_board(name) for name in board_names()]
    ours = [board.name for board in boards if board.mcu.startswith("STM32") and board.mcu_setup != "none"]
    assert ours == BOARDS
    assert {board.name: board.verified for board in boards if board.name in BOARDS} == {
        name: "qemu" if name == "netduinoplus2" else "virtual" for name in BOARDS
    }
