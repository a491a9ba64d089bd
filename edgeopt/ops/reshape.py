"""RESHAPE to a shape that is an input, an option, or the output's own."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any, Self

from edgeopt.ir import Io, Shape
from edgeopt.ops import OPS
from edgeopt.ops._view import View


@OPS.register("RESHAPE")
@dataclass(frozen=True)
class Reshape(View):
    name = "reshape"
    arity = (1, 2)

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        return cls(_resolved(_wanted(options, io), io.input(0).elements))


def _wanted(options: Mapping[str, Any], io: Io) -> Shape:
    """The shape as asked for, -1 where it is to be found."""
    shape_input = io.optional(1)
    if shape_input is not None and shape_input.data is not None:
        return tuple(int(extent) for extent in shape_input.data.reshape(-1))
    if shape_input is None and options.get("new_shape"):
        return tuple(int(extent) for extent in options["new_shape"])
    return io.output.shape


def _resolved(shape: Shape, elements: int) -> Shape:
    known = prod(extent for extent in shape if extent != -1)
    if shape.count(-1) == 1 and known > 0:
        shape = tuple(elements // known if extent == -1 else extent for extent in shape)
    if prod(shape) != elements or any(extent < 0 for extent in shape):
        raise ValueError(f"{elements} elements cannot have the shape {list(shape)}")
    return shape
