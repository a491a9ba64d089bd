"""What reading and assigning a variable share; the variable itself is a state tensor (edgeopt/load/variables.py)."""

from collections.abc import Mapping
from typing import Any, Self

from edgeopt.ir import CCall, Io, Op, Tensor


class Access(Op):
    """A copy from or to the state that is input 0; any type, no arithmetic."""

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        return cls()


def same_kind(a: Tensor | None, b: Tensor | None) -> bool:
    return a is not None and b is not None and (a.dtype, a.shape, a.quant) == (b.dtype, b.shape, b.quant)


def is_variable(tensor: Tensor | None) -> bool:
    return tensor is not None and tensor.is_state


def copy(io: Io, inputs: tuple[int, ...], outputs: tuple[int, ...]) -> tuple[CCall, ...]:
    params = {"bytes": io.input(0).size_bytes}
    return (CCall("eo_copy", params, inputs=inputs, outputs=outputs, why="a copy of its bytes"),)
