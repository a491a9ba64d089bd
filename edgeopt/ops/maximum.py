"""MAXIMUM and MINIMUM of int8 tensors of one scale and zero point."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from edgeopt.ir import Array, CCall, Io, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops._binary import Binary, walk
from edgeopt.ops._checks import int8_throughout, requires_int8, same_quant


def _all_alike(op: Any, io: Io) -> bool:
    # what is compared and handed on are the raw values
    return not int8_throughout(op, io) or all(same_quant(io.input(index), io.output) for index in (0, 1))


@OPS.register("MAXIMUM")
@requires("its operands have at most 5 dimensions", lambda op, io: len(io.output.shape) <= 5)
@requires("its operands and output have the same scale and zero point", _all_alike)
@requires_int8
@dataclass(frozen=True)
class Maximum(Binary):
    name = "maximum"
    minimum: ClassVar[bool] = False

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x1, x2 = values
        assert x1 is not None and x2 is not None
        return self._clamped(self._of(x1, x2))

    def table(self, io: Io) -> Array | None:
        bound, x = io.input(1), io.input(0)
        if bound.data is None or bound.elements != 1 or x.shape != io.output.shape:
            return None
        return self._clamped(self._of(np.arange(-128, 128, dtype=np.int8), bound.data.reshape(-1)))[0]

    def _of(self, x1: Array, x2: Array) -> Array:
        return np.minimum(x1, x2) if self.minimum else np.maximum(x1, x2)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        low, high = self.clamp
        params = {"flip": -1 if self.minimum else 0, "low": low, "high": high, **walk(io, 0, 1)}
        return (CCall("eo_maximum_s8", params, inputs=(0, 1)),)


@OPS.register("MINIMUM")
@dataclass(frozen=True)
class Minimum(Maximum):
    name = "minimum"
    minimum = True
