"""What each kernel costs on a core: code bytes, and cycles from its work; fitted on the virtual board."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "costs"


@dataclass(frozen=True)
class KernelCost:
    """Cycles of one call = per_mac x MACs + per_output x output elements + per_call; flash of its code in bytes.

    The MACs of a binary kernel are binary ones.
    """

    cycles_per_mac: float
    cycles_per_output: float
    cycles_per_call: float
    code_bytes: int

    def cycles(self, macs: float, output_elements: float) -> float:
        return self.cycles_per_mac * macs + self.cycles_per_output * output_elements + self.cycles_per_call


@cache
def kernel_costs(core: str) -> dict[str, KernelCost]:
    """Costs by kernel name; empty for a core that was not fitted."""
    return {kernel: KernelCost(**figures) for kernel, figures in _table(core).get("kernels", {}).items()}


@cache
def shared_code_bytes(core: str) -> dict[str, int]:
    """Flash of the files that kernels have in common, by name."""
    return dict(_table(core).get("shared", {}))


def _table(core: str) -> dict[str, Any]:
    path = _FOLDER / f"{core}.toml"
    return tomllib.loads(path.read_text()) if path.is_file() else {}
