"""How boards are shown: all of them, a line each, or one in full with the source of every figure."""

from dataclasses import dataclass

from rich.console import RenderableType

from edgeopt.board import Board, Figure, Region
from edgeopt.firmware import core
from edgeopt.report.text import grid, pairs, section, size
from edgeopt.report.view import view


@dataclass(frozen=True)
class Boards:
    """`edgeopt boards`."""

    boards: tuple[Board, ...]


@view(Boards, "edgeopt.boards/1")
def boards_text(boards: Boards) -> RenderableType:
    columns = ["board", "core", "MHz", "flash", "RAM", "active power", "runs on"]
    rows = (
        [
            board.name,
            board.core,
            f"{board.clock_hz / 1e6:g}",
            size(board.flash.usable_bytes),
            size(board.ram.usable_bytes),
            _active_power(board),
            _targets(board),
        ]
        for board in boards.boards
    )
    return grid(columns, rows, right=["MHz", "flash", "RAM", "active power"])


@view(Board, "edgeopt.board/1")
def board_text(board: Board) -> RenderableType:
    facts = [
        ("mcu", board.mcu),
        ("core", board.core),
        ("clock", f"{board.clock_hz / 1e6:g} MHz ({board.clock_source})"),
        ("flash", _region(board.flash)),
        ("RAM", _region(board.ram)),
        ("wait states", _flash_timing(board)),
        ("supply", _figure(board.power.supply_v, "V")),
        ("supply from", _figure(board.power.supply_min_v, "V")),
        ("supply to", _figure(board.power.supply_max_v, "V")),
        ("active", _figure(board.power.active_ma, "mA")),
        ("sleep", _figure(board.power.sleep_ua, "uA")),
        ("board asleep", _figure(board.power.board_sleep_ua, "uA")),
        ("wakes in", _figure(board.power.wake_us, "us")),
        ("platform", board.platform),
        ("console", _console(board)),
        ("timer", f"{board.timer.kind}, {board.timer.hz / 1e6:g} MHz" if board.timer.hz else board.timer.kind),
        ("flasher", " ".join([board.flasher.tool, *board.flasher.args]) if board.flasher else "none"),
        ("runs on", _targets(board)),
    ]
    return section(f"{board.title} ({board.name})", pairs(facts))


def _active_power(board: Board) -> str:
    supply_v, active_ma = board.power.supply_v.value, board.power.active_ma.value
    return "unknown" if supply_v is None or active_ma is None else f"{supply_v * active_ma:.3g} mW"


def _targets(board: Board) -> str:
    virtual = ["virtual"] if core(board.core).unicorn_model else []
    targets = [*virtual, *(["qemu"] if board.qemu else []), *(["serial"] if board.link == "serial" else [])]
    return ", ".join(targets)


def _region(region: Region) -> str:
    reserved = f", {size(region.reserve_bytes)} of it reserved" if region.reserve_bytes else ""
    return f"{size(region.size_bytes)} at {region.origin:#010x}{reserved} ({region.source})"


def _figure(figure: Figure, unit: str) -> str:
    if figure.value is None:
        return f"unknown ({figure.source})"
    return f"{figure.value:g} {unit}, {figure.kind} ({figure.source})"


def _flash_timing(board: Board) -> str:
    timing = board.flash_timing
    if timing is None:
        return "unknown"
    caches = f"caches {timing.icache_bytes} B and {timing.dcache_bytes} B"
    return f"{timing.wait_states}, accesses of {timing.access_bytes} B, {caches}, {timing.kind} ({timing.source})"


def _console(board: Board) -> str:
    console = board.console
    if console.kind == "semihosting":
        return "semihosting"
    pins = f", pins {console.tx_pin} and {console.rx_pin}" if console.tx_pin else ""
    return f"{console.instance} ({console.kind}) at {console.baud} baud{pins}"
