"""What the quantizer asks of a layer that remembers: whether it can be quantized, its state's range, its integers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from edgeopt.convert.quantizer.grids import Grid, Range
from edgeopt.convert.quantizer.network import Network
from edgeopt.ir import Array


@dataclass(frozen=True)
class Part:
    """One input of a layer, in integers: a constant, or state, which has no `values`."""

    position: int
    dtype: str
    scale: float
    zero_point: int = 0
    values: Array | None = None


class States(Protocol):
    """What a float layer's state holds while samples pass."""

    def forget(self) -> None:
        """The layer begins anew."""
        ...

    def after(self, x: Array, y: Array) -> Array:
        """Every value that the state takes while the layer reads `x` and writes `y`."""
        ...


class Remembering(Protocol):
    """A kind of layer whose input 0 is a value, and all others weights, biases or state."""

    @property
    def state(self) -> int:
        """The position of the state whose range is calibrated."""
        ...

    @property
    def least(self) -> Range:
        """What the output's range must hold at least."""
        ...

    @property
    def intermediates(self) -> int:
        """How many tensors LiteRT wants of it that nobody reads; the last one has the output's scale."""
        ...

    def obstacle(self, network: Network, operator: int) -> str | None:
        """What stands in the way of integers, a clause that begins with `it`; None where nothing does."""
        ...

    def follow(self, network: Network, operator: int) -> States: ...

    def parts(self, network: Network, operator: int, source: Grid, target: Grid, state: Range) -> Sequence[Part]:
        """All inputs but the first, of a layer that reads and writes these grids."""
        ...


def state_obstacle(network: Network, operator: int, positions: Sequence[int]) -> str | None:
    """What is odd about what a layer reads at all, and about the inputs that are its state; None: nothing."""
    reads = network.reads(operator)
    if network.is_constant(reads[0]):
        return "it reads a constant"
    tensors = [reads[position] for position in positions]
    own = all(
        network.is_variable(tensor) and network.readers[tensor] == (operator,) and tensor not in network.outputs
        for tensor in tensors
    )
    return None if own and len(set(tensors)) == len(tensors) else "its state is not its own"
