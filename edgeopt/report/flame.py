"""Flame graphs: cycles by call path, as folded stacks that other tools read, or as an SVG that needs none.

A stack is the names of functions from the outermost to the one that took the cycles; for an inference the layer comes
first. In the folded form names are joined by `;`, followed by a space and the number.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

from edgeopt.convert import check_place
from edgeopt.energy import SIMULATED
from edgeopt.errors import UsageError
from edgeopt.report.text import printable

Stack = tuple[str, ...]

_FORMS = (".svg", ".folded")
_WIDTH, _ROW, _MARGIN, _TITLE = 1200, 18, 10, 48  # of the picture, in its own units
_LEAST_WIDTH = 0.4  # what is narrower is left out
_CHARACTER = 6.6  # width of one
_COLOURS = 6

_STYLE = """
svg { background: #fff; font: 11px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
text { fill: #1b1b1b; pointer-events: none; }
.heading { font-size: 15px; font-weight: 600; }
rect { stroke: #fff; stroke-width: .5; }
g:hover > rect { fill: #ffe08a; }
.c0 { fill: #f3b17a } .c1 { fill: #f0c27b } .c2 { fill: #e99f83 }
.c3 { fill: #f2cf8f } .c4 { fill: #eab08f } .c5 { fill: #f5bd8e }
.layer { fill: #9cc3e6 } .all { fill: #d5d9de }
@media (prefers-color-scheme: dark) {
svg { background: #16181c; } text { fill: #f1f1f1; } rect { stroke: #16181c; }
g:hover > rect { fill: #8a6d1f; }
.c0 { fill: #8f4f1f } .c1 { fill: #86601d } .c2 { fill: #8c4632 }
.c3 { fill: #7b641f } .c4 { fill: #84503a } .c5 { fill: #955a24 }
.layer { fill: #2f5f8a } .all { fill: #3a3f47 }
}
"""


@dataclass(frozen=True)
class FlameGraph:
    """Weights in `unit`, of label `kind`, by stack; the first names of the stacks are layers where `has_layers`."""

    title: str
    unit: str  # cycles or instructions
    stacks: Mapping[Stack, int]
    has_layers: bool = False
    kind: str = SIMULATED

    @property
    def total(self) -> int:
        return sum(self.stacks.values())


def check_flame_file(path: Path) -> None:
    """UsageError where nothing can be written there, or the name does not say which of the two forms is wanted."""
    if path.suffix not in _FORMS:
        raise UsageError(f"`{path}` is neither .svg nor .folded", "name the flame graph for example flame.svg")
    check_place(path, "flame.svg")


def flame_text(graph: FlameGraph, path: Path) -> str:
    """The graph in the form that the suffix of `path` names."""
    return svg(graph) if path.suffix == ".svg" else folded(graph.stacks)


def folded(stacks: Mapping[Stack, int]) -> str:
    """One line a stack, sorted; in names `;` becomes `,` and what does not print is escaped."""
    lines = sorted(f"{';'.join(map(_plain, stack))} {weight}" for stack, weight in stacks.items() if weight)
    return "".join(f"{line}\n" for line in lines)


def _plain(name: str) -> str:
    return printable(name).replace(";", ",") or "(no name)"


@dataclass
class _Frame:
    """A name in a stack with all that lies above it; `weight` includes those."""

    name: str
    weight: int = 0
    above: "dict[str, _Frame]" = field(default_factory=dict)


def svg(graph: FlameGraph) -> str:
    """A picture that stands alone: widths are shares of the total, titles tell the numbers, no script is needed."""
    root = _tree(graph)
    boxes = list(_boxes(root, _MARGIN, _WIDTH - 2 * _MARGIN, 0))
    height = _TITLE + _ROW * (1 + max(depth for _, _, _, depth in boxes)) + _MARGIN
    heading = f"{_plain(graph.title)}: {graph.total:,} {graph.unit}, {graph.kind}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="100%" role="img"',
        f' aria-label="{escape(heading, {chr(34): "&quot;"})}">\n<style>{_STYLE}</style>\n',
        f'<text class="heading" x="{_MARGIN}" y="24">{escape(heading)}</text>\n',
    ]
    parts += (_box(frame, x, width, height, depth, graph) for frame, x, width, depth in boxes)
    return "".join([*parts, "</svg>\n"])


def _tree(graph: FlameGraph) -> _Frame:
    root = _Frame("all")
    for stack, weight in graph.stacks.items():
        frame = root
        frame.weight += weight
        for name in stack:
            frame = frame.above.setdefault(name, _Frame(name))
            frame.weight += weight
    return root


def _boxes(frame: _Frame, x: float, width: float, depth: int) -> Iterator[tuple[_Frame, float, float, int]]:
    """(frame, left edge, width, depth) of each frame that is wide enough to be seen; layers stay in their order."""
    yield frame, x, width, depth
    for above in frame.above.values():
        part = width * above.weight / frame.weight if frame.weight else 0.0
        if part >= _LEAST_WIDTH:
            yield from _boxes(above, x, part, depth + 1)
        x += part


def _box(frame: _Frame, x: float, width: float, height: int, depth: int, graph: FlameGraph) -> str:
    name, y = _plain(frame.name), height - _MARGIN - _ROW * (depth + 1)
    share = 100 * frame.weight / graph.total if graph.total else 0.0
    kind = "all" if depth == 0 else "layer" if graph.has_layers and depth == 1 else f"c{_colour(name)}"
    room = int((width - 4) / _CHARACTER)
    label = name if len(name) <= room else f"{name[: room - 2]}.." if room >= 4 else ""
    text = f'<text x="{x + 3:.2f}" y="{y + 12.5:.1f}">{escape(label)}</text>' if label else ""
    return (
        f"<g><title>{escape(name)}: {frame.weight:,} {graph.unit}, {share:.2f} %</title>"
        f'<rect class="{kind}" x="{x:.2f}" y="{y}" width="{width:.2f}" height="{_ROW - 1}" rx="1"/>{text}</g>\n'
    )


def _colour(name: str) -> int:
    """The same for a name in every picture."""
    return sum(name.encode()) % _COLOURS
