"""READ_VARIABLE: the value of a variable as it is now."""

from collections.abc import Sequence
from dataclasses import dataclass

from edgeopt.ir import Array, CCall, Io, Shape, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops._variable import Access, copy, is_variable, same_kind


@OPS.register("READ_VARIABLE")
@requires("it reads a variable of its output's type, shape and scale", lambda op, io: same_kind(io.input(0), io.output))
@requires("its input is a variable", lambda op, io: is_variable(io.optional(0)))
@dataclass(frozen=True)
class ReadVariable(Access):
    """A copy, so that the variable may be assigned while the value is still in use."""

    name = "read_variable"

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return (io.input(0).shape,)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        assert values[0] is not None
        return (values[0].copy(),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        return copy(io, (0,), (0,))
