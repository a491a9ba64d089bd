"""AVERAGE_POOL_2D and MAX_POOL_2D, float32."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from edgeopt.ir import Array, CCall, Io, Target
from edgeopt.ops import OPS
from edgeopt.ops._pool import Pool
from edgeopt.ops.float32._float import WHY, float_range, limited, quiet, requires_float32


@requires_float32
@dataclass(frozen=True)
class PoolF32(Pool):
    clamp: tuple[float, float]  # type: ignore[assignment]

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        return replace(super().parse(options, io), clamp=float_range(options))

    @abstractmethod
    def pooled(self, x: Array) -> Array:
        """One value a window and channel."""

    @quiet
    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        (x,) = values
        assert x is not None
        return (limited(self.pooled(x), self.clamp),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        (call,) = super().c_calls(io, target)
        params = {**call.params, "low": self.clamp[0], "high": self.clamp[1]}
        return (replace(call, params=params, why=WHY),)


@OPS.register("AVERAGE_POOL_2D float32")
@dataclass(frozen=True)
class AveragePool2DF32(PoolF32):
    """The sum, row by row and column by column, over how many elements of the window lie inside the input."""

    name = "average_pool_2d_f32"
    kernel = "eo_average_pool_2d_f32"

    def pooled(self, x: Array) -> Array:
        patches = self.window.patches(x, 0.0)
        total = np.zeros((*patches.shape[:3], patches.shape[5]), np.float32)
        for i in range(self.window.kernel[0]):
            for j in range(self.window.kernel[1]):
                total += patches[:, :, :, i, j]
        count = self.window.patches(np.ones_like(x), 0.0).sum(axis=(3, 4))
        mean: Array = total / count
        return mean


@OPS.register("MAX_POOL_2D float32")
@dataclass(frozen=True)
class MaxPool2DF32(PoolF32):
    """The largest element; not-a-number is passed over, as TFLM does."""

    name = "max_pool_2d_f32"
    kernel = "eo_max_pool_2d_f32"

    def pooled(self, x: Array) -> Array:
        lowest = float(np.finfo(np.float32).min)
        patches = self.window.patches(x, lowest)
        largest = np.full((*patches.shape[:3], patches.shape[5]), lowest, np.float32)
        for i in range(self.window.kernel[0]):
            for j in range(self.window.kernel[1]):
                value = patches[:, :, :, i, j]
                largest = np.where(value > largest, value, largest)
        return largest
