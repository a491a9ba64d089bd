"""What a tensor of the file is while its network is made integer: bits, or numbers that wait for who reads them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from edgeopt.ir import Shape, Tensor
from edgeopt.larq.integers import Integers
from edgeopt.larq.sources import Source
from edgeopt.larq.steps import MaxPool, Step, View
from edgeopt.ops._window import pooled_shape


@dataclass(frozen=True, eq=False)
class Bits:
    """Signs in words. Rows of `channels` bits begin a new word each; the shape of the values may have longer rows."""

    words: Tensor
    channels: int
    shape: Shape


@dataclass(frozen=True, eq=False)
class Pending:
    """Real values: a source, and the float steps behind it, in the order in which the engine does them."""

    source: Source
    steps: tuple[Step, ...] = ()

    def then(self, *steps: Step) -> Pending:
        return replace(self, steps=(*self.steps, *steps))

    @property
    def chain(self) -> tuple[Step, ...]:
        """The steps, and before them what the source's numbers are worth."""
        return (*self.source.base, *self.steps)

    @property
    def shape(self) -> Shape:
        shape = self.source.shape
        for step in self.steps:
            if isinstance(step, MaxPool):
                shape = pooled_shape(shape, step.window)
            elif isinstance(step, View):
                shape = step.shape
        return shape

    @property
    def tensor(self) -> Tensor | None:
        """The quantized tensor, where that is all."""
        plain = isinstance(self.source, Integers) and not self.steps and not self.source.worth
        return self.source.tensor if plain and isinstance(self.source, Integers) else None


@dataclass(frozen=True, eq=False)
class Signs:
    """Bits that nobody has asked for yet: the signs of these values."""

    of: Pending


Value = Bits | Pending | Signs


def pending(tensor: Tensor, layer: str = "") -> Pending:
    """The values of a quantized tensor, which the layer makes."""
    return Pending(Integers.of(tensor, layer))
