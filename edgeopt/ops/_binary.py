"""What ADD, SUB and MUL share: two integer operands, broadcasting, a fused activation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from edgeopt.ir import Array, Io, Op, Shape, requires
from edgeopt.ops._checks import fused_clamp
from edgeopt.ops._elementwise import strip_of_elements
from edgeopt.ops._walk import MAX_RANK, Dim, broadcast_strides, collapse, walk_params


def broadcasts(op: Any, io: Io) -> bool:
    a, b = io.input(0).shape, io.input(1).shape
    return all(m == n or 1 in (m, n) for m, n in zip(a[::-1], b[::-1], strict=False))


@requires("its operands have shapes that broadcast together", broadcasts)
@requires(f"its operands have at most {MAX_RANK} dimensions", lambda op, io: len(io.output.shape) <= MAX_RANK)
@dataclass(frozen=True)
class Binary(Op):
    """Elementwise; either operand may be constant, and repeats itself along dimensions of extent 1."""

    arity = (2, 2)

    clamp: tuple[int, int]  # inclusive, in the output's units

    strip = strip_of_elements

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        return cls(fused_clamp(options, io))

    def with_clamp(self, low: int, high: int) -> Self:
        return replace(self, clamp=(max(self.clamp[0], low), min(self.clamp[1], high)))

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return (np.broadcast_shapes(io.input(0).shape, io.input(1).shape),)

    def in_place(self, io: Io) -> tuple[int, ...]:
        return tuple(index for index in (0, 1) if io.input(index).shape == io.output.shape)

    def _clamped(self, q: Array, dtype: str = "int8") -> tuple[Array, ...]:
        return (np.clip(q, *self.clamp).astype(dtype),)


def centered(io: Io, values: Sequence[Array | None], index: int) -> Array:
    """Operand `index` less its zero point, int64."""
    value = values[index]
    assert value is not None
    return value.astype(np.int64) - io.input(index).q.zero_point


def walk(io: Io, first: int, second: int) -> dict[str, int | Array | None]:
    """The loop over the output with operands `first` and `second`: rows, and the walk over them (kernels/eo_walk.h)."""
    shape = io.output.shape
    strides = [broadcast_strides(io.input(index).shape, shape) for index in (first, second)]
    *outer, row = collapse(shape, *strides) or [Dim(1, (1, 1))]
    params: dict[str, int | Array | None] = {"count": row.extent, "step1": row.strides[0], "step2": row.strides[1]}
    return params | walk_params(outer, ("jumps1", "jumps2"))
