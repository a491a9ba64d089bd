"""MEAN and SUM over any axes: the sum, requantized, with 1/n in the multiplier or without."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgeopt.ir import Array, CCall, Io, Op, Shape, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops._checks import if_int8, requires_int8_data
from edgeopt.ops._reduction import Reduction
from edgeopt.ops._rows import RowsOp
from edgeopt.quantmath import dtype_range, quantize_multiplier, requantize


def _sum_fits(op: Reduction, io: Io) -> bool:
    return op.reduced(io) < 2**23


def _rescaled_sum_fits(op: Reduction, io: Io) -> bool:
    # beyond, TFLM's left shift wraps
    return op.reduced(io) * io.input(0).q.scale < 2**22 * io.output.q.scale


class Total(Reduction):
    """The sum of what is reduced, times a multiplier."""

    @abstractmethod
    def multiplier(self, io: Io) -> tuple[int, int]:
        """(multiplier, shift) of the sum, as `requantize` takes them."""

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x = values[0]
        assert x is not None
        return (self._rescaled(io, x.astype(np.int64).sum(axis=self.axes)).astype(x.dtype),)

    def _rescaled(self, io: Io, sums: Array) -> Array:
        """The output of the sums, int64 of as many elements; `io` is of this operator."""
        total = sums - self.reduced(io) * io.input(0).q.zero_point
        result = requantize(total, *self.multiplier(io)) + io.output.q.zero_point
        clipped: Array = np.clip(result, *dtype_range(io.output.dtype)).reshape(io.output.shape)
        return clipped

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        return (CCall("eo_mean_s8", {**self.walks(io), **self._constants(io)}),)

    def _constants(self, io: Io) -> dict[str, int]:
        multiplier, shift = self.multiplier(io)
        return {
            "bias": -self.reduced(io) * io.input(0).q.zero_point,
            "multiplier": multiplier,
            "shift": shift,
            "offset": io.output.q.zero_point,
        }

    def of_sums(self, io: Io) -> Op | None:
        x = io.input(0)
        is_whole = len(x.shape) == 4 and x.shape[0] == 1 and x.dtype == "int8" and {1, 2} <= set(self.axes) <= {0, 1, 2}
        return TotalOfSums(self, io) if is_whole else None


@dataclass(frozen=True)
class TotalOfSums(RowsOp):
    """What the operator `whole` on the tensors `whole_io` makes of the sums of its input's pixels."""

    name = "total_of_sums"

    whole: Total
    whole_io: Io

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return self.whole.infer(self.whole_io)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        (sums,) = values
        assert sums is not None
        return (self.whole._rescaled(self.whole_io, sums.astype(np.int64)).astype(np.int8),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        params = {"channels": io.output.elements, **self.whole._constants(self.whole_io)}
        return (CCall("eo_mean_of_sums_s8", params),)


class Average(Total):
    """The mean, of integers."""

    def multiplier(self, io: Io) -> tuple[int, int]:
        """The rescaling and 1/n together; as TFLM, the quotient is cut off, not rounded."""
        multiplier, shift = rescale(io)
        n = self.reduced(io)
        grow = min(n.bit_length() - 1, 32, 31 + shift)
        return (multiplier << grow) // n, shift - grow


@OPS.register("MEAN")
@requires_int8_data
@requires("it takes the mean of fewer than 2^23 elements", _sum_fits)
@requires("its input's scale is 2^-31 to 2^22 times its output's", if_int8(lambda op, io: -30 <= rescale(io)[1] <= 22))
@dataclass(frozen=True)
class Mean(Average):
    name = "mean"


@OPS.register("SUM")
@requires_int8_data
@requires("it adds up fewer than 2^23 elements", _sum_fits)
@requires(
    "its input's scale times the count of what it adds up is under 2^22 times its output's", if_int8(_rescaled_sum_fits)
)
@dataclass(frozen=True)
class Sum(Total):
    name = "sum"

    def multiplier(self, io: Io) -> tuple[int, int]:
        return rescale(io)


def rescale(io: Io) -> tuple[int, int]:
    """(multiplier, shift) from the input's scale to the output's."""
    return quantize_multiplier(io.input(0).q.scale / io.output.q.scale)
