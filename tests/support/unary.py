"""Cases of elementwise operators of one input: all 256 values, many scales."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from support.proof import Case, Quantized, Value

ALL_INT8 = np.arange(-128, 128, dtype=np.int8).reshape(1, 16, 16, 1)


def all_values(operator: str, x: Quantized, y: Quantized, options: Mapping[str, Any] | None = None) -> Case:
    """The operator on every int8."""
    return Case(operator, [Value(ALL_INT8.shape, x)], Value(ALL_INT8.shape, y), options or {}, [[ALL_INT8]])
