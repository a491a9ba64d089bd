"""What each trick brings: the figures of the goal that it serves, with that trick alone turned off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from benchmarks.measured import M4, Figures, Without, figures_of, memory_of
from benchmarks.peers import models
from benchmarks.table import Table
from edgeopt.board import load_board
from edgeopt.ops.ways import WAYS
from edgeopt.optimize import PASSES, optimize
from edgeopt.pipeline import open_model
from edgeopt.plan import plan, target_of
from edgeopt.plan.chain import ROWS


@dataclass(frozen=True)
class _Figure:
    """A goal, and the figure for which it is asked."""

    goal: str
    of: Callable[[Path, Without], int]
    name: str


_FIGURES = (
    _Figure("latency", lambda path, off: _run(path, off).instructions, "instructions of an inference"),
    _Figure("latency", lambda path, off: _run(path, off).cycles, "est. cycles of an inference"),
    _Figure("flash", lambda path, off: memory_of(path, "flash", off)[0], "bytes of flash"),
    _Figure("ram", lambda path, off: memory_of(path, "ram", off)[1], "bytes of RAM"),
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
    title = f"Cortex-M4, gcc, goal {figure.goal}: {figure.name}, whole and with one thing turned off"
    table = Table(title, ["turned off", *(path.stem for path in paths)])
    whole = [figure.of(path, Without()) for path in paths]
    table.add("nothing", *(f"{value:,}" for value in whole))
    for name, off in tricks().items():
        found = [figure.of(path, off if _changes(path, figure.goal, off) else Without()) for path in paths]
        if found != whole:
            table.add(name, *(_cell(value, was) for value, was in zip(found, whole, strict=True)))
    return table


def _run(path: Path, off: Without) -> Figures:
    return figures_of(path, "latency", M4, "gcc", off)


def _changes(path: Path, goal: str, off: Without) -> bool:
    """Whether anything is otherwise: building takes long."""
    if off.passes:
        model = open_model(path)
        return optimize(model.original, off.passes) != model.graph
    return (off.level and goal == "flash") or not off.ways.isdisjoint(_ways(path, goal))


@cache
def _ways(path: Path, goal: str) -> frozenset[str]:
    made = plan(open_model(path).graph, target_of(load_board(M4), goal))
    return frozenset(step.way.name for step in made.steps)


def _cell(value: int, whole: int) -> str:
    return "" if value == whole else f"{value:,} ({value / whole - 1:+.1%})"
