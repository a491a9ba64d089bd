"""The layers of a result as the page shows them: columns of one label each, and a row a layer."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from edgeopt.energy import EXACT, SIMULATED, UNKNOWN
from edgeopt.report.html.figures import Column, Figure, exact, figure
from edgeopt.report.results import LayerRow
from edgeopt.report.text import LABELS, layer_label, number, percent
from edgeopt.report.views.layers import reason_marks

_MODEL = "counted in the model"
RAM = "RAM, B"
_COUNTED = "counted while the firmware ran"
WAITS = "of the cycles, those in which the core waited for flash or RAM, counted on the virtual board"


@dataclass(frozen=True)
class Row:
    """One layer; `words` say it in a line."""

    index: int
    name: str
    label: str
    op: str
    kernels: str
    mark: str
    shape: str
    cells: tuple[Figure | None, ...]
    share: float | None  # of all cycles
    percent: str
    words: str


def columns(layers: Sequence[LayerRow]) -> list[Column]:
    """The columns of numbers; those of cycles by label, so that labels never mix."""
    made = [_exact("MACs", _MODEL, layers, lambda row: row.macs)]
    if any(row.binary_macs for row in layers):
        made.append(_exact("binary MACs", _MODEL, layers, lambda row: row.binary_macs))
    made.append(_exact("flash, B", "constants of the layer, by the plan", layers, lambda row: row.constant_bytes))
    made.append(_exact(RAM, "alive in the arena while the layer runs, by the plan", layers, lambda row: row.live_bytes))
    if any(row.instructions is not None for row in layers):
        source = next((row.cycles.source for row in layers if row.cycles is not None), _COUNTED)
        cells = [None if row.instructions is None else Figure(row.instructions, SIMULATED, source) for row in layers]
        made.append(Column("instructions", SIMULATED, source, cells))
    made += _cycles(layers)
    if any(row.stalls is not None for row in layers):
        cells = [None if row.stalls is None else Figure(row.stalls, SIMULATED, WAITS) for row in layers]
        made.append(Column("waits", SIMULATED, WAITS, cells))
    return made


def _cycles(layers: Sequence[LayerRow]) -> Iterator[Column]:
    for label in (*LABELS, UNKNOWN):
        cells = [figure(row.cycles) if row.cycles is not None and row.cycles.kind == label else None for row in layers]
        sources = dict.fromkeys(cell.source for cell in cells if cell is not None)
        if sources:
            yield Column("cycles", label, "; ".join(sources), cells)


def _exact(name: str, source: str, layers: Sequence[LayerRow], of: Callable[[LayerRow], int]) -> Column:
    return Column(name, EXACT, source, [exact(of(row), source) for row in layers])


def rows(layers: Sequence[LayerRow], shown: Sequence[Column]) -> list[Row]:
    marks = reason_marks(layers)
    known = [row.cycles.value for row in layers if row.cycles is not None and row.cycles.value is not None]
    total = sum(known)
    return [_row(row, place, shown, marks.get(row.why, ""), total) for place, row in enumerate(layers)]


def _row(row: LayerRow, place: int, shown: Sequence[Column], mark: str, total: float) -> Row:
    cycles = None if row.cycles is None else row.cycles.value
    share = None if cycles is None or not total else cycles / total
    return Row(
        row.index,
        row.name,
        layer_label(row.name, 40),
        row.op,
        ", ".join(row.kernels) or "nothing to do",
        mark,
        _shape(row.output_shape),
        tuple(column.cells[place] for column in shown),
        share,
        "" if share is None else percent(share),
        _words(row, cycles, share),
    )


def _shape(shape: tuple[int, ...]) -> str:
    """Without the batch, which is 1."""
    sides = shape[1:] if len(shape) > 1 and shape[0] == 1 else shape
    return " \N{MULTIPLICATION SIGN} ".join(map(str, sides))


def _words(row: LayerRow, cycles: float | None, share: float | None) -> str:
    cost = "cycles unknown"
    if cycles is not None and row.cycles is not None:
        waits = "" if not row.stalls or not cycles else f", {percent(row.stalls, cycles)} of them waiting for memory"
        cost = f"{number(cycles)} cycles, {row.cycles.kind}" + ("" if share is None else f" ({percent(share)})") + waits
    return f"{row.index}, {layer_label(row.name, 60)}: {row.live_bytes:,} B alive; {cost}"


def notes(layers: Sequence[LayerRow]) -> list[tuple[str, str]]:
    """Mark and reason: why each layer has its kernels."""
    return [(mark, why) for why, mark in reason_marks(layers).items()]
