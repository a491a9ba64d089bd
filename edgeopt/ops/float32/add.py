"""ADD, SUB and MUL, float32."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np

from edgeopt.ir import Array, CCall, Io, Target
from edgeopt.ops import OPS
from edgeopt.ops._binary import Binary, walk
from edgeopt.ops.float32._float import WHY, float_range, limited, quiet, requires_float32


@requires_float32
@dataclass(frozen=True)
class Arithmetic(Binary):
    """Two operands, one operation, one rounding."""

    operation: ClassVar[int]  # of kernels/eo_arithmetic_f32.h
    clamp: tuple[float, float]  # type: ignore[assignment]

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        return replace(super().parse(options, io), clamp=float_range(options))

    @abstractmethod
    def compute(self, a: Array, b: Array) -> Array:
        """The operation."""

    @quiet
    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        a, b = values
        assert a is not None and b is not None
        return (np.asarray(limited(self.compute(a, b), self.clamp), np.float32),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        clamp = {"low": self.clamp[0], "high": self.clamp[1]}
        params = {"operation": self.operation, **clamp, **walk(io, 0, 1)}
        return (CCall("eo_arithmetic_f32", params, inputs=(0, 1), why=WHY),)


@OPS.register("ADD float32")
@dataclass(frozen=True)
class AddF32(Arithmetic):
    name = "add_f32"
    operation = 0

    def compute(self, a: Array, b: Array) -> Array:
        return a + b


@OPS.register("SUB float32")
@dataclass(frozen=True)
class SubF32(Arithmetic):
    name = "sub_f32"
    operation = 1

    def compute(self, a: Array, b: Array) -> Array:
        return a - b


@OPS.register("MUL float32")
@dataclass(frozen=True)
class MulF32(Arithmetic):
    name = "mul_f32"
    operation = 2

    def compute(self, a: Array, b: Array) -> Array:
        return a * b
