"""MEAN over any axes: the sum, requantized with 1/n in the multiplier."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Self

import numpy as np

from edgeopt.ir import Array, CCall, Io, Op, Shape, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops._checks import if_int8, requires_int8_data
from edgeopt.ops._walk import MAX_RANK, Dim, collapse, strides_of, walk_params
from edgeopt.quantmath import quantize_multiplier, requantize


def _sum_fits(op: "Mean", io: Io) -> bool:
    return op.reduced(io) < 2**23


@OPS.register("MEAN")
@requires_int8_data
@requires("its axes are constant", lambda op, io: io.input(1).is_constant)
@requires(f"its input has 1 to {MAX_RANK} dimensions", lambda op, io: 1 <= len(io.input(0).shape) <= MAX_RANK)
@requires("it takes the mean of fewer than 2^23 elements", _sum_fits)
@requires("its scales differ by less than a factor of 2^30", if_int8(lambda op, io: abs(_rescale(io)[1]) <= 30))
@dataclass(frozen=True)
class Mean(Op):
    name = "mean"

    axes: tuple[int, ...]  # not negative, ascending
    keep_dims: bool

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        rank, axes = len(io.input(0).shape), io.input(1).data
        given = [] if axes is None else [int(axis) for axis in axes.reshape(-1)]
        if any(not -rank <= axis < rank for axis in given):
            raise ValueError(f"axes {given} of a tensor of {rank} dimensions")
        return cls(tuple(sorted({axis % rank for axis in given})), bool(options.get("keep_dims", False)))

    def infer(self, io: Io) -> tuple[Shape, ...]:
        shape = enumerate(io.input(0).shape)
        if self.keep_dims:
            return (tuple(1 if axis in self.axes else extent for axis, extent in shape),)
        return (tuple(extent for axis, extent in shape if axis not in self.axes),)

    def reduced(self, io: Io) -> int:
        """Elements of which each output is the mean."""
        return prod(io.input(0).shape[axis] for axis in self.axes)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x = values[0]
        assert x is not None
        multiplier, shift = self._multiplier(io)
        total = x.astype(np.int64).sum(axis=self.axes) - self.reduced(io) * io.input(0).q.zero_point
        mean = requantize(total, multiplier, shift) + io.output.q.zero_point
        return (np.clip(mean, -128, 127).astype(np.int8).reshape(io.output.shape),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        multiplier, shift = self._multiplier(io)
        *outer, run = self._dims(io, kept=False) or [Dim(1, (1,))]
        params = {
            **walk_params(self._dims(io, kept=True), ("kept_jumps",), "kept_"),
            **walk_params(outer, ("reduced_jumps",), "reduced_"),
            "count": run.extent,
            "step": run.strides[0],
            "bias": -self.reduced(io) * io.input(0).q.zero_point,
            "multiplier": multiplier,
            "shift": shift,
            "offset": io.output.q.zero_point,
        }
        return (CCall("eo_mean_s8", params),)

    def _dims(self, io: Io, kept: bool) -> list[Dim]:
        shape = io.input(0).shape
        axes = [axis for axis in range(len(shape)) if (axis in self.axes) != kept]
        strides = strides_of(shape)
        return list(collapse(tuple(shape[axis] for axis in axes), [strides[axis] for axis in axes]))

    def _multiplier(self, io: Io) -> tuple[int, int]:
        """(multiplier, shift) of the rescaling and 1/n together; as TFLM, the quotient is cut off, not rounded."""
        multiplier, shift = _rescale(io)
        n = self.reduced(io)
        grow = min(n.bit_length() - 1, 32, 31 + shift)
        return (multiplier << grow) // n, shift - grow


def _rescale(io: Io) -> tuple[int, int]:
    return quantize_multiplier(io.input(0).q.scale / io.output.q.scale)
