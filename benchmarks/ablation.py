"""What each trick brings: the figures of the goal that it serves, with that trick alone turned off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measured import M4, Figures, Without, figures_of
from benchmarks.peers import models
from benchmarks.table import Table
from edgeopt.ops.ways import WAYS
from edgeopt.optimize import PASSES, optimize
from edgeopt.pipeline import open_model
from edgeopt.plan.chain import ROWS


@dataclass(frozen=True)
class _Figure:
    """A goal, and the figure for which it is asked."""

    goal: str
    unit: str
    of: Callable[[Figures], int]
    hint: str  # what the table is of


_FIGURES = (
    _Figure("latency", "instructions", lambda figures: figures.instructions, "instructions of an inference"),
    _Figure("latency", "est. cycles", lambda figures: figures.cycles, "est. cycles of an inference"),
    _Figure("flash", "bytes", lambda figures: figures.flash_bytes, "bytes of flash"),
    _Figure("ram", "bytes", lambda figures: figures.ram_bytes, "bytes of RAM"),
)
# Ways that are one idea
_TOGETHER = {"compact": ("compact", "compact_dense", "compact_depthwise"), "winograd": ("winograd", "winograd_4x4")}


def tables(folder: Path, samples: int) -> list[Table]:
    """A table a figure, a row a trick; `samples` is not used."""
    return [_table(models(folder), figure) for figure in _FIGURES]


def tricks() -> dict[str, Without]:
    """What can be turned off, by the name of its row; a way of every kind, and the ways all together."""
    ways = sorted({*WAYS.names(), ROWS})
    off = {f"way `{way}`": Without(ways=frozenset({way})) for way in ways}
    off |= {f"ways `{'`, `'.join(some)}`": Without(ways=frozenset(some)) for some in _TOGETHER.values()}
    off["all ways but `plain`"] = Without(ways=frozenset(ways))
    off |= {f"pass `{name}`": Without(passes=frozenset({name})) for name in PASSES.names()}
    off["-Os for the goal flash"] = Without(level=True)
    return off


def _table(paths: list[Path], figure: _Figure) -> Table:
    title = f"Cortex-M4, gcc, goal {figure.goal}: {figure.hint}, whole and with one thing turned off"
    table = Table(title, ["turned off", *(path.stem for path in paths)])
    whole = [figure.of(figures_of(path, figure.goal)) for path in paths]
    table.add("nothing", *(f"{value:,}" for value in whole))
    for name, without in tricks().items():
        found = [figure.of(_figures(path, figure.goal, without)) for path in paths]
        if found != whole:
            table.add(name, *(_cell(value, was) for value, was in zip(found, whole, strict=True)))
    return table


def _figures(path: Path, goal: str, without: Without) -> Figures:
    """Those of the whole where what is turned off does nothing: they take long."""
    whole, model = figures_of(path, goal), open_model(path)
    is_taken = any(layer.way in without.ways for layer in whole.layers)
    rewrites = bool(without.passes) and optimize(model.original, without.passes) != model.graph
    if is_taken or rewrites or (without.level and goal == "flash"):
        return figures_of(path, goal, M4, "gcc", without)
    return whole


def _cell(value: int, whole: int) -> str:
    return "" if value == whole else f"{value:,} ({value / whole - 1:+.1%})"
