"""ASSIGN_VARIABLE: gives a variable the value that it keeps until it is assigned again, in whatever inference."""

from collections.abc import Sequence
from dataclasses import dataclass

from edgeopt.ir import Array, CCall, Io, Shape, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops._variable import Access, copy, is_variable, same_kind


@OPS.register("ASSIGN_VARIABLE")
@requires(
    "it assigns a value of its variable's type, shape and scale",
    lambda op, io: same_kind(io.optional(0), io.optional(1)),
)
@requires("its first input is a variable", lambda op, io: is_variable(io.optional(0)))
@dataclass(frozen=True)
class AssignVariable(Access):
    name = "assign_variable"
    arity = (2, 2)

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return ()

    def states(self, io: Io) -> tuple[int, ...]:
        return (0,)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        assert values[1] is not None
        return (values[1].copy(),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        return copy(io, (1, 0), ())
