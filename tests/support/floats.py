"""Cases of operators in float32: random values of many magnitudes, and what is special about floats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from support.proof import Case, Value

from edgeopt.ir import Array

Random = np.random.Generator
CORES = ("cortex-m0plus", "cortex-m3", "cortex-m4f")
SPECIAL = np.array(
    [0.0, -0.0, np.inf, -np.inf, np.nan, 1e-45, -1e-45, 1.17549435e-38, 3.4028235e38, -3.4028235e38, 1.0, -1.0, 6.0],
    np.float32,
)


def floats(rng: Random, *shape: int) -> Array:
    return rng.normal(0, 1, shape).astype(np.float32)


def data(*shape: int) -> Value:
    """A float tensor that is computed."""
    return Value(shape, dtype="float32")


def constant(array: Array) -> Value:
    return Value(array.shape, dtype=str(array.dtype), data=array)


def unary(operator: str, samples: Sequence[Array], options: Mapping[str, Any] | None = None) -> Case:
    shape = samples[0].shape
    return Case(operator, [data(*shape)], data(*shape), options or {}, [[sample] for sample in samples])


def unary_cases(rng: Random, operator: str, options: Mapping[str, Any] | None = None) -> list[Case]:
    """Every magnitude, both signs, and the special values."""
    every = (rng.choice([-1, 1], 4000) * np.exp2(rng.uniform(-149, 128, 4000))).astype(np.float32)
    usual = rng.uniform(-20, 20, 4000).astype(np.float32)
    return [unary(operator, [every, usual], options), unary(operator, [SPECIAL], options)]


def core_case(rng: Random, operator: str, options: Mapping[str, Any] | None = None) -> list[Case]:
    """A few values for the emulated cores."""
    values = np.concatenate([SPECIAL, rng.uniform(-12, 12, 40).astype(np.float32)])
    return [unary(operator, [values], options)]
