"""MEAN and SUM over any axes: the sum, requantized, with 1/n in the multiplier or without."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgeopt.ir import Array, CCall, Io, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops._checks import if_int8, requires_int8_data
from edgeopt.ops._reduction import Reduction
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
        total = x.astype(np.int64).sum(axis=self.axes) - self.reduced(io) * io.input(0).q.zero_point
        result = requantize(total, *self.multiplier(io)) + io.output.q.zero_point
        return (np.clip(result, *dtype_range(x.dtype.name)).astype(x.dtype).reshape(io.output.shape),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        multiplier, shift = self.multiplier(io)
        params = {
            **self.walks(io),
            "bias": -self.reduced(io) * io.input(0).q.zero_point,
            "multiplier": multiplier,
            "shift": shift,
            "offset": io.output.q.zero_point,
        }
        return (CCall("eo_mean_s8", params),)


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
