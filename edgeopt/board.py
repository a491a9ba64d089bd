"""boards/*.toml -> Board: what the planner, the linker script, the simulator and the report know of a board.

The loader is strict: an unknown, missing, mistyped or out-of-range key is a BoardError that names file and key.
"""

import difflib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from edgeopt.errors import BoardError
from edgeopt.resources import boards_dir
from edgeopt.tables import Table, read_table

Core = Literal["cortex-m0plus", "cortex-m3", "cortex-m4f", "cortex-m7f", "cortex-m33f", "cortex-m55"]
ConsoleKind = Literal["semihosting", "stm32_usart_v2", "stm32_usart_v1", "cmsdk_uart", "pl011", "nrf_uart"]
TimerKind = Literal["dwt", "stm32_tim", "rp2040_timer", "cmsdk_timer", "sse_timer", "none"]
FigureKind = Literal["datasheet", "measured", "unverified", "unknown"]
LinkKind = Literal["serial", "qemu"]

_ADDRESS_LIMIT = 1 << 32


@dataclass(frozen=True)
class Figure:
    """A number with its source; `value` is None exactly if `kind` is "unknown". Its unit is in the field's name."""

    value: float | None
    kind: FigureKind
    source: str


@dataclass(frozen=True)
class Region:
    """A memory region of `size_bytes` from address `origin`.

    `reserve_bytes` are not for the model: in flash the first bytes, for a boot loader (code starts behind them); in RAM
    what stack and runtime need.
    """

    origin: int
    size_bytes: int
    reserve_bytes: int
    source: str

    @property
    def usable_bytes(self) -> int:
        return self.size_bytes - self.reserve_bytes


@dataclass(frozen=True)
class FlashTiming:
    """How flash slows the core at the board's clock: extra cycles a line fetch, and the caches in front of it."""

    wait_states: int
    line_bytes: int
    prefetch: bool
    icache_bytes: int
    dcache_bytes: int
    kind: FigureKind
    source: str


@dataclass(frozen=True)
class Console:
    """The UART of the host link with its pins as the chip names them, or semihosting (all else is then 0 and "")."""

    kind: ConsoleKind
    instance: str
    base: int
    baud: int
    tx_pin: str
    rx_pin: str
    source: str


@dataclass(frozen=True)
class Timer:
    """The counter of latency: a register block at `base` that counts `hz` ticks a second, modulo 2^32."""

    kind: TimerKind
    base: int
    hz: int


@dataclass(frozen=True)
class Flasher:
    """The tool that writes an ELF into the board, with its arguments as on its command line."""

    tool: str
    args: tuple[str, ...]


@dataclass(frozen=True)
class Qemu:
    """QEMU's name of the board; its UART is the board's console."""

    machine: str


@dataclass(frozen=True)
class Board:
    """One board. `mcu_setup` names the clock and pin set-up: firmware_templates/<platform>/mcu_<mcu_setup>.c."""

    name: str
    title: str
    mcu: str
    core: Core
    clock_hz: int
    clock_source: str
    platform: str
    mcu_setup: str
    flash: Region
    ram: Region
    flash_timing: FlashTiming | None
    supply_v: Figure
    active_ma: Figure
    sleep_ua: Figure
    console: Console
    timer: Timer
    flasher: Flasher | None
    link: LinkKind
    qemu: Qemu | None
    file: Path = field(default=Path(), compare=False, repr=False)  # where it was read from

    @property
    def code_origin(self) -> int:
        """Address of the vector table: where flash starts, behind what is reserved for a boot loader."""
        return self.flash.origin + self.flash.reserve_bytes


def board_names() -> tuple[str, ...]:
    """Names of the boards that ship with edgeopt, sorted."""
    return tuple(sorted(path.stem for path in boards_dir().glob("*.toml")))


def load_board(name_or_path: str | Path) -> Board:
    """The board called `name_or_path`, or the one in that .toml file; BoardError where there is none or it is wrong."""
    text = str(name_or_path)
    if text.endswith(".toml"):
        return _read(Path(text))
    names = board_names()
    if text not in names:
        near = difflib.get_close_matches(text, names, n=1)
        hint = (
            f"did you mean `{near[0]}`?" if near else f"there are: {', '.join(names)}; or give the path of a .toml file"
        )
        raise BoardError(f"no board is called `{text}`", hint)
    return _read(boards_dir() / f"{text}.toml")


def _read(path: Path) -> Board:
    return _board(read_table(path, "board", BoardError, "see boards/nucleo-l4r5zi.toml for an example"))


def _board(t: Table) -> Board:
    clock, power, memory = t.table("clock"), t.table("power"), t.table("memory")
    board = Board(
        name=t.text("name", r"[a-z0-9][a-z0-9-]*"),
        title=t.text("title"),
        mcu=t.text("mcu"),
        core=t.choice("core", get_args(Core)),
        clock_hz=clock.integer("hz", 1_000, 4_000_000_000),
        clock_source=clock.text("source"),
        platform=t.text("platform", r"[a-z0-9][a-z0-9_-]*"),
        mcu_setup=t.text("mcu_setup", r"[a-z0-9][a-z0-9_]*"),
        flash=_region(memory.table("flash")),
        ram=_region(memory.table("ram")),
        flash_timing=_flash_timing(t.table("flash_timing")) if t.has("flash_timing") else None,
        supply_v=_figure(power.table("supply_v"), 0.5, 60.0),
        active_ma=_figure(power.table("active_ma"), 0.001, 10_000.0),
        sleep_ua=_figure(power.table("sleep_ua"), 0.001, 10_000_000.0),
        console=_console(t.table("console")),
        timer=_timer(t.table("timer")),
        flasher=_flasher(t.table("flasher")) if t.has("flasher") else None,
        link=t.choice("link", get_args(LinkKind)),
        qemu=_qemu(t.table("qemu")) if t.has("qemu") else None,
        file=t.file,
    )
    for table in (clock, power, memory, t):
        table.done()
    flash, ram = board.flash, board.ram
    if flash.origin < ram.origin + ram.size_bytes and ram.origin < flash.origin + flash.size_bytes:
        raise t.error("memory", "flash and RAM overlap")
    if board.link == "qemu" and board.qemu is None:
        raise t.error("link", "is `qemu`, but there is no [qemu] table")
    return board


def _region(t: Table) -> Region:
    region = Region(
        origin=t.integer("origin", 0, _ADDRESS_LIMIT - 4),
        size_bytes=t.integer("size_bytes", 1024, _ADDRESS_LIMIT),
        reserve_bytes=t.integer("reserve_bytes", 0, _ADDRESS_LIMIT),
        source=t.text("source"),
    )
    t.done()
    if region.origin + region.size_bytes > _ADDRESS_LIMIT:
        raise t.error("size_bytes", "the region ends beyond 4 GiB")
    if region.reserve_bytes >= region.size_bytes:
        raise t.error("reserve_bytes", "nothing of the region is left")
    if region.origin % 4 or region.size_bytes % 4 or region.reserve_bytes % 4:
        raise t.error("origin", "origin, size_bytes and reserve_bytes must be multiples of 4")
    return region


def _figure(t: Table, low: float, high: float) -> Figure:
    kind: FigureKind = t.choice("kind", get_args(FigureKind))
    if kind == "unknown" and t.has("value"):
        raise t.error("value", "must be absent where kind is `unknown`")
    value = None if kind == "unknown" else t.number("value", low, high)
    figure = Figure(value, kind, t.text("source"))
    t.done()
    return figure


def _flash_timing(t: Table) -> FlashTiming:
    timing = FlashTiming(
        wait_states=t.integer("wait_states", 0, 64),
        line_bytes=t.integer("line_bytes", 2, 256),
        prefetch=t.boolean("prefetch"),
        icache_bytes=t.integer("icache_bytes", 0, 1 << 20),
        dcache_bytes=t.integer("dcache_bytes", 0, 1 << 20),
        kind=t.choice("kind", get_args(FigureKind)),
        source=t.text("source"),
    )
    t.done()
    if timing.kind == "unknown":
        raise t.error("kind", "leave the table out where the timing is unknown")
    return timing


def _console(t: Table) -> Console:
    kind: ConsoleKind = t.choice("kind", get_args(ConsoleKind))
    if kind == "semihosting":
        console = Console(kind, "", 0, 0, "", "", t.text("source"))
    else:
        pins = t.text("tx_pin", r".*"), t.text("rx_pin", r".*")
        instance, base, baud = t.text("instance"), t.address("base"), t.integer("baud", 1_200, 4_000_000)
        console = Console(kind, instance, base, baud, *pins, t.text("source"))
    t.done()
    return console


def _timer(t: Table) -> Timer:
    timer = Timer(t.choice("kind", get_args(TimerKind)), t.address("base"), t.integer("hz", 1_000, 4_000_000_000))
    t.done()
    return timer


def _flasher(t: Table) -> Flasher:
    flasher = Flasher(t.text("tool", r"[A-Za-z0-9][A-Za-z0-9._-]*"), t.texts("args"))
    t.done()
    return flasher


def _qemu(t: Table) -> Qemu:
    qemu = Qemu(t.text("machine", r"[a-z0-9][a-z0-9-]*"))
    t.done()
    return qemu
