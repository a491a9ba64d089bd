"""Random cases of PAD and PADV2."""

from __future__ import annotations

import numpy as np
from support.moving import any_quant, any_values, with_samples
from support.proof import Case, Value

from edgeopt.ir import Array


def pad_case(rng: np.random.Generator, operator: str, shape: list[int], pads: Array, dtype: str = "int8") -> Case:
    """PAD, or PADV2 with a random value."""
    quant = any_quant(rng, dtype)
    inputs = [Value(shape, quant, dtype), Value(pads.shape, dtype="int32", data=pads)]
    if operator == "PADV2":
        inputs.append(Value([1], quant, dtype, any_values(rng, [1], dtype)))
    out = Value(np.array(shape) + pads.sum(axis=1), quant, dtype)
    return with_samples(rng, Case(operator, inputs, out), 2)


def random_pads(rng: np.random.Generator) -> tuple[list[int], Array]:
    """A shape of 1 to 4 dimensions, and pads of which half are 0."""
    rank = int(rng.integers(1, 5))
    pads = rng.integers(0, 4, (rank, 2)) * rng.integers(0, 2, (rank, 2))
    return [int(extent) for extent in rng.integers(1, 6, rank)], pads
