"""PAD with the zero point, PADV2 with a value of the model's; any type."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from edgeopt.errors import MalformedModel
from edgeopt.ir import Array, CCall, Io, Op, Shape, Target, Tensor, requires
from edgeopt.ops import OPS
from edgeopt.ops._copy import Copy, copy_calls, requires_constants, requires_movable, same_content
from edgeopt.ops._walk import strides_of


@OPS.register("PAD")
@requires_movable
@requires_constants("its pads are", 1)
@requires("its pads are not negative", lambda op, io: all(min(pair) >= 0 for pair in op.pads))
@dataclass(frozen=True)
class Pad(Op):
    name = "pad"
    arity = (2, 2)

    pads: tuple[tuple[int, int], ...]  # (before, after) of each dimension, in elements
    value: float  # in the units of the data; an int but for float32

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        return cls(_pads(io), 0 if io.output.quant is None else io.output.q.zero_points[0])

    def moved(self, io: Io) -> tuple[Tensor, ...]:
        return (io.input(0), io.output)

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return (tuple(extent + sum(pair) for extent, pair in zip(io.input(0).shape, self.pads, strict=True)),)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x = values[0]
        assert x is not None
        return (np.pad(x, self.pads, constant_values=self.value),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        shape, strides = io.input(0).shape, strides_of(io.output.shape)
        first = sum(before * stride for (before, _), stride in zip(self.pads, strides, strict=True))
        copies = copy_calls([Copy(shape, strides_of(shape), strides, out_first=first)], io)
        return (self._fill(io.output), *copies) if shape != io.output.shape else copies

    def _fill(self, output: Tensor) -> CCall:
        value = np.array([self.value], output.dtype).view(np.uint8)
        if len(set(value.tolist())) == 1:
            value = value[:1]
        params: dict[str, int | Array] = {"count": output.size_bytes // value.size, "width": value.size, "value": value}
        return CCall("eo_fill", params, inputs=())


def _has_value(op: Any, io: Io) -> bool:
    value = io.optional(2)
    return value is not None and value.is_constant and value.elements == 1 and value.dtype == io.output.dtype


def _value_in_units_of_output(op: Any, io: Io) -> bool:
    value = io.optional(2)
    return value is None or value.dtype != io.output.dtype or same_content(value, io.output)


@OPS.register("PADV2")
@requires("its pad value is one constant of the output's type", _has_value)
@requires("its pad value has the output's scale and zero point", _value_in_units_of_output)
@dataclass(frozen=True)
class PadV2(Pad):
    name = "padv2"
    arity = (3, 3)

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        value = io.optional(2)
        constant = value is not None and value.data is not None and value.elements == 1
        return cls(_pads(io), value.values.reshape(-1)[0].item() if constant and value is not None else 0)


def _pads(io: Io) -> tuple[tuple[int, int], ...]:
    """The pads of every dimension; none where they are not constant, which a limit names."""
    rank, pads = len(io.input(0).shape), io.input(1).data
    if pads is None:
        return ((0, 0),) * rank
    if pads.shape != (rank, 2):
        raise MalformedModel(f"pads of shape {list(pads.shape)} for an input of {rank} dimensions")
    return tuple((int(before), int(after)) for before, after in pads)
