"""MEAN over any axes, float32."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edgeopt.ir import Array, CCall, Io, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops._reduction import Reduction
from edgeopt.ops.float32._float import WHY, f32, quiet, requires_float32_data, sum_in_order

_MOST = 1 << 24  # exact as a float


@OPS.register("MEAN float32")
@requires_float32_data
@requires(f"it takes the mean of 1 to {_MOST:,} elements", lambda op, io: 1 <= op.reduced(io) <= _MOST)
@dataclass(frozen=True)
class MeanF32(Reduction):
    """The sum in the input's order, divided by how many there are."""

    name = "mean_f32"

    @quiet
    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x = values[0]
        assert x is not None
        kept = [axis for axis in range(x.ndim) if axis not in self.axes]
        columns = x.transpose(*self.axes, *kept).reshape(self.reduced(io), -1)
        return ((sum_in_order(columns, axis=0) / f32(self.reduced(io))).reshape(io.output.shape),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        return (CCall("eo_mean_f32", {**self.walks(io), "elements": float(self.reduced(io))}, why=WHY),)
