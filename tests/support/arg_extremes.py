"""Cases of ARG_MAX and ARG_MIN."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from support.proof import Case, Value, random_quant


def arg_case(operator: str, rng: np.random.Generator, axis: int | None = None) -> Case:
    """Along a random axis, or `axis`; values from -3 to 3, so that equal ones are many."""
    rank = int(rng.integers(2, 5))
    shape = tuple(int(extent) for extent in rng.integers(1, 9, rank))
    axis = int(rng.integers(-rank, rank)) if axis is None else axis
    out = shape[: axis % rank] + shape[axis % rank + 1 :]
    place = Value([] if rng.random() < 0.5 else [1], dtype="int32", data=axis)
    case = single(operator, Value(shape, random_quant(rng)), place, Value(out, dtype="int32"))
    return replace(case, samples=[[rng.integers(-3, 4, shape).astype(np.int8)] for _ in range(2)])


def vector_case(operator: str, rng: np.random.Generator) -> Case:
    """Of 1,000 values, to a scalar."""
    axis = Value([], dtype="int32", data=0)
    return single(operator, Value((1000,), (0.1, 3)), axis, Value((), dtype="int32")).with_random_samples(rng)


def single(operator: str, x: Value, axis: Value, out: Value) -> Case:
    return Case(operator, [x, axis], out, {"output_type": 2})
