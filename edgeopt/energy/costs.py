"""What each kernel costs on a core: code bytes, and cycles from its work; fitted on the virtual board."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

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
    path = _FOLDER / f"{core}.toml"
    if not path.is_file():
        return {}
    table = tomllib.loads(path.read_text())
    return {kernel: KernelCost(**figures) for kernel, figures in table["kernels"].items()}
