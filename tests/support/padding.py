"""Random cases of PAD and PADV2."""

from __future__ import annotations

import numpy as np
from support.proof import Case, Value, random_quant

from edgeopt.ir import Array


def pad_case(rng: np.random.Generator, operator: str, shape: list[int], pads: Array) -> Case:
    """PAD, or PADV2 with a random value."""
    quant = random_quant(rng)
    inputs = [Value(shape, quant), Value(pads.shape, dtype="int32", data=pads)]
    if operator == "PADV2":
        inputs.append(Value([1], quant, data=rng.integers(-128, 128, 1)))
    out = Value(np.array(shape) + pads.sum(axis=1), quant)
    return Case(operator, inputs, out).with_random_samples(rng)


def random_pads(rng: np.random.Generator) -> tuple[list[int], Array]:
    """A shape of 1 to 4 dimensions, and pads of which half are 0."""
    rank = int(rng.integers(1, 5))
    pads = rng.integers(0, 4, (rank, 2)) * rng.integers(0, 2, (rank, 2))
    return [int(extent) for extent in rng.integers(1, 6, rank)], pads
