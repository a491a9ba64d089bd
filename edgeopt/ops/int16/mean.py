"""MEAN of int16 over any axes."""

from dataclasses import dataclass

from edgeopt.ir import CCall, Io, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops._checks import if_int16, requires_int16_data
from edgeopt.ops.mean import Average, rescale

_MAX_REDUCED = 65_535  # as many int16 stay below 2^31


@OPS.register("MEAN int16")
@requires_int16_data
@requires(f"it takes the mean of {_MAX_REDUCED:,} elements at most", lambda op, io: op.reduced(io) <= _MAX_REDUCED)
@requires("its input's scale is 2^-31 to 2^14 times its output's", if_int16(lambda op, io: -30 <= rescale(io)[1] <= 14))
@dataclass(frozen=True)
class MeanInt16(Average):
    name = "mean_s16"

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        multiplier, shift = self.multiplier(io)
        return (CCall("eo_mean_s16", {**self.walks(io), "multiplier": multiplier, "shift": shift}),)
