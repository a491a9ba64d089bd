"""Cases of reductions: random shapes and axes, those that are kept and those that are not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from support.proof import Case, Quantized, Value


def reduction_case(
    operator: str,
    rng: np.random.Generator,
    shape: Sequence[int],
    axes: Sequence[int],
    x: Quantized,
    y: Quantized,
    dtype: str = "int8",
) -> Case:
    """The operator over `axes`, which may be negative, keeping them or not."""
    keep_dims = bool(rng.random() < 0.5)
    reduced = {axis % len(shape) for axis in axes}
    out = [1 if axis in reduced else n for axis, n in enumerate(shape) if keep_dims or axis not in reduced]
    inputs = [Value(shape, x, dtype), Value([len(axes)], dtype="int32", data=axes)]
    return Case(operator, inputs, Value(out, y, dtype), {"keep_dims": keep_dims}).with_random_samples(rng)


def random_shape_and_axes(rng: np.random.Generator, most_dims: int = 5) -> tuple[tuple[int, ...], list[int]]:
    rank = int(rng.integers(1, most_dims + 1))
    shape = tuple(int(extent) for extent in rng.integers(1, 7, rank))
    axes = rng.choice(rank, int(rng.integers(1, rank + 1)), replace=False) - (rank if rng.random() < 0.2 else 0)
    return shape, [int(axis) for axis in axes]
