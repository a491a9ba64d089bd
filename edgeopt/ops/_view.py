"""Operators that give the same bytes another shape: no code, no copy."""

from collections.abc import Sequence
from dataclasses import dataclass

from edgeopt.ir import Array, CCall, Io, Op, Shape, Target, requires
from edgeopt.ops._checks import same_quant


def _same_content(op: Op, io: Io) -> bool:
    x, y = io.input(0), io.output
    return x.dtype == y.dtype and (x.quant is None or y.quant is None or same_quant(x, y))


@requires("its input and output have the same type, scale and zero point", _same_content)
@dataclass(frozen=True)
class View(Op):
    """The first input's bytes as `shape`; further inputs say the shape and are constant."""

    is_view = True

    shape: Shape

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return (self.shape,)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x = values[0]
        assert x is not None
        return (x.reshape(self.shape),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        return ()
