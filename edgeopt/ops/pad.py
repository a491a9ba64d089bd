"""PAD with the zero point, PADV2 with a value of the model's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from edgeopt.errors import MalformedModel
from edgeopt.ir import Array, CCall, Io, Op, Shape, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops._checks import if_int8, requires_int8_data, same_quant
from edgeopt.ops._walk import MAX_RANK, Dim, collapse, strides_of, walk_params


@OPS.register("PAD")
@requires_int8_data
@requires("its pads are constant", lambda op, io: io.input(1).is_constant)
@requires("its pads are not negative", lambda op, io: all(min(pair) >= 0 for pair in op.pads))
@requires(
    "its input and output have the same scale and zero point",
    if_int8(lambda op, io: same_quant(io.input(0), io.output)),
)
@requires(f"its input has at most {MAX_RANK} dimensions", lambda op, io: len(io.input(0).shape) <= MAX_RANK)
@dataclass(frozen=True)
class Pad(Op):
    name = "pad"

    pads: tuple[tuple[int, int], ...]  # (before, after) of each dimension, in elements
    value: int  # -128..127

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        return cls(_pads(io), 0 if io.output.quant is None else io.output.q.zero_points[0])

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return (tuple(extent + sum(pair) for extent, pair in zip(io.input(0).shape, self.pads, strict=True)),)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x = values[0]
        assert x is not None
        return (np.pad(x, self.pads, constant_values=self.value),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        strides = strides_of(io.output.shape)
        *outer, run = collapse(io.input(0).shape, strides) or [Dim(1, (1,))]
        if run.strides != (1,):  # the last dimension is padded from 1: its elements are runs of one
            outer, run = [*outer, run], Dim(1, (1,))
        params = {
            "out_count": io.output.elements,
            "value": self.value,
            "first": sum(before * stride for (before, _), stride in zip(self.pads, strides, strict=True)),
            "run": run.extent,
            **walk_params(outer, ("jumps",)),
        }
        return (CCall("eo_pad_s8", params),)


def _has_value(op: Any, io: Io) -> bool:
    value = io.optional(2)
    return value is not None and value.is_constant and value.elements == 1 and value.dtype == io.output.dtype


def _value_in_units_of_output(op: Any, io: Io) -> bool:
    value = io.optional(2)
    return value is not None and same_quant(value, io.output)


@OPS.register("PADV2")
@requires("its pad value is one constant of the output's type", _has_value)
@requires("its pad value has the output's scale and zero point", if_int8(_value_in_units_of_output))
@dataclass(frozen=True)
class PadV2(Pad):
    name = "padv2"

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        value = io.optional(2)
        constant = value is not None and value.data is not None and value.elements == 1
        return cls(_pads(io), int(value.values.reshape(-1)[0]) if constant and value is not None else 0)


def _pads(io: Io) -> tuple[tuple[int, int], ...]:
    """The pads of every dimension; none where they are not constant, which a limit names."""
    rank, pads = len(io.input(0).shape), io.input(1).data
    if pads is None:
        return ((0, 0),) * rank
    if pads.shape != (rank, 2):
        raise MalformedModel(f"pads of shape {list(pads.shape)} for an input of {rank} dimensions")
    return tuple((int(before), int(after)) for before, after in pads)
