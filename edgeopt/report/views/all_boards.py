"""How a network on every board is shown: a line a board, the best first."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from edgeopt.budget import RULE, shown
from edgeopt.energy import Quantity
from edgeopt.errors import EdgeoptError, OverBudget
from edgeopt.report.boards import BoardRow, BoardsAnalysis
from edgeopt.report.text import grid, number, pairs, printable, section
from edgeopt.report.view import view

_UNKNOWN = "unknown"
_FITS = "fits"
_WIDE = 108  # columns that all figures need beside each other
_FIRST = 4  # of the figures: those that stand beside each other on a narrow terminal


def _verdict(analysis: BoardsAnalysis) -> EdgeoptError | None:
    if any(row.keeps_all for row in analysis.boards):
        return None
    fit = sum(row.fits for row in analysis.boards)
    if not fit:
        return OverBudget(f"`{analysis.model}` fits none of {len(analysis.boards)} boards", "shrink the network")
    some = f"`{analysis.model}` fits {fit} of {len(analysis.boards)} boards, but breaks a limit on each"
    return OverBudget(some, "`edgeopt analyze --board BOARD --budget ...` tells what would mend it there")


@view(BoardsAnalysis, "edgeopt.boards_analysis/1", _verdict)
def boards_analysis_text(analysis: BoardsAnalysis) -> RenderableType:
    facts = [("model", f"{analysis.model}, sha256 {analysis.model_sha256[:12]}"), ("goal", analysis.goal)]
    if analysis.limits:
        limits = (f"{name} {shown(limit, RULE[name].unit)}" for name, limit in analysis.limits.items())
        facts.append(("limits", ", ".join(limits)))
    unknown = [Text(printable(f"{why}: {', '.join(names)}")) for why, names in _unknown(analysis.boards).items()]
    notes = [section("Unknown latency", *unknown)] if unknown else []
    return Group(section("All boards, estimated", pairs(facts), Text(""), _Boards(analysis)), *notes)


@dataclass(frozen=True)
class _Boards:
    """A line a board; on a narrow terminal in several tables, one below the other."""

    analysis: BoardsAnalysis

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        columns = _columns(self.analysis)
        names = list(columns)
        wide = options.max_width >= _WIDE
        for part in [[*names, _FITS]] if wide else [[_FITS], names[:_FIRST], names[_FIRST:]]:
            if part != [_FITS] and not wide:
                yield Text("")
            yield self._table(columns, part)

    def _table(self, columns: Mapping[str, Callable[[BoardRow], str]], names: Sequence[str]) -> Table:
        cells = {**columns, _FITS: _outcome}
        rows = ([row.board, *(cells[name](row) for name in names)] for row in self.analysis.boards)
        table = grid(["board", *names], rows, right=columns)
        table.columns[0].no_wrap = True
        return table


def _unknown(rows: Sequence[BoardRow]) -> dict[str, list[str]]:
    """The boards, by the reason why nothing is known of their latency."""
    boards: dict[str, list[str]] = {}
    for row in rows:
        if row.fits and row.latency_ms.value is None:
            boards.setdefault(row.latency_ms.source, []).append(row.board)
    return boards


def _columns(analysis: BoardsAnalysis) -> dict[str, Callable[[BoardRow], str]]:
    columns: dict[str, Callable[[BoardRow], str]] = {
        "MHz": lambda row: f"{row.clock_hz / 1e6:g}",
        "flash, B": lambda row: _figure(row.flash_bytes),
        "RAM, B": lambda row: _figure(row.ram_bytes),
        "ms": lambda row: _figure(row.latency_ms),
        "mW": lambda row: _figure(row.power_mw),
        "uJ": lambda row: _figure(row.energy_uj),
    }
    if analysis.duty_cycle is not None:
        columns["mW on\naverage"] = lambda row: _figure(row.average_mw)
        if any(row.battery_days.value is not None for row in analysis.boards):
            columns["days"] = lambda row: _figure(row.battery_days)
    return columns


def _figure(quantity: Quantity) -> str:
    return _UNKNOWN if quantity.value is None else number(quantity.value)


def _outcome(row: BoardRow) -> str:
    if not row.fits:
        return f"no, it lacks {row.lacking}"
    unknown = [name for name in row.broken_limits if getattr(row, name).value is None]
    broken = [name for name in row.broken_limits if name not in unknown]
    parts = [f"breaks {', '.join(broken)}"] if broken else []
    parts += [f"unknown: {', '.join(unknown)}"] if unknown else []
    if parts:
        return "; ".join(parts)
    doubts = [f"{name} not over its whole spread" for name in row.unsure_limits]
    doubts += ["if its kernels do"] if row.flash_bytes.value is None else []
    return ", ".join(["yes", *doubts])
