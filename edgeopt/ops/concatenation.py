"""CONCATENATION along any axis: one strided copy an input."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Self

import numpy as np

from edgeopt.ir import Array, CCall, Io, Op, Shape, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops._checks import if_int8, requires_int8, same_quant


def _inputs_alike(op: Any, io: Io) -> bool:
    # TFLM and LiteRT refuse anything else: a concatenation copies raw values
    return all(same_quant(io.input(index), io.output) for index in range(len(io.inputs)))


@OPS.register("CONCATENATION")
@requires_int8
@requires("its inputs and output have the same scale and zero point", if_int8(_inputs_alike))
@requires("it has no fused activation", lambda op, io: op.activation == "NONE")
@dataclass(frozen=True)
class Concatenation(Op):
    name = "concatenation"

    axis: int  # not negative
    activation: str = "NONE"

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        rank, axis = len(io.output.shape), int(options["axis"])
        if not -rank <= axis < rank:
            raise ValueError(f"axis {axis} of a tensor of {rank} dimensions")
        return cls(axis % rank, options.get("fused_activation_function", "NONE"))

    def infer(self, io: Io) -> tuple[Shape, ...]:
        shapes = [io.input(index).shape for index in range(len(io.inputs))]
        others = {(*shape[: self.axis], *shape[self.axis + 1 :]) for shape in shapes}
        if len(others) > 1 or len({len(shape) for shape in shapes}) > 1:
            raise ValueError(f"shapes {[list(shape) for shape in shapes]} along axis {self.axis}")
        before, after = shapes[0][: self.axis], shapes[0][self.axis + 1 :]
        return ((*before, sum(shape[self.axis] for shape in shapes), *after),)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        return (np.concatenate([value for value in values if value is not None], self.axis),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        rows = prod(io.output.shape[: self.axis])
        calls, first = [], 0
        for index in range(len(io.inputs)):
            run = prod(io.input(index).shape[self.axis :])
            params = {"rows": rows, "run": run, "first": first, "step": prod(io.output.shape[self.axis :])}
            calls.append(CCall("eo_concatenation_s8", params, inputs=(index,)))
            first += run
        return tuple(calls)
