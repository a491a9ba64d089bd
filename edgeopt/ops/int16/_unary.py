"""What the elementwise int16 operators of one input share."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from edgeopt.ir import Array, Io, Op, Shape
from edgeopt.ops._checks import requires_int16


@requires_int16
@dataclass(frozen=True)
class UnaryInt16(Op):
    """An operator that maps every int16 element by itself, whatever the shape."""

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        return cls()

    @abstractmethod
    def function(self, q: Array, io: Io) -> Array:
        """The quantized outputs of the quantized inputs `q`, both int64 and unclamped to int16."""

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return (io.input(0).shape,)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        (x,) = values
        assert x is not None
        return (np.clip(self.function(x.astype(np.int64), io), -32768, 32767).astype(np.int16),)

    def in_place(self, io: Io) -> tuple[int, ...]:
        return (0,)
