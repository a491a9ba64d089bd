"""Cases of elementwise operators of one input: all 256 values, many scales."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from support.proof import Case, Quantized, Value

ALL_INT16 = np.arange(-32768, 32768, dtype=np.int16).reshape(1, 256, 256, 1)
ALL_INT8 = np.arange(-128, 128, dtype=np.int8).reshape(1, 16, 16, 1)


def all_values(operator: str, x: Quantized, y: Quantized, options: Mapping[str, Any] | None = None) -> Case:
    """The operator on every int8."""
    return Case(operator, [Value(ALL_INT8.shape, x)], Value(ALL_INT8.shape, y), options or {}, [[ALL_INT8]])


def all_int16(operator: str, in_scale: float, out_scale: float, options: Mapping[str, Any] | None = None) -> Case:
    """The operator on every int16."""
    x, y = (Value(ALL_INT16.shape, (float(np.float32(scale)), 0), "int16") for scale in (in_scale, out_scale))
    return Case(operator, [x], y, options or {}, [[ALL_INT16]])


def some_int16(case: Case, count: int = 512) -> Case:
    """The same on evenly spread values, the ends among them: what an emulated core does in a moment."""
    values = ALL_INT16.reshape(-1)[np.linspace(0, 65535, count).astype(int)]
    x, y = (replace(value, shape=(count,)) for value in (case.variable[0], case.output))
    return replace(case, inputs=[x], output=y, samples=[[values]])


def random_scales(rng: np.random.Generator, near: float = 3e-4, spread: float = 1.5) -> tuple[float, float]:
    """Of input and output."""
    first, second = near * np.exp(rng.uniform(-spread, spread, 2))
    return float(np.float32(first)), float(np.float32(second))
