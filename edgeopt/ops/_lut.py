"""Elementwise functions of one byte as a table of 256 in flash: exact by construction, one load an element."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np

from edgeopt.ir import Array, CCall, Io, Op, Shape, Target
from edgeopt.ops._elementwise import strip_of_elements


class Lut(Op):
    """An operator that maps every int8 (or uint8) element by itself, whatever the shape."""

    strip = strip_of_elements

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        return cls()

    @abstractmethod
    def function(self, q: Array, io: Io) -> Array:
        """The quantized outputs of the quantized inputs `q`, both int64 and unclamped to the output's type."""

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return (io.input(0).shape,)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        (x,) = values
        assert x is not None
        return (self._table(io)[x.view(np.uint8)].view(io.output.dtype),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        params: dict[str, int | Array] = {"count": io.output.elements, "table": self._table(io)}
        return (CCall("eo_lut_s8", params, why="a table of all 256 answers"),)

    def in_place(self, io: Io) -> tuple[int, ...]:
        return (0,)

    def table(self, io: Io) -> Array | None:
        if (io.input(0).dtype, io.output.dtype) != ("int8", "int8"):
            return None
        return np.roll(self._table(io).view(np.int8), 128)  # from the order of the bytes to that of the numbers

    def _table(self, io: Io) -> Array:
        """uint8[256]: the output's byte for every byte of the input."""
        q = np.arange(256, dtype=np.uint8).view(io.input(0).dtype).astype(np.int64)
        info = np.iinfo(io.output.dtype)
        return np.clip(self.function(q, io), info.min, info.max).astype(io.output.dtype).view(np.uint8)
