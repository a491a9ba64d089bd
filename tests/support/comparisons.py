"""Cases of comparisons: every pair of values at scales far apart and close together, and shapes that broadcast."""

from __future__ import annotations

import numpy as np
from support.binary import SHAPES, every_pair
from support.proof import Case, Quantized, Value, random_array, random_quant


def pairs_cases(operator: str, rng: np.random.Generator) -> list[Case]:
    """All 65,536 pairs: of one scale, of two, of scales so small that neighbours are equal, and of the ends."""
    one = random_quant(rng)
    fine = random_quant(rng, 0.003), random_quant(rng, 0.003)
    ends = (1 - 2.0**-24, -128), (1e-30, 127)
    quants = [(one, one), (random_quant(rng), random_quant(rng, 0.2)), fine, ends]
    return [_case(operator, quants, every_pair()) for quants in quants]


def _case(operator: str, quants: tuple[Quantized, Quantized], pair: tuple[np.ndarray, np.ndarray]) -> Case:
    inputs = [Value(values.shape, quant) for values, quant in zip(pair, quants, strict=True)]
    return Case(operator, inputs, Value(pair[0].shape, dtype="bool"), samples=[pair])


def broadcast_cases(operator: str, rng: np.random.Generator) -> list[Case]:
    """Every pair of shapes of up to four dimensions, one operand constant in turn."""
    cases = []
    for index, shapes in enumerate(pair for pair in SHAPES if max(map(len, pair)) <= 4):
        operands = [
            Value(shape, random_quant(rng), data=random_array(rng, shape) if place == index % 3 else None)
            for place, shape in enumerate(shapes)
        ]
        out = Value(np.broadcast_shapes(*shapes), dtype="bool")
        cases.append(Case(operator, operands, out).with_random_samples(rng))
    return cases
