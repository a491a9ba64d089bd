"""The tables: what each kernel costs on a core, fitted on the virtual board by `make costs`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from edgeopt.costs.cost import Cost, Piece
from edgeopt.costs.memory import FREE, Memory
from edgeopt.costs.work import Work
from edgeopt.ir import CCall
from edgeopt.resources import kernel_files

TABLES = Path(__file__).parent / "tables"
O2 = "-O2"
_LEVELS = {"flash": "-Os"}  # by goal; O2 for the others

# Cores that run the instructions of another one, by whose table ways are chosen: the M55 has none, and those of the M7
# and M33 are for estimates (no kernel of int8 uses Helium; instructions counted by QEMU rank ways alike).
_LIKE = dict.fromkeys(("cortex-m7f", "cortex-m33f", "cortex-m55"), "cortex-m4f")


@dataclass(frozen=True)
class KernelCost:
    """One kernel: its cycles, and its code in bytes of flash.

    `cycles` with memory that answers at once; `stalls` are what some memories add, by `Memory.key`. `sources`:
    the digest of the C that was measured (edgeopt.costs.sources).
    """

    cycles: Cost
    code_bytes: int
    stalls: Mapping[str, Cost] = field(default_factory=dict)
    sources: str = ""


@dataclass(frozen=True)
class CostTable:
    """What is known of the kernels on `core`; `kernels` and `shared` are empty for a core that was not fitted."""

    core: str
    kernels: Mapping[str, KernelCost]
    shared: Mapping[str, int]  # flash of the files that kernels have in common, by name
    level: str = O2  # of the compiler
    probe: Mapping[str, int] = field(default_factory=dict)  # cycles of benchmarks.cost_runs.probe, by Memory.key

    def missing(self, calls: Iterable[CCall]) -> list[str]:
        """The kernels of `calls` that were not fitted, sorted."""
        return sorted({call.kernel for call in calls} - self.kernels.keys())

    def unknown_memory(self, calls: Iterable[CCall], memory: Memory) -> list[str]:
        """The kernels of `calls` whose stalls on `memory` nobody measured, sorted."""
        kernels = {call.kernel for call in calls} & self.kernels.keys()
        return sorted(kernel for kernel in kernels if memory.share_of(self.kernels[kernel].stalls) is None)

    def cycles(self, calls: tuple[CCall, ...], work: Work, memory: Memory = FREE) -> float | None:
        """Estimated cycles of a node's calls, which share its work; None where one of the kernels was not fitted."""
        if self.missing(calls):
            return None
        total = 0.0
        for call in calls:
            cost, part = self.kernels[call.kernel], work.times(call.surplus / len(calls))
            total += cost.cycles.cycles(part)
            if memory.waits:
                found = memory.share_of(cost.stalls)
                if found is None:
                    return None
                stalls, share = found
                total += share * stalls.cycles(part)
        return total

    def code_bytes(self, kernels: frozenset[str]) -> int:
        """Flash of the code of kernels, what they share counted once; nothing for those that were not fitted."""
        own = sum(self.kernels[kernel].code_bytes for kernel in kernels if kernel in self.kernels)
        files = frozenset().union(*map(_files, kernels))
        return own + sum(self.shared.get(name, 0) for name in files)


def level_of(goal: str) -> str:
    """The compiler's level that a network is built with for a goal."""
    return _LEVELS.get(goal, O2)


def table_path(core: str, level: str = O2) -> Path:
    """Where the table of a core and a level of the compiler lies."""
    return TABLES / f"{core}{'' if level == O2 else level}.toml"


@cache
def cost_table(core: str, level: str = O2) -> CostTable:
    """What was measured on a core of code that is compiled with `level`."""
    path = table_path(core, level)
    content = tomllib.loads(path.read_text()) if path.is_file() else {}
    kernels = {kernel: _kernel(figures) for kernel, figures in content.get("kernels", {}).items()}
    return CostTable(core, kernels, content.get("shared", {}), level, content.get("probe", {}))


@cache
def goal_table(core: str, goal: str) -> CostTable:
    """The table of a core for code that is built for `goal`; that of -O2 where nobody measured at the goal's level.

    Kernels that nobody measured there (fast ones, most of them in assembler, at -Os) cost what they do at -O2.
    """
    known, table = cost_table(core), cost_table(core, level_of(goal))
    if table is known or not table.kernels:
        return known
    return replace(table, kernels={**known.kernels, **table.kernels}, shared={**known.shared, **table.shared})


def table_to_choose_by(core: str) -> CostTable:
    """The table that ways are compared by, of the core or of one that runs the same instructions; not for estimates."""
    return cost_table(_LIKE.get(core, core))


def _kernel(figures: Mapping[str, Any]) -> KernelCost:
    stalls = {memory: _cost(pieces) for memory, pieces in figures.get("stalls", {}).items()}
    return KernelCost(_cost(figures["cycles"]), figures["code_bytes"], stalls, figures["sources"])


def _cost(pieces: list[dict[str, Any]]) -> Cost:
    """From what `make costs` writes: a table a piece, the first of two with `up_to = {split = limit}`."""
    limits = [piece.pop("up_to") for piece in pieces if "up_to" in piece]
    found = tuple(Piece(**piece) for piece in pieces)
    if not limits:
        return Cost(found)
    ((by, limit),) = limits[0].items()
    return Cost(found, by, limit)


@cache
def _files(kernel: str) -> frozenset[str]:
    return frozenset(path.stem for path in kernel_files({kernel}))
