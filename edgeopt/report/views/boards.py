"""How boards are shown: all of them, a line each, or one in full with the source of every figure."""

from dataclasses import dataclass, fields
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from edgeopt.board import Board, Figure, FlashTiming, Region
from edgeopt.firmware import core
from edgeopt.report.text import grid, number, pairs, section, size
from edgeopt.report.view import view
from edgeopt.simulate.cycle_models import CYCLE_MODELS

_REGULATORS = {
    "ldo": "an LDO: the same current at any supply",
    "smps": "an SMPS: the same power at any supply",
    "unknown": "unknown",
}
_MARKS = {"datasheet": "d", "unverified": "?"}
VERIFIED = {
    "qemu": "verified on QEMU",
    "virtual": "verified on the virtual board",
    "compiled": "compiled only",
    "none": "no",
}
_POWER = (  # field, name, unit
    ("supply_v", "supply", "V"),
    ("supply_min_v", "supply from", "V"),
    ("supply_max_v", "supply to", "V"),
    ("active_ma", "active", "mA"),
    ("sleep_ua", "chip asleep", "uA"),
    ("board_sleep_ua", "board asleep", "uA"),
    ("wake_us", "wakes in", "us"),
)


@dataclass(frozen=True)
class Boards:
    """`edgeopt boards`."""

    boards: tuple[Board, ...]


def runs_on(board: Board) -> tuple[str, ...]:
    """The targets of `edgeopt run` that know the board. A serial port is none where nothing sets its chip up.

    RTT needs a chip that pyOCD knows, and RAM that no data cache hides from the debugger.
    """
    virtual = ("virtual",) if core(board.core).unicorn_model else ()
    qemu = ("qemu",) if board.qemu else ()
    serial = ("serial",) if board.link == "serial" and board.mcu_setup != "none" else ()
    debugged = any(flasher.tool == "pyocd" for flasher in board.flashers) and board.platform != "none"
    rtt = ("rtt",) if debugged and not board.ram.cached else ()
    return (*virtual, *qemu, *serial, *rtt)


def document_of(board: Board) -> dict[str, Any]:
    """The board file's content and what runs it, for JSON."""
    content = {field.name: getattr(board, field.name) for field in fields(board) if field.repr}
    return {
        **content,
        "runs_on": runs_on(board),
        "has_cycle_model": board.core in CYCLE_MODELS,
        "remark": remark(board),
    }


def remark(board: Board) -> str:
    """What edgeopt cannot do with the board yet; empty where there is nothing to say."""
    if board.platform == "none":
        return "no firmware for this core yet: for analysis, and as a C array (generate --platform carray)"
    if board.mcu_setup == "none" and board.qemu is None:
        rtt = "; by `--console rtt` without times" if "rtt" in runs_on(board) else ""
        return f"nothing sets up its clock and pins yet: for analysis and the virtual board{rtt}"
    return ""


@view(Boards, "edgeopt.boards/1", content=lambda boards: {"boards": [document_of(board) for board in boards.boards]})
def boards_text(boards: Boards) -> RenderableType:
    columns = ["board", "core", "MHz", "flash", "RAM", "active", "sleep, uA", "runs on"]
    rows = (
        [
            board.name,
            board.core,
            f"{board.clock_hz / 1e6:g}",
            size(board.flash.usable_bytes),
            size(board.ram.usable_bytes),
            _active(board),
            _marked(board.power.sleep_ua, board.power.sleep_ua.value),
            ", ".join(runs_on(board)) or "-",
        ]
        for board in boards.boards
    )
    legend = ", ".join(f"{mark}: {kind}" for kind, mark in _MARKS.items())
    table = grid(columns, rows, right=["MHz", "flash", "RAM", "active", "sleep, uA"])
    return Group(table, Text(f"active, sleep without a mark: measured; {legend}"))


@view(Board, "edgeopt.board/1", content=document_of)
def board_text(board: Board) -> RenderableType:
    facts = [
        ("mcu", board.mcu),
        ("core", board.core + ("" if board.core in CYCLE_MODELS else ", which has no cycle model: latency is unknown")),
        ("clock", f"{board.clock_hz / 1e6:g} MHz ({board.clock_source})"),
        ("flash", _region(board.flash)),
        ("RAM", _region(board.ram)),
        *_flash_timing(board),
        ("platform", board.platform),
        ("console", _console(board)),
        ("timer", f"{board.timer.kind}, {board.timer.hz / 1e6:g} MHz" if board.timer.base else board.timer.kind),
        ("pin", f"{board.pin.name} ({board.pin.source})" if board.pin else "none"),
        ("watchdog", board.watchdog.kind if board.watchdog else "none"),
        ("USB", f"{board.usb.name}, {', '.join(board.usb.ids)} ({board.usb.source})" if board.usb else "unknown"),
        ("flashers", "; ".join(" ".join([one.tool, *one.args]) for one in board.flashers) or "none"),
        ("runs on", ", ".join(runs_on(board)) or "nothing yet"),
        ("verified", VERIFIED[board.verified]),
    ]
    if remark(board):
        facts.append(("remark", remark(board)))
    parts = [section(f"{board.title} ({board.name})", pairs(facts)), section("Power", _power(board))]
    return Group(*parts, *([section("Clocks", _clocks(board))] if board.clock_settings else []))


def _power(board: Board) -> RenderableType:
    figures = [(name, unit, getattr(board.power, field)) for field, name, unit in _POWER]
    rows = [[f"{name}, {unit}", *_cells(figure)] for name, unit, figure in figures]
    columns = ["", "value", "spread", "kind", "from"]
    return Group(pairs([("regulator", _REGULATORS[board.power.regulator])]), grid(columns, rows, ["value", "spread"]))


def _clocks(board: Board) -> RenderableType:
    timing = board.flash_timing
    *main, _ = _cells(board.power.active_ma)
    waits = "unknown" if timing is None else str(timing.wait_states)
    rows = [[f"{board.clock_hz / 1e6:g}", waits, *main, "as above", "as above"]]
    for setting in board.clock_settings:
        cells = [str(setting.wait_states), *_cells(setting.active_ma)]
        rows.append([f"{setting.hz / 1e6:g}", *cells, setting.source])
    columns = ["MHz", "wait states", "active, mA", "spread", "kind", "from", "clock from"]
    return grid(columns, rows, right=["MHz", "wait states", "active, mA", "spread"])


def _cells(figure: Figure) -> list[str]:
    """Value, spread, kind and source."""
    value = "" if figure.value is None else f"{figure.value:g}"
    spread = "" if figure.low is None or figure.high is None else f"{figure.low:g} to {figure.high:g}"
    return [value, spread, figure.kind, figure.source]


def _active(board: Board) -> str:
    """What stays the same at any supply: the current through an LDO, the power through an SMPS."""
    supply_v, active = board.power.supply_v, board.power.active_ma
    if board.power.regulator != "smps" or supply_v.value is None or active.value is None:
        return _marked(active, active.value, "mA")
    return _marked(active, active.value * supply_v.value, "mW")


def _marked(figure: Figure, value: float | None, unit: str = "") -> str:
    """`value`, which comes from `figure`, with the mark of its kind."""
    if value is None:
        return "unknown"
    return " ".join(part for part in (number(value), unit, _MARKS.get(figure.kind, "")) if part)


def _region(region: Region) -> str:
    reserved = f", {size(region.reserve_bytes)} of it reserved" if region.reserve_bytes else ""
    waits = f", {region.wait_states} wait state{'s' * (region.wait_states > 1)}" if region.wait_states else ""
    cached = ", behind the data cache" if region.cached else ""
    return f"{size(region.size_bytes)} at {region.origin:#010x}{reserved}{waits}{cached} ({region.source})"


def _flash_timing(board: Board) -> list[tuple[str, str]]:
    timing = board.flash_timing
    if timing is None:
        counted = ": cycles are those of a memory that answers at once" if board.core in CYCLE_MODELS else ""
        return [("wait states", f"unknown{counted}")]
    prefetch = ", the next one begun ahead" if timing.prefetch else ""
    waits = f"{timing.wait_states} a read of {timing.access_bytes} B{prefetch}, {timing.kind} ({timing.source})"
    return [("wait states", waits), ("cache", _cache(timing))]


def _cache(timing: FlashTiming) -> str:
    if not timing.cache_line_bytes:
        return "none"
    parts = [(timing.icache_bytes, "instructions and data" if timing.unified else "instructions")]
    parts += [(timing.dcache_bytes, "data")]
    held = " and ".join(f"{size(count)} of {what}" for count, what in parts if count)
    ways = f"{timing.ways} ways" if timing.ways else "fully associative"
    return f"{held}, lines of {timing.cache_line_bytes} B, {ways}"


def _console(board: Board) -> str:
    console = board.console
    if not console.base:
        return f"{console.kind} ({console.source})"
    pins = f", pins {console.tx_pin} and {console.rx_pin}" if console.tx_pin else ""
    return f"{console.instance} ({console.kind}) at {console.baud} baud{pins}"
