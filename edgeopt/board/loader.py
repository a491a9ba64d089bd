"""boards/*.toml -> Board.

The loader is strict: an unknown, missing, mistyped or out-of-range key is a BoardError that names file and key.
"""

import difflib
from pathlib import Path
from typing import get_args

from edgeopt.board.parts import read_console, read_flashers, read_pin, read_timer, read_usb, read_watchdog
from edgeopt.board.types import (
    Board,
    ClockSetting,
    Core,
    Figure,
    FigureKind,
    FlashTiming,
    LinkKind,
    Power,
    Qemu,
    Region,
    Regulator,
    Verified,
)
from edgeopt.errors import BoardError
from edgeopt.resources import boards_dir
from edgeopt.tables import Table, read_table

_ADDRESS_LIMIT = 1 << 32
_HZ = (1_000, 4_000_000_000)
_V = (0.5, 60.0)
_MA = (0.001, 10_000.0)
_UA = (0.001, 10_000_000.0)
_WAIT_STATES = (0, 255)  # flash behind a serial bus takes dozens
_NEAR = 4  # names that an error proposes


def board_names() -> tuple[str, ...]:
    """Names of the boards that ship with edgeopt, sorted."""
    return tuple(sorted(path.stem for path in boards_dir().glob("*.toml")))


def load_board(name_or_path: str | Path) -> Board:
    """The board called `name_or_path`, or the one in that .toml file; BoardError where there is none or it is wrong."""
    text = str(name_or_path)
    if text.endswith(".toml"):
        return _read(Path(text))
    if text not in board_names():
        near = ", or ".join(f"`{name}`" for name in _near_names(text))
        known = "`edgeopt boards` lists them; or give the path of a .toml file"
        raise BoardError(f"no board is called `{text:.60}`", f"did you mean {near}?" if near else known)
    return _read(boards_dir() / f"{text}.toml")


def _near_names(text: str) -> list[str]:
    """The shipped boards that `text` may mean: those that it is a part of, or else the one most like it."""
    part, names = text.lower().replace("_", "-"), board_names()
    holding = [name for name in names if len(part) >= 3 and part in name]
    return holding[:_NEAR] or difflib.get_close_matches(part, names, n=1)


def _read(path: Path) -> Board:
    return _board(read_table(path, "board", BoardError, "see boards/nucleo-l4r5zi.toml for an example"))


def _board(t: Table) -> Board:
    clock, memory = t.table("clock"), t.table("memory")
    board = Board(
        name=t.text("name", r"[a-z0-9][a-z0-9-]*"),
        title=t.text("title"),
        mcu=t.text("mcu"),
        core=t.choice("core", get_args(Core)),
        clock_hz=clock.integer("hz", *_HZ),
        clock_source=clock.text("source"),
        clock_settings=_clock_settings(clock) if clock.has("settings") else (),
        platform=t.text("platform", r"[a-z0-9][a-z0-9_-]*"),
        mcu_setup=t.text("mcu_setup", r"[a-z0-9][a-z0-9_]*"),
        flash=_region(memory.table("flash")),
        ram=_region(memory.table("ram")),
        flash_timing=_flash_timing(t.table("flash_timing")) if t.has("flash_timing") else None,
        power=_power(t.table("power")),
        console=read_console(t.table("console")),
        timer=read_timer(t.table("timer")),
        flashers=read_flashers(t),
        link=t.choice("link", get_args(LinkKind)),
        qemu=_qemu(t.table("qemu")) if t.has("qemu") else None,
        pin=read_pin(t.table("pin")) if t.has("pin") else None,
        watchdog=read_watchdog(t.table("watchdog")) if t.has("watchdog") else None,
        usb=read_usb(t.table("usb")) if t.has("usb") else None,
        verified=t.choice("verified", get_args(Verified)) if t.has("verified") else "none",
        file=t.file,
    )
    for table in (clock, memory, t):
        table.done()
    _check(board, t)
    return board


def _check(board: Board, t: Table) -> None:
    flash, ram = board.flash, board.ram
    if flash.origin < ram.origin + ram.size_bytes and ram.origin < flash.origin + flash.size_bytes:
        raise t.error("memory", "flash and RAM overlap")
    if board.link == "qemu" and board.qemu is None:
        raise t.error("link", "is `qemu`, but there is no [qemu] table")
    if board.verified == "qemu" and board.qemu is None:
        raise t.error("verified", "is `qemu`, but there is no [qemu] table")
    if board.verified != "none" and board.platform == "none":
        raise t.error("verified", f"is `{board.verified}`, but there is no firmware: the platform is `none`")
    clocks = [board.clock_hz, *(setting.hz for setting in board.clock_settings)]
    for index, hz in enumerate(clocks):
        if hz in clocks[:index]:
            raise t.error("clock", f"has {hz} Hz twice")


def _clock_settings(clock: Table) -> tuple[ClockSetting, ...]:
    settings = []
    for t in clock.tables("settings"):
        hz, wait_states = t.integer("hz", *_HZ), t.integer("wait_states", *_WAIT_STATES)
        settings.append(ClockSetting(hz, wait_states, read_figure(t.table("active_ma"), *_MA), t.text("source")))
        t.done()
    return tuple(settings)


def _region(t: Table) -> Region:
    region = Region(
        origin=t.integer("origin", 0, _ADDRESS_LIMIT - 4),
        size_bytes=t.integer("size_bytes", 1024, _ADDRESS_LIMIT),
        reserve_bytes=t.integer("reserve_bytes", 0, _ADDRESS_LIMIT),
        source=t.text("source"),
        wait_states=t.integer("wait_states", *_WAIT_STATES) if t.has("wait_states") else 0,
        cached=t.boolean("cached") if t.has("cached") else False,
    )
    t.done()
    if region.origin + region.size_bytes > _ADDRESS_LIMIT:
        raise t.error("size_bytes", "the region ends beyond 4 GiB")
    if region.reserve_bytes >= region.size_bytes:
        raise t.error("reserve_bytes", "nothing of the region is left")
    if region.origin % 4 or region.size_bytes % 4 or region.reserve_bytes % 4:
        raise t.error("origin", "origin, size_bytes and reserve_bytes must be multiples of 4")
    return region


def _power(t: Table) -> Power:
    regulator: Regulator = t.choice("regulator", get_args(Regulator))
    power = Power(
        regulator=regulator,
        supply_v=read_figure(t.table("supply_v"), *_V),
        supply_min_v=read_figure(t.table("supply_min_v"), *_V),
        supply_max_v=read_figure(t.table("supply_max_v"), *_V),
        active_ma=read_figure(t.table("active_ma"), *_MA),
        sleep_ua=read_figure(t.table("sleep_ua"), *_UA),
        board_sleep_ua=read_figure(t.table("board_sleep_ua"), *_UA),
        wake_us=read_figure(t.table("wake_us"), 0.001, 60_000_000.0),
    )
    t.done()
    if _is_less(power.board_sleep_ua, power.sleep_ua):
        raise t.error("board_sleep_ua", f"is less than `sleep_ua`, what the chip alone draws: {power.sleep_ua.value:g}")
    if _is_less(power.supply_max_v, power.supply_min_v):
        raise t.error("supply_max_v", f"is less than `supply_min_v`, {power.supply_min_v.value:g}")
    return power


def _is_less(one: Figure, other: Figure) -> bool:
    return one.value is not None and other.value is not None and one.value < other.value


def read_figure(t: Table, least: float, most: float) -> Figure:
    """The figure of a table, with its spread, between `least` and `most`; the file's error where it is wrong."""
    kind: FigureKind = t.choice("kind", get_args(FigureKind))
    for key in ("value", "low", "high"):
        if kind == "unknown" and t.has(key):
            raise t.error(key, "must be absent where kind is `unknown`")
    if t.has("low") != t.has("high"):
        raise t.error("low" if t.has("high") else "high", "is missing: a spread has both ends")
    value = None if kind == "unknown" else t.number("value", least, most)
    low, high = (t.number(key, least, most) if t.has(key) else None for key in ("low", "high"))
    figure = Figure(value, kind, t.text("source"), low, high)
    t.done()
    if value is not None and low is not None and high is not None and not low <= value <= high:
        raise t.error("value", f"is {value:g}; it must lie in its own spread {low:g}..{high:g}")
    return figure


def _flash_timing(t: Table) -> FlashTiming:
    timing = FlashTiming(
        wait_states=t.integer("wait_states", *_WAIT_STATES),
        access_bytes=t.integer("access_bytes", 1, 256),
        prefetch=t.boolean("prefetch"),
        cache_line_bytes=t.integer("cache_line_bytes", 0, 256),
        icache_bytes=t.integer("icache_bytes", 0, 1 << 20),
        dcache_bytes=t.integer("dcache_bytes", 0, 1 << 20),
        unified=t.boolean("unified"),
        ways=t.integer("ways", 0, 1024),
        kind=t.choice("kind", get_args(FigureKind)),
        source=t.text("source"),
    )
    t.done()
    if timing.kind == "unknown":
        raise t.error("kind", "leave the table out where the timing is unknown")
    _check_caches(timing, t)
    return timing


def _check_caches(timing: FlashTiming, t: Table) -> None:
    line, caches = timing.cache_line_bytes, (timing.icache_bytes, timing.dcache_bytes)
    if timing.access_bytes & (timing.access_bytes - 1):
        raise t.error("access_bytes", f"is {timing.access_bytes}; it must be a power of two")
    if timing.unified and timing.dcache_bytes:
        raise t.error("dcache_bytes", "must be 0 where instructions and data share one cache (`unified`)")
    if not any(caches):
        if line or timing.ways or timing.unified:
            key = "cache_line_bytes" if line else "ways" if timing.ways else "unified"
            raise t.error(key, "tells of a cache, but icache_bytes and dcache_bytes are 0")
        return
    if not line or line % timing.access_bytes:
        raise t.error("cache_line_bytes", f"is {line}; it must be a multiple of access_bytes")
    for key, cache_bytes in zip(("icache_bytes", "dcache_bytes"), caches, strict=True):
        if cache_bytes % (line * max(timing.ways, 1)):
            raise t.error(key, f"is {cache_bytes}; it must be a multiple of cache_line_bytes x ways")


def _qemu(t: Table) -> Qemu:
    qemu = Qemu(t.text("machine", r"[a-z0-9][a-z0-9-]*"))
    t.done()
    return qemu
