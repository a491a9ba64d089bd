"""GELU, x times the normal distribution function, by the table of LiteRT's reference: docs/numerics.md says why."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from edgeopt.ir import Array, Io
from edgeopt.ops import OPS
from edgeopt.ops._checks import requires_int8
from edgeopt.ops._float_table import FloatTable, nearest_float32


@OPS.register("GELU")
@requires_int8
@dataclass(frozen=True)
class Gelu(FloatTable):
    """`approximate` has tanh of a cubic in place of the error function."""

    name = "gelu"

    approximate: bool = False

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        return cls(bool(options.get("approximate", False)))

    def real(self, x: Array, io: Io) -> Array:
        half = np.float32(0.5) * x
        return half * (self._by_tanh(x) if self.approximate else self._by_erfc(x))

    @staticmethod
    def _by_erfc(x: Array) -> Array:
        """erfc(-x / sqrt(2)): twice the distribution function, exact also far below zero."""
        arguments = x * np.float32(-math.sqrt(0.5))
        return nearest_float32(np.array([math.erfc(value) for value in arguments.tolist()]))

    @staticmethod
    def _by_tanh(x: Array) -> Array:
        cubic = np.float32(0.044715) * x * x * x
        arguments = np.float32(math.sqrt(2 / math.pi)) * (x + cubic)
        return np.float32(1) + nearest_float32(np.tanh(arguments.astype(np.float64)))
