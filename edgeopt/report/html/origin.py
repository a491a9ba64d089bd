"""Where the numbers of a result come from, as the page shows it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from edgeopt.board import Figure as BoardFigure
from edgeopt.report.html.figures import WORDS, Figure
from edgeopt.report.results import Analysis, BoardFacts, Deployment
from edgeopt.report.text import macs, percent
from edgeopt.report.views.validation import accuracy_line, interval_line


@dataclass(frozen=True)
class BoardRow:
    """A figure of the board file; its kind is the board file's word: datasheet, measured, unverified, unknown."""

    name: str
    figure: Figure


def context(result: Analysis | Deployment) -> dict[str, Any]:
    facts = list(_facts(result))
    if result.made_with is not None:
        facts += [(f"{what}, SHA-256", digest) for what, digest in result.made_with.files_sha256.items()]
    return {
        "words": list(WORDS.items()),
        "facts": facts,
        "made_with": result.made_with,
        "board_rows": [] if result.board_facts is None else list(_board(result.board_facts)),
    }


def _facts(result: Analysis | Deployment) -> Iterator[tuple[str, str]]:
    yield "model", result.model
    yield "model, SHA-256", result.model_sha256
    yield "multiply-accumulates", macs(result.macs, result.binary_macs)
    yield "board", result.board
    if result.board_facts is not None:
        yield "chip", f"{result.board_facts.mcu}, {result.board_facts.core}"
    yield "goal of the plan", result.goal
    if isinstance(result, Analysis):
        return
    yield "ran on", result.validation.target
    yield "firmware", f"{result.toolchain} {result.optimization}"
    yield "build", result.build_id
    found = result.validation
    yield "outputs", f"{found.identical:,} of {found.samples:,} samples equal to {found.oracle} ({_same(result)})"
    if found.partial:
        yield "partial", f"{found.samples:,} of {found.given:,} samples: {found.partial}"
    if result.accuracy is not None:
        yield "accuracy", accuracy_line(result.accuracy)
        if line := interval_line(result.accuracy):
            yield "95 % interval", line


def _same(result: Deployment) -> str:
    return percent(result.validation.identical, result.validation.samples)


def _board(facts: BoardFacts) -> Iterator[BoardRow]:
    yield _row("clock", facts.clock_hz / 1e6, "MHz", "board file", facts.clock_source)
    yield _row("flash", facts.flash.size_bytes, "B", "board file", facts.flash.source)
    yield _row("RAM", facts.ram.size_bytes, "B", "board file", facts.ram.source)
    timing = facts.flash_timing
    if timing is None:
        yield BoardRow("flash wait states", Figure(None, "unknown", "the board file has no flash timing"))
    else:
        yield _row("flash wait states", timing.wait_states, "", timing.kind, timing.source)
    for name, figure, unit in _power(facts):
        shown = _row(name, figure.value, unit, figure.kind, figure.source)
        yield shown if figure.low is None and figure.high is None else _spread(shown, figure, unit)


def _power(facts: BoardFacts) -> Iterator[tuple[str, BoardFigure, str]]:
    power = facts.power
    yield "supply", power.supply_v, "V"
    yield "active current, an inference from flash", power.active_ma, "mA"
    yield "sleep current, the chip, RAM kept", power.sleep_ua, "\N{MICRO SIGN}A"
    yield "sleep current, the board", power.board_sleep_ua, "\N{MICRO SIGN}A"
    yield "wake-up time", power.wake_us, "\N{MICRO SIGN}s"


def _row(name: str, value: float | None, unit: str, kind: str, source: str) -> BoardRow:
    shown = "" if value is None else f"{value:,.12g} {unit}".rstrip()
    return BoardRow(name, Figure(value, kind, source, shown))


def _spread(row: BoardRow, figure: BoardFigure, unit: str) -> BoardRow:
    low, high = ("?" if end is None else f"{end:,.12g}" for end in (figure.low, figure.high))
    shown = Figure(row.figure.value, row.figure.kind, row.figure.source, f"{row.figure.shown} ({low} to {high} {unit})")
    return BoardRow(row.name, shown)
