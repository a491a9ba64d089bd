"""The pieces that the text reports are made of: pairs, tables, numbers with their units."""

from collections.abc import Iterable, Mapping, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Group, JustifyMethod, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from edgeopt.energy import ESTIMATED, EXACT, MEASURED, SIMULATED, Quantity

LABELS = (ESTIMATED, SIMULATED, MEASURED, EXACT)
_PERIODS = (("d", 86_400.0), ("h", 3_600.0), ("min", 60.0), ("s", 1.0), ("ms", 1e-3))


def printable(text: str, keep: str = "") -> str:
    """`text` with its control characters spelled out: names come from files, and must not steer a terminal."""
    return "".join(c if c.isprintable() or c in keep else repr(c)[1:-1] for c in text)


def section(title: str, *parts: RenderableType) -> RenderableType:
    """A heading, and its parts indented under it."""
    return Group(Text(printable(title), style="bold"), Padding(Group(*parts), (0, 0, 1, 2)))


def pairs(rows: Iterable[tuple[str, str | Text]]) -> RenderableType:
    """Names on the left, what belongs to them on the right."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(Text(printable(name)), value if isinstance(value, Text) else Text(printable(value)))
    return table


def grid(columns: Sequence[str], rows: Iterable[Sequence[str]], right: Iterable[str] = ()) -> Table:
    """A table with a rule under its heading; the columns named in `right` hold numbers."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="cyan", padding=(0, 1, 0, 0))
    for column in columns:
        number = column in right
        justify: JustifyMethod = "right" if number else "left"
        table.add_column(
            Text(column, justify=justify), justify=justify, no_wrap=number, overflow="fold", vertical="top"
        )
    for row in rows:
        table.add_row(*(Text(printable(cell, keep="\n")) for cell in row))
    return table


def number(value: float | None) -> str:
    """Counts in full, other figures to four digits at least; an empty cell for None."""
    if value is None:
        return ""
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.4g}"


def macs(integer: int, binary: int) -> str:
    """Multiply-accumulates, those between values of one bit apart."""
    return f"{number(integer)} + {number(binary)} binary" if binary else number(integer)


def duration(seconds: float) -> str:
    """A period in the largest unit in which it is at least one: 90 s is 1.5 min. The page's script does the same."""
    unit, size = next((one for one in _PERIODS if seconds >= one[1]), _PERIODS[-1])
    return f"{number(float(f'{seconds / size:.12g}'))} {unit}"


def percent(part: float, whole: float = 1.0) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def size(count: int | None) -> str:
    """Bytes, with kB of 1000 bytes where that reads easier."""
    if count is None:
        return "known after the build"
    return f"{count:,} B" if count < 1000 else f"{count / 1000:,.1f} kB"


def quantities(rows: Mapping[str, Quantity]) -> RenderableType:
    """A row a quantity and a column a label, so that what was estimated never stands among what was counted."""
    present = [label for label in LABELS if any(quantity.kind == label for quantity in rows.values())]
    spreads = ["spread"] if any(spread_of(quantity) for quantity in rows.values()) else []
    return grid(
        ["", *present, *spreads, "from"],
        (
            [
                name,
                *(number(quantity.value) if quantity.kind == label else "" for label in present),
                *(spread_of(quantity) for _ in spreads),
                _from(quantity),
            ]
            for name, quantity in rows.items()
        ),
        right=[*present, *spreads],
    )


def spread_of(quantity: Quantity) -> str:
    """The ends between which the sources put a quantity; empty where there is no spread."""
    if quantity.value is None or (quantity.low is None and quantity.high is None):
        return ""
    low, high = (number(end) if end is not None else "?" for end in (quantity.low, quantity.high))
    return "" if low == high else f"{low} to {high}"


def _from(quantity: Quantity) -> str:
    return quantity.source if quantity.value is not None else f"unknown: {quantity.source}"


def memory(rows: Mapping[str, tuple[Mapping[str, int | None], int]]) -> RenderableType:
    """Flash and RAM against what the board has: name -> (the split with its total, bytes of the board)."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="cyan")
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, (split, available) in rows.items():
        total = split.get("total")
        share = f"of {size(available)}" + (f" ({percent(total, available)})" if total is not None else "")
        parts = (f"{part} {count:,}" for part, count in split.items() if part != "total" and count is not None)
        table.add_row(Text(name), Text(size(total)), Text(share), Text(" + ".join(parts) + " B"))
    return table


def warnings_section(warnings: Sequence[str]) -> Sequence[RenderableType]:
    """The warnings under their heading; nothing where there are none."""
    lines = [Text(printable(warning), style="yellow") for warning in warnings]
    return [section("Warnings", *lines)] if lines else []


def layer_label(name: str, limit: int = 28) -> str:
    """The end of a layer's name that people know it by: `a/b/conv2d_1/Relu;a/b/...` is `conv2d_1/Relu`."""
    first = printable(name).split(";")[0] or name
    label = "/".join(first.split("/")[-2:])
    return label if len(label) <= limit else f"...{label[3 - limit :]}"
