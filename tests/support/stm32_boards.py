"""STM32 boards under test: where their registers lie, and a run of their own set-up that keeps what it writes."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from support.stm32_clocks import DECODERS, Clocks, State

from edgeopt.board import Board, load_board
from edgeopt.firmware.template import load_platform
from edgeopt.simulate import VirtualBoard

FIRMWARE_TESTS = Path(__file__).parents[1] / "firmware"
BOARDS = sorted(DECODERS)

Write = Callable[[Board, Path], Path]


def setup_files(board: Board, folder: Path) -> list[Path]:
    """The files in `folder`, the platform's or a project's, that set the board's clock and pins up."""
    own = f"mcu_{board.mcu_setup}.c"
    return [folder / name for name in (own, *load_platform(board.platform).needs.get(own, ()))]


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


def project(name: str, write_project: Write, folder: Path) -> Path:
    write_project(load_board(name), folder)
    shutil.copy(FIRMWARE_TESTS / "stm32_main.c", folder / "main.c")
    return folder


def baud(board: Board, clocks: Clocks, state: State) -> float:
    """Bits a second, by the divider that was written."""
    is_v1 = board.console.kind == "stm32_usart_v1"
    control = state[board.console.base + (0x0C if is_v1 else 0x00)]
    assert not control >> 15 & 1, "16-fold oversampling"
    factor = 256 if board.console.instance.startswith("LPUART") else 1
    return factor * clocks.console_hz / state[board.console.base + (0x08 if is_v1 else 0x0C)]


def port(board: Board, pin: str) -> tuple[int, int]:
    return GPIO[board.mcu[5:7]] + 0x400 * (ord(pin[1]) - ord("A")), int(pin[2:])
