"""The drawings of a report, as SVG: the arena by layer, the cost by layer, a memory by part."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from edgeopt.report.html.svg import drawing, element, fitting, letters_px, short, text, ticks, width_px
from edgeopt.report.results import ArenaSlot, LayerRow
from edgeopt.report.text import layer_label, percent

WIDTH = 1040.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 64.0, 8.0, 26.0, 34.0
_ARENA_HEIGHT, _COST_HEIGHT = 300.0, 150.0
_TICK_PX = 15.0  # the least between two labels of an axis
PARTS = 5  # colours of parts, as in charts.css
KINDS = ("input", "activation", "scratch", "output", "state")  # of slots, as in charts.css


@dataclass(frozen=True)
class Columns:
    """The columns that drawings by layer have in common, so that they stand under one another."""

    count: int

    @property
    def width(self) -> float:
        return (WIDTH - _LEFT - _RIGHT) / max(1, self.count)

    def x(self, layer: float) -> float:
        return _LEFT + layer * self.width

    def axis(self, y: float) -> Markup:
        """The layers' numbers, as many as there is room for, and what they are."""
        steps = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000)
        every = next((step for step in steps if step * self.width >= 22), self.count)
        numbers = (
            text(self.x(layer + 0.5), y + 14, str(layer), anchor="middle") for layer in range(0, self.count, every)
        )
        return Markup("").join(numbers) + text(self.x(self.count / 2), y + 29, "layer", "quiet", "middle")


def arena_map(slots: Sequence[ArenaSlot], layers: Sequence[LayerRow], arena_bytes: int, id_: str = "arena") -> Markup:
    """The arena over time: a column a layer, an address up the side, a box for what is alive from layer to layer."""
    columns, height = Columns(len(layers)), _ARENA_HEIGHT
    bottom = _TOP + height

    def y(offset_bytes: float) -> float:
        return bottom - height * offset_bytes / max(1, arena_bytes)

    peak = max(layers, key=lambda layer: layer.live_bytes)
    grid = [_line(y(at), short(at)) for at in ticks(arena_bytes) if y(at) - _TOP >= _TICK_PX]
    boxes = [
        _box(slot, _label(slot, layers), columns, y)
        for slot in sorted(slots, key=lambda slot: (-slot.size_bytes, slot.first_layer))
    ]
    drawn = [
        *grid,
        _line(_TOP, short(arena_bytes), "arena"),
        text(_LEFT - 6, _TOP - 12, "bytes", "quiet", "end"),
        *boxes,
        _peak(peak, columns),
        element("rect", class_="cursor", x=columns.x(0), y=_TOP, width=columns.width, height=height),
        columns.axis(bottom),
    ]
    about = f"{arena_bytes:,} bytes; the most, {peak.live_bytes:,}, are alive at {layer_label(peak.name)}"
    return drawing(id_, (WIDTH, bottom + _BOTTOM), "The arena by layer", about, drawn)


def _label(slot: ArenaSlot, layers: Sequence[LayerRow]) -> str:
    """What people know the memory by: the layer that writes it first."""
    if slot.what in ("input", "scratch", "state") or slot.first_layer >= len(layers):
        return slot.what
    return layer_label(layers[slot.first_layer].name, 60)


def _box(slot: ArenaSlot, name: str, columns: Columns, y: Callable[[float], float]) -> Markup:
    x, top = columns.x(slot.first_layer), y(slot.offset_bytes + slot.size_bytes)
    width = (slot.last_layer - slot.first_layer + 1) * columns.width
    height = max(1.0, y(slot.offset_bytes) - top)
    label = fitting(name, width) if height >= 14 else ""
    where = f"bytes {slot.offset_bytes:,} to {slot.offset_bytes + slot.size_bytes - 1:,}"
    about = f"{slot.what}: {', '.join(slot.names)}; {slot.size_bytes:,} B, {where}; {_span(slot)}"
    inset = 0.75 if columns.width > 6 else 0.0
    return element(
        "g",
        element("title", about),
        element("rect", x=x + inset, y=top, width=max(1.0, width - 2 * inset), height=height, rx=2.0),
        text(x + width / 2, top + height / 2 + 4, label, anchor="middle") if label else Markup(""),
        class_=f"slot {slot.what}",
    )


def _span(slot: ArenaSlot) -> str:
    if slot.first_layer == slot.last_layer:
        return f"layer {slot.first_layer}"
    return f"layers {slot.first_layer} to {slot.last_layer}"


def _peak(peak: LayerRow, columns: Columns) -> Markup:
    """The column with the most live bytes, and its label above the drawing, kept inside of it."""
    label = f"peak: {peak.live_bytes:,} B at {peak.index}, {layer_label(peak.name)}"
    half = width_px(label) / 2
    middle = min(max(columns.x(peak.index + 0.5), _LEFT + half), WIDTH - _RIGHT - half)
    return element(
        "g",
        element("rect", x=columns.x(peak.index), y=_TOP, width=columns.width, height=_ARENA_HEIGHT),
        text(middle, _TOP - 10, label, anchor="middle"),
        class_="peak",
    )


def cost_columns(layers: Sequence[LayerRow], id_: str = "cost") -> Markup:
    """Cycles of each layer as columns, waits for memory on top; the three heaviest carry their share."""
    columns, height = Columns(len(layers)), _COST_HEIGHT
    bottom = _TOP + height
    cycles = {row.index: row.cycles.value for row in layers if row.cycles is not None and row.cycles.value is not None}
    total, most = sum(cycles.values()), max(cycles.values(), default=0.0)
    heaviest = sorted(cycles, key=lambda index: -cycles[index])[:3]
    labels = {index: _share(cycles[index], total, columns.width) for index in heaviest}
    drawn = [
        *(_line(bottom - height * at / (most or 1), short(at)) for at in ticks(most, 3)),
        text(_LEFT - 6, _TOP - 12, "cycles", "quiet", "end"),
        *(_column(row, columns, height / (most or 1), labels.get(row.index, "")) for row in layers),
        element("rect", class_="cursor", x=columns.x(0), y=_TOP, width=columns.width, height=height),
        columns.axis(bottom),
    ]
    about = f"{total:,.0f} cycles in {len(layers)} layers" if cycles else "unknown"
    return drawing(id_, (WIDTH, bottom + _BOTTOM), "Cycles by layer", about, drawn)


def _column(row: LayerRow, columns: Columns, px_per_cycle: float, label: str) -> Markup:
    """The column of a layer; one of full height where its cycles are unknown."""
    bottom, inset = _TOP + _COST_HEIGHT, min(3.0, columns.width / 8)
    x, width = columns.x(row.index) + inset, columns.width - 2 * inset
    if row.cycles is None or row.cycles.value is None:
        box = element("rect", x=x, y=_TOP, width=width, height=_COST_HEIGHT, rx=1.5)
        return element("g", element("title", f"{row.index}, {row.name}: unknown"), box, class_="column unknown")
    tall, waits = row.cycles.value * px_per_cycle, (row.stalls or 0) * px_per_cycle
    about = f"{row.index}, {row.name}: {row.cycles.value:,.0f} cycles, {row.cycles.kind}"
    if row.stalls:
        about += f", {row.stalls:,} of them waiting for memory"
    parts = [element("rect", x=x, y=bottom - tall + waits, width=width, height=max(0.5, tall - waits), rx=1.0)]
    if waits:
        parts.append(element("rect", class_="waits", x=x, y=bottom - tall, width=width, height=waits))
    if label:
        parts.append(text(columns.x(row.index + 0.5), bottom - tall - 5, label, anchor="middle"))
    return element("g", element("title", about), *parts, class_="column")


def _share(value: float, total: float, width: float) -> str:
    """With a decimal, without, or not at all: what is as wide as a column."""
    choices = (percent(value, total), f"{100 * value / total:.0f} %") if total else ()
    return next((words for words in choices if letters_px(words) <= width), "")


def memory_bar(name: str, split: Mapping[str, int | None], available_bytes: int, legend: bool) -> Markup:
    """A memory of the board: how much of it is taken, and by what; with `legend` the figures are written under it."""
    width, parts = 500.0, known_parts(split)
    used = split.get("total")
    total = used if used is not None else sum(parts.values())
    scale = width / max(total, 1)
    taken = min(width, width * total / max(available_bytes, 1))
    drawn = [
        element("rect", class_="free", x=0, y=0, width=width, height=8, rx=4),
        element("rect", class_="taken", x=0, y=0, width=max(taken, 3.0), height=8, rx=4),
        element("path", class_="zoom", d=f"M0 10 L{taken:.2f} 10 L{width:.2f} 22 L0 22 Z"),
    ]
    x = 0.0
    for index, (part, count) in enumerate(parts.items()):
        box = element("rect", x=x, y=24, width=max(0.0, count * scale - 1), height=26)
        drawn.append(element("g", element("title", f"{part}: {count:,} B"), box, class_=f"part p{index % PARTS}"))
        x += count * scale
    height = 52.0
    if legend:
        drawn += [_legend(index, part, count, total) for index, (part, count) in enumerate(parts.items())]
        height += 22.0 * ((len(parts) + 1) // 2) + 4
    about = f"{total:,} of {available_bytes:,} bytes, {percent(total, available_bytes)}"
    return drawing(f"memory-{name.lower()}", (width, height), f"{name} by part", about, drawn)


def known_parts(split: Mapping[str, int | None]) -> dict[str, int]:
    return {part: count for part, count in split.items() if part != "total" and count is not None}


def _legend(index: int, part: str, count: int, total: int) -> Markup:
    x, y = 250.0 * (index % 2), 70.0 + 22 * (index // 2)
    return element(
        "g",
        element("rect", x=x, y=y - 10, width=11, height=11, rx=2),
        text(x + 18, y, fitting(f"{part} {count:,} B ({percent(count, total)})", 230)),
        class_=f"part p{index % PARTS}",
    )


def _line(y: float, label: str, class_: str = "tick") -> Markup:
    return element(
        "g",
        element("path", d=f"M{_LEFT:.2f} {y:.2f} H{WIDTH - _RIGHT:.2f}"),
        text(_LEFT - 6, y + 4, label, anchor="end"),
        class_=class_,
    )
