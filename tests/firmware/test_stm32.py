"""Each STM32 board's own clock set-up, run on the virtual board: the clocks that follow from what it wrote."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from support.arm_programs import need
from support.stm32_boards import (
    BLOCK_BYTES,
    BOARDS,
    ENABLES,
    PLL_REGISTERS,
    RESET_HZ,
    Run,
    Write,
    baud,
    project,
    setup_files,
    start,
)
from support.stm32_clocks import DECODERS, bits

from edgeopt.board import board_names, load_board
from edgeopt.errors import ToolchainError
from edgeopt.firmware import build, with_console
from edgeopt.resources import firmware_templates_dir

pytest.importorskip("unicorn", reason="pip install unicorn")

CCR, ICIALLU, DCISW, DCCMVAC, AIRCR = 0xE000_ED14, 0xE000_EF50, 0xE000_EF60, 0xE000_EF68, 0xE000_ED0C

every_board = pytest.mark.parametrize(("name", "run"), [(name, name) for name in BOARDS], indirect=["run"], ids=BOARDS)


@pytest.fixture
def run(request: pytest.FixtureRequest, stm32_elf: Callable[[str], Path]) -> Run:
    return start(stm32_elf(request.param), load_board(request.param))


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


@pytest.mark.parametrize(
    ("name", "run"), [(name, name) for name in ("stm32f746g-disco", "nucleo-h743zi")], indirect=["run"]
)
def test_an_m7_writes_what_outlasts_a_reset_past_its_data_cache(name: str, run: Run) -> None:
    """A reset empties the cache unwritten, so the record's lines are cleaned before it, and once it was read."""
    record = load_board(name).ram.origin + 4096  # behind the stack
    lines = set(range(record & ~31, record + 4 * 13, 32))  # ten words of the crash, its CRC, in a row, the cause
    assert lines <= {value for address, value in run.writes if address == DCCMVAC}, "the cause that was read is gone"
    del run.writes[:]
    run.link.write(b"r")
    assert run.link.read(1.0).endswith(b"cause 4\n")
    asked = next(i for i, (address, _) in enumerate(run.writes) if address == AIRCR)
    assert lines <= {value for address, value in run.writes[:asked] if address == DCCMVAC}


STUCK = {
    "PLL": (r"(#define PLL1?_ON) \(1u << 24\)", r"\1 0u"),
    "HSI": (r"(#define HSI_ON) \(1u << 8\)", r"\1 0u"),
    "over-drive": (r"(#define OVERDRIVE_ON) \(1u << 16\)", r"\1 0u"),
    "booster": (r"(#define BOOSTER_ON) \(1u << 18\)", r"\1 0u"),
    "range": (r"(#define RANGE_1) \(3u << 16\)", r"\1 0u"),
    "supply": (r"(#define SUPPLY_LDO) \(1u << 1\)", r"\1 0u"),
}


def stuck_boards() -> list[tuple[str, str]]:
    templates = firmware_templates_dir() / "baremetal"
    text = {name: "".join(file.read_text() for file in setup_files(load_board(name), templates)) for name in BOARDS}
    return [(name, what) for name in BOARDS for what, (pattern, _) in STUCK.items() if re.search(pattern, text[name])]


@pytest.mark.parametrize(("name", "what"), stuck_boards())
def test_what_does_not_start_leaves_the_reset_clock(name: str, what: str, write_project: Write, tmp_path: Path) -> None:
    """One thing is never switched on, so its flag never comes: the firmware says how it really runs, and its console
    works."""
    need("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    board, folder = load_board(name), project(name, write_project, tmp_path / "project")
    pattern, instead = STUCK[what]
    (source,) = (file for file in setup_files(board, folder) if re.search(pattern, file.read_text()))
    sabotaged, count = re.subn(pattern, instead, source.read_text())
    assert count == 1
    source.write_text(sabotaged)
    run = start(build(folder, board, "gcc").elf, board)
    clocks = DECODERS[name](run.state)
    assert clocks.core_hz == run.hz == RESET_HZ.get(name, 16_000_000)
    assert clocks.faults == []
    assert baud(board, clocks, run.state) == pytest.approx(board.console.baud, rel=0.02)


WRONG = (
    ("netduinoplus2", "(168u << 6)", "(180u << 6)"),  # faster than the chip bears
    ("nucleo-f446re", "WAIT_STATES = 5", "WAIT_STATES = 4"),
    ("nucleo-f446re", "stm32_enable(&RCC_APB1ENR, 1u << 28);", ""),  # PWR has no clock
    ("stm32f746g-disco", "(4u << 13)", "(0u << 13)"),  # APB2 at 216 MHz
    ("nucleo-l4r5zi", "PWR_CR5 &= ~(1u << 8);", ""),  # no boost
    ("nucleo-g071rb", "| (1u << 28) |", "|"),  # the PLL's output is off
    ("nucleo-h743zi", "(2u << 2)", "(1u << 2)"),  # PLL1's input is not in that range
    ("nucleo-u575zi-q", "(1u << 12)", "(5u << 12)"),  # the booster's clock is too slow
    ("nucleo-u575zi-q", "HPRE_HALF 8u", "HPRE_HALF 0u"),  # in one step
)


@pytest.mark.parametrize(("name", "right", "wrong"), WRONG)
def test_a_wrong_clock_tree_is_found(name: str, right: str, wrong: str, write_project: Write, tmp_path: Path) -> None:
    """The checks above, of firmware that differs in one place."""
    need("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    board, folder = load_board(name), project(name, write_project, tmp_path / "project")
    (source,) = (file for file in setup_files(board, folder) if right in file.read_text())
    source.write_text(source.read_text().replace(right, wrong))
    run = start(build(folder, board, "gcc").elf, board)
    checks = (
        test_the_core_runs_as_the_board_file_says,
        test_at_no_moment_is_a_limit_exceeded,
        test_a_block_is_clocked_before_it_is_used,
    )
    found = []
    for check in checks:
        try:
            check(name, run)
        except AssertionError as error:
            found.append(error)
    assert found


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
