"""How a budget is shown: every limit beside its figure, and what would mend those that are broken."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.padding import Padding
from rich.text import Text

from edgeopt.budget import BROKEN, RULE, Breach, Judged, shown
from edgeopt.energy import Quantity
from edgeopt.report.results import Analysis, Deployment
from edgeopt.report.text import LABELS, grid, printable, section

_WIDE = 90  # columns that figures and spreads need beside each other


def budget_sections(limits: Sequence[Judged], broken: Sequence[Breach]) -> list[RenderableType]:
    """A table of the limits, and the remedies by limit; nothing where there is no budget."""
    if not limits:
        return []
    sections = [section("Budget", _Limits(limits))]
    if broken:
        sections.append(section("What would mend it", *(part for breach in broken for part in _remedies(breach))))
    return sections


def at_work(result: Analysis | Deployment) -> dict[str, Quantity]:
    """The figures of the node in its duty cycle, under the names that they are shown by."""
    if result.duty_cycle is None:
        return {}
    every = f"every {result.duty_cycle.every_s:g} s"
    known = {
        f"average, mW, {every}": result.average_mw,
        "peak, mW": result.peak_mw,
        f"battery, days, {every}": result.battery_days,
    }
    return {name: quantity for name, quantity in known.items() if quantity is not None}


@dataclass(frozen=True)
class _Limits:
    """The table of the limits, with a column a label; on a narrow terminal spreads stand under their figures."""

    limits: Sequence[Judged]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        between = " " if options.max_width >= _WIDE else "\n"
        present = [label for label in LABELS if any(one.actual.kind == label for one in self.limits)]
        rows = [
            [
                one.name,
                f"{'at least' if RULE[one.name].at_least else 'at most'} {shown(one.limit, one.unit)}",
                *(_figure(one, between) if one.actual.kind == label else "" for label in present),
                one.state if one.actual.value is not None or one.state != BROKEN else f"unknown: {one.actual.source}",
            ]
            for one in self.limits
        ]
        table = grid(["", "limit", *present, ""], rows, right=["limit", *present])
        table.columns[0].no_wrap = True
        yield table


def _figure(judged: Judged, between: str) -> str:
    actual = judged.actual
    assert actual.value is not None
    text = shown(actual.value, judged.unit)
    if actual.low is None and actual.high is None:
        return text
    ends = ("?" if end is None else shown(end, judged.unit).split()[0] for end in (actual.low, actual.high))
    return f"{text}{between}({' to '.join(ends)})"


def _remedies(breach: Breach) -> list[RenderableType]:
    lines: list[RenderableType] = [Text(printable(str(breach)), style="yellow")]
    if not breach.remedies:
        lines.append(Text("nothing that was tried helps: raise the limit, or shrink the model"))
    for remedy in breach.remedies:
        lines.append(Text(f"- {printable(remedy.text)}"))
        if remedy.note:
            lines.append(Padding(Text(printable(remedy.note), style="dim"), (0, 0, 0, 2)))
    return [lines[0], *(Padding(line, (0, 0, 0, 2)) for line in lines[1:])]
