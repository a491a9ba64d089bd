"""Each STM32 board's console, pin, watchdog and resets, by its own firmware on the virtual board."""

from collections.abc import Callable
from pathlib import Path

import pytest
from support.stm32_boards import BOARDS, FUNCTIONS, Run, baud, port, start
from support.stm32_clocks import DECODERS

from edgeopt.board import load_board
from edgeopt.simulate.peripherals.stm32_usart_v1 import Stm32UsartV1
from edgeopt.simulate.peripherals.stm32_usart_v2 import Stm32UsartV2

pytest.importorskip("unicorn", reason="pip install unicorn")

POWER, WATCHDOG, SOFTWARE = 1, 3, 4  # enum eo_reset_cause

every_board = pytest.mark.parametrize(("name", "run"), [(name, name) for name in BOARDS], indirect=["run"], ids=BOARDS)


@pytest.fixture
def run(request: pytest.FixtureRequest, stm32_elf: Callable[[str], Path]) -> Run:
    return start(stm32_elf(request.param), load_board(request.param))


@every_board
def test_the_console_runs_at_its_baud_rate(name: str, run: Run) -> None:
    board = load_board(name)
    assert baud(board, DECODERS[name](run.state), run.state) == pytest.approx(board.console.baud, rel=0.02)


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


@every_board
def test_a_byte_wakes_the_sleeping_core(name: str, run: Run) -> None:
    for letter in (b"A", b"B"):
        assert run.link.read(1.0) == b""
        assert run.link.is_waiting
        run.link.write(letter)
        assert run.link.read(1.0) == letter + b"\n"
    pending = {address for address, _ in run.writes if 0xE000_E280 <= address < 0xE000_E2C0}
    irq = load_board(name).console.irq
    assert irq is not None
    assert pending == {0xE000_E280 + 4 * (irq // 32)}, "its pending bit is cleared"


@every_board
def test_asleep_the_watchdog_is_fed(name: str, run: Run) -> None:
    run.link.write(b"w")
    assert run.link.read(1.0) == b"ms 10\n"
    before, asleep_before = run.link.ticks, run.link.asleep_ticks
    run.link.write(b"s")
    assert run.link.read(1.0) == b"slept\n"
    assert run.link.resets == []
    took_s = (run.link.ticks - before) / run.hz
    assert took_s == pytest.approx(0.030, rel=0.02)
    assert (run.link.asleep_ticks - asleep_before) / run.hz > 0.95 * took_s
