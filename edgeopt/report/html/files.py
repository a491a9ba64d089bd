"""The drawings of a result as SVG files, each with what it is of, the label of its figures and their source."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from markupsafe import Markup

from edgeopt.report.html import charts
from edgeopt.report.html.battery import panel_of
from edgeopt.report.html.check import check_sound
from edgeopt.report.html.figures import Figure
from edgeopt.report.html.head import board_title
from edgeopt.report.html.layers import columns
from edgeopt.report.html.memory import memories
from edgeopt.report.html.svg import letters_px, text
from edgeopt.report.results import Analysis, Deployment

_FOLDER = Path(__file__).parent
_MARGIN, _HEAD = 12.0, 44.0  # around a drawing, and above it
_BOLD = 1.35  # how much wider the heading's letters are


@cache
def asset(name: str) -> str:
    """A file of this folder."""
    return (_FOLDER / name).read_text(encoding="utf-8")


def arena_bytes(result: Analysis | Deployment) -> int:
    return max((slot.offset_bytes + slot.size_bytes for slot in result.arena), default=0)


def drawings(result: Analysis | Deployment) -> Mapping[str, str]:
    """File name -> SVG document, each with the colours for light and dark in it; UsageError as `html_report`."""
    check_sound(result)
    of = f"{result.model} on {board_title(result)}"
    return {name: _alone(chart, f"{of}: {what}", label) for name, chart, what, label in sorted(_charts(result))}


def _charts(result: Analysis | Deployment) -> Iterator[tuple[str, Markup, str, str]]:
    """File name, drawing, what it is, label and source."""
    if result.layers:
        sources = [f"{one.kind}: {one.source}" for one in columns(result.layers) if one.name in ("cycles", "waits")]
        yield "layers.svg", charts.cost_columns(result.layers), "cycles by layer", "; ".join(sources)
    if result.arena and result.layers:
        drawn = charts.arena_map(result.arena, result.layers, arena_bytes(result))
        yield "arena.svg", drawn, "the arena by layer", "exact: the plan"
    for memory in memories(result):
        label = f"{memory.share} of what the board has; " if memory.share else ""
        yield f"{memory.name.lower()}.svg", memory.drawing, f"{memory.name} by part", label + _label(memory.total)
    panel = panel_of(result)
    if panel is not None and panel.curve and panel.chosen:
        yield "battery.svg", panel.curve, f"battery life, {panel.chosen.title}", _label(panel.days_figure)


def _label(figure: Figure) -> str:
    return f"{figure.kind}: {figure.source}"


def _alone(drawing: str, heading: str, label: str) -> str:
    """A drawing as a document of its own, in UTF-8, with two lines above it."""
    attributes, _, content = drawing.removeprefix("<svg").partition(">")
    width, height = map(float, re.findall(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', attributes)[0])
    box = f"{-_MARGIN:g} {-_HEAD:g} {width + 2 * _MARGIN:g} {height + _HEAD + _MARGIN:g}"
    attributes = re.sub(r'viewBox="[^"]*"', f'viewBox="{box}"', attributes, count=1)
    lines = text(0, -28, _clipped(heading, width / _BOLD), "heading") + text(0, -12, _clipped(label, width), "quiet")
    style = f"<style>{asset('charts.css')}svg {{ background: var(--paper); }}</style>"
    root = f'<svg xmlns="http://www.w3.org/2000/svg"{attributes}>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{root}{style}{lines}{content}\n'


def _clipped(words: str, width: float) -> str:
    """The beginning of what is too wide."""
    while letters_px(words) > width:
        words = f"{words[: int(len(words) * width / letters_px(words)) - 1]}\N{HORIZONTAL ELLIPSIS}"
    return words
