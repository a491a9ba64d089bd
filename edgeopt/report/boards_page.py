"""docs/boards.md: what edgeopt knows of each board, and what was proven. `python -m edgeopt.report.boards_page`."""

from collections.abc import Iterable, Sequence

from edgeopt.board import Board, board_names, load_board
from edgeopt.report.text import size
from edgeopt.report.views.boards import VERIFIED, remark, runs_on

_HEAD = """\
# Boards

Written from `boards/*.toml` by `python -m edgeopt.report.boards_page > docs/boards.md`; a test holds it up to date.
`edgeopt boards NAME` tells more of one, with the source of every figure.

What the column `verified` says was proven by a test that does it; of no board it says that the hardware was there:

* `verified on QEMU`: the firmware as it is generated for the board boots in QEMU and answers a whole session with the
  very bytes that the virtual board answers (where that has the core).
* `verified on the virtual board`: the same on the virtual board alone, which runs the ELF that would be flashed.
* `compiled only`: both toolchains build it.
* `no`: there is no firmware for the board.

A board whose clock and pins nobody sets up stays at its clock after reset, and its UART has no pins: its firmware is
for the virtual board, and for a debug probe by semihosting or RTT.

"""


def boards_page(boards: Sequence[Board]) -> str:
    """The page of `boards`, in their order: a table, then a section each."""
    rows = [
        [f"[{board.name}](#{board.name})", board.core, _mhz(board), VERIFIED[board.verified], _setup(board)]
        for board in boards
    ]
    table = _table(["board", "core", "clock", "verified", "clock and pins"], rows)
    return _HEAD + table + "".join(f"\n## {board.name}\n\n{_section(board)}" for board in boards)


def _mhz(board: Board) -> str:
    return f"{board.clock_hz / 1e6:g} MHz"


def _setup(board: Board) -> str:
    if board.link == "qemu":
        return "the emulator's"
    return "nobody sets them up" if board.mcu_setup == "none" else "set up"


def _section(board: Board) -> str:
    facts = [
        ("board", f"{board.title}, {board.mcu}"),
        ("core, clock", f"{board.core}, {_mhz(board)}"),
        ("flash", f"{size(board.flash.usable_bytes)} at {board.code_origin:#010x}"),
        ("RAM", f"{size(board.ram.size_bytes)} at {board.ram.origin:#010x}"),
        ("console", _console(board)),
        ("serial port on USB", f"{board.usb.name}: {_codes(board.usb.ids)}" if board.usb else "none, or unknown"),
        ("flashed by", _codes(flasher.tool for flasher in board.flashers) or "nothing yet"),
        ("timestamp pin", board.pin.name if board.pin else "none"),
        ("watchdog", f"`{board.watchdog.kind}`" if board.watchdog else "none"),
        ("runs on", _codes(runs_on(board)) or "nothing yet"),
        ("verified", VERIFIED[board.verified]),
    ]
    if remark(board):
        facts.append(("remark", remark(board)))
    return _table(["", ""], facts)


def _console(board: Board) -> str:
    console = board.console
    if not console.base:
        return "none" if console.kind == "none" else f"`{console.kind}`, through the debugger"
    pins = f", sends on {console.tx_pin}, receives on {console.rx_pin}" if console.tx_pin else ""
    waiting = "sleeps while it waits" if console.irq is not None else "polls while it waits"
    return f"{console.instance} (`{console.kind}`), {console.baud} baud{pins}; {waiting}"


def _codes(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    print(boards_page([load_board(name) for name in board_names()]), end="")
