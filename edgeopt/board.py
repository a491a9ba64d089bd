"""boards/*.toml -> Board: what the planner, the linker script, the simulator and the report know of a board.

The loader is strict: an unknown, missing, mistyped or out-of-range key is a BoardError that names file and key.
"""

import difflib
import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from edgeopt.errors import BoardError
from edgeopt.resources import boards_dir

Core = Literal["cortex-m0plus", "cortex-m3", "cortex-m4f", "cortex-m7f", "cortex-m33f", "cortex-m55"]
ConsoleKind = Literal["semihosting", "stm32_usart_v2", "stm32_usart_v1", "cmsdk_uart", "pl011", "nrf_uart"]
TimerKind = Literal["dwt", "stm32_tim", "rp2040_timer", "cmsdk_timer", "sse_timer", "none"]
FigureKind = Literal["datasheet", "measured", "unverified", "unknown"]
LinkKind = Literal["serial", "qemu"]

_FILE_LIMIT_BYTES = 64 * 1024
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
    try:
        with path.open("rb") as file:
            data = file.read(_FILE_LIMIT_BYTES + 1)
    except OSError as error:
        raise BoardError(
            f"{path}: cannot be read: {error.strerror}", "give a board's name or the path of its .toml file"
        ) from None
    if len(data) > _FILE_LIMIT_BYTES:
        raise BoardError(
            f"{path}: larger than {_FILE_LIMIT_BYTES} bytes, so not a board file", "see boards/ for examples"
        )
    try:
        content = tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        reason = str(error).splitlines()[0]
        raise BoardError(f"{path}: not a TOML file: {reason}", "mend that line; see boards/ for examples") from None
    return _board(_Table(path, "", content))


def _board(t: "_Table") -> Board:
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


def _region(t: "_Table") -> Region:
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


def _figure(t: "_Table", low: float, high: float) -> Figure:
    kind: FigureKind = t.choice("kind", get_args(FigureKind))
    if kind == "unknown" and t.has("value"):
        raise t.error("value", "must be absent where kind is `unknown`")
    value = None if kind == "unknown" else t.number("value", low, high)
    figure = Figure(value, kind, t.text("source"))
    t.done()
    return figure


def _flash_timing(t: "_Table") -> FlashTiming:
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


def _console(t: "_Table") -> Console:
    kind: ConsoleKind = t.choice("kind", get_args(ConsoleKind))
    if kind == "semihosting":
        console = Console(kind, "", 0, 0, "", "", t.text("source"))
    else:
        pins = t.text("tx_pin", r".*"), t.text("rx_pin", r".*")
        instance, base, baud = t.text("instance"), t.address("base"), t.integer("baud", 1_200, 4_000_000)
        console = Console(kind, instance, base, baud, *pins, t.text("source"))
    t.done()
    return console


def _timer(t: "_Table") -> Timer:
    timer = Timer(t.choice("kind", get_args(TimerKind)), t.address("base"), t.integer("hz", 1_000, 4_000_000_000))
    t.done()
    return timer


def _flasher(t: "_Table") -> Flasher:
    flasher = Flasher(t.text("tool", r"[A-Za-z0-9][A-Za-z0-9._-]*"), t.texts("args"))
    t.done()
    return flasher


def _qemu(t: "_Table") -> Qemu:
    qemu = Qemu(t.text("machine", r"[a-z0-9][a-z0-9-]*"))
    t.done()
    return qemu


class _Table:
    """One table of the file: typed reads, and `done` complains of keys that nothing read."""

    def __init__(self, path: Path, prefix: str, content: Mapping[str, Any]) -> None:
        self.file = path
        self._prefix = prefix
        self._content = content
        self._read: set[str] = set()

    def error(self, key: str, what: str) -> BoardError:
        return BoardError(f"{self.file}: `{self._prefix}{key}` {what}", "see boards/nucleo-l4r5zi.toml for an example")

    def has(self, key: str) -> bool:
        return key in self._content

    def _take(self, key: str, types: tuple[type, ...], name: str) -> Any:
        if key not in self._content:
            raise self.error(key, "is missing")
        self._read.add(key)
        value = self._content[key]
        # TOML has no number that is a truth value, Python has.
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            raise self.error(key, f"must be {name}, not {value!r:.60}")
        return value

    def text(self, key: str, pattern: str = r".+") -> str:
        """One line of text that matches `pattern` as a whole."""
        value: str = self._take(key, (str,), "text")
        if not value.isprintable() or len(value) > 500 or not re.fullmatch(pattern, value):
            raise self.error(key, f"must be one line that matches {pattern}, not {value!r:.60}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        values = self._take(key, (list,), "a list of texts")
        if not all(isinstance(value, str) and value.isprintable() for value in values):
            raise self.error(key, "must be a list of one-line texts")
        return tuple(values)

    def choice(self, key: str, options: tuple[Any, ...]) -> Any:
        value = self._take(key, (str,), "text")
        if value not in options:
            raise self.error(key, f"is {value!r:.60}; it must be one of {', '.join(options)}")
        return value

    def boolean(self, key: str) -> bool:
        return bool(self._take(key, (bool,), "true or false"))

    def integer(self, key: str, low: int, high: int) -> int:
        return int(self._bounded(key, self._take(key, (int,), "an integer"), low, high))

    def address(self, key: str) -> int:
        value = self.integer(key, 0, _ADDRESS_LIMIT - 4)
        if value % 4:
            raise self.error(key, f"is {value:#x}; a register block starts at a multiple of 4")
        return value

    def number(self, key: str, low: float, high: float) -> float:
        return float(self._bounded(key, self._take(key, (int, float), "a number"), low, high))

    def _bounded(self, key: str, value: float, low: float, high: float) -> float:
        if not (math.isfinite(value) and low <= value <= high):
            raise self.error(key, f"is {value!r:.60}; it must lie in {low}..{high}")
        return value

    def table(self, key: str) -> "_Table":
        return _Table(self.file, f"{self._prefix}{key}.", self._take(key, (dict,), "a table"))

    def done(self) -> None:
        unknown = sorted(set(self._content) - self._read)
        if unknown:
            near = difflib.get_close_matches(unknown[0], self._read, n=1)
            raise self.error(unknown[0], "is unknown" + (f"; did you mean `{near[0]}`?" if near else ""))
