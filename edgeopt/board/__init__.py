"""Boards: what the planner, the linker script, the simulator, the energy figures and the report know of one."""

from edgeopt.board.loader import board_names, load_board, read_figure
from edgeopt.board.types import (
    Board,
    ClockSetting,
    Console,
    ConsoleKind,
    Core,
    Figure,
    FigureKind,
    Flasher,
    FlashTiming,
    LinkKind,
    Power,
    Qemu,
    Region,
    Regulator,
    Timer,
    TimerKind,
)

__all__ = [
    "Board",
    "ClockSetting",
    "Console",
    "ConsoleKind",
    "Core",
    "Figure",
    "FigureKind",
    "FlashTiming",
    "Flasher",
    "LinkKind",
    "Power",
    "Qemu",
    "Region",
    "Regulator",
    "Timer",
    "TimerKind",
    "board_names",
    "load_board",
    "read_figure",
]
