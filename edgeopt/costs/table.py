"""The tables: what each kernel costs on a core, fitted on the virtual board by `make costs`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from edgeopt.costs.work import Work
from edgeopt.ir import CCall
from edgeopt.resources import kernel_files

TABLES = Path(__file__).parent / "tables"

# Cores without a cycle model that run the instructions of another one: good enough to tell which of two kernels is
# faster (none of int8 uses Helium; instructions counted by QEMU rank them alike).
_LIKE = dict.fromkeys(("cortex-m7f", "cortex-m33f", "cortex-m55"), "cortex-m4f")


@dataclass(frozen=True)
class KernelCost:
    """Cycles of one call are linear in its work; flash of its code in bytes."""

    cycles_per_mac: float
    cycles_per_output: float
    cycles_per_call: float
    code_bytes: int
    cycles_per_input: float = 0.0
    cycles_per_pixel: float = 0.0

    def cycles(self, work: Work) -> float:
        return (
            self.cycles_per_mac * work.macs
            + self.cycles_per_output * work.outputs
            + self.cycles_per_input * work.inputs
            + self.cycles_per_pixel * work.pixels
            + self.cycles_per_call
        )


@dataclass(frozen=True)
class CostTable:
    """What is known of the kernels on `core`; `kernels` and `shared` are empty for a core that was not fitted."""

    core: str
    kernels: Mapping[str, KernelCost]
    shared: Mapping[str, int]  # flash of the files that kernels have in common, by name

    def missing(self, calls: Iterable[CCall]) -> list[str]:
        """The kernels of `calls` that were not fitted, sorted."""
        return sorted({call.kernel for call in calls} - self.kernels.keys())

    def cycles(self, calls: tuple[CCall, ...], work: Work) -> float | None:
        """Estimated cycles of a node's calls, which share its work; None where one of the kernels was not fitted."""
        if self.missing(calls):
            return None
        return sum(self.kernels[call.kernel].cycles(work.times(call.surplus / len(calls))) for call in calls)

    def code_bytes(self, kernels: frozenset[str]) -> int:
        """Flash of the code of kernels, what they share counted once; nothing for those that were not fitted."""
        own = sum(self.kernels[kernel].code_bytes for kernel in kernels if kernel in self.kernels)
        files = frozenset().union(*map(_files, kernels))
        return own + sum(self.shared.get(name, 0) for name in files)


@cache
def cost_table(core: str) -> CostTable:
    """The table of a core."""
    content = _read(core)
    kernels = {kernel: KernelCost(**figures) for kernel, figures in content.get("kernels", {}).items()}
    return CostTable(core, kernels, content.get("shared", {}))


def table_to_choose_by(core: str) -> CostTable:
    """The table of the core, or of one that runs the same instructions: for comparing ways, not for estimates."""
    return cost_table(_LIKE.get(core, core))


def _read(core: str) -> dict[str, Any]:
    path = TABLES / f"{core}.toml"
    return tomllib.loads(path.read_text()) if path.is_file() else {}


@cache
def _files(kernel: str) -> frozenset[str]:
    return frozenset(path.stem for path in kernel_files({kernel}))
