"""Cases of elementwise operators of two operands: every pair of int8, and shapes that broadcast."""

from __future__ import annotations

import numpy as np
from support.proof import Case, Quantized, Value, random_array, random_quant

from edgeopt.ir import Array

ACTIVATIONS = ("NONE", "RELU", "RELU6", "RELU_N1_TO_1")
# (first, second) operand
SHAPES = [
    ((2, 3, 4, 5), (2, 3, 4, 5)),
    ((1, 4, 4, 8), (8,)),
    ((8,), (1, 4, 4, 8)),
    ((1, 4, 4, 8), (1, 1, 1, 1)),
    ((), (3, 7)),
    ((2, 1, 4, 1), (1, 3, 1, 5)),
    ((2, 3, 4, 1), (2, 3, 4, 5)),
    ((2, 3, 1, 5), (1, 1, 4, 5)),
    ((1, 1, 1, 1), (1, 1, 1, 1)),
    ((2, 1, 3, 1, 2), (1, 4, 1, 5, 1)),
]


def every_pair() -> tuple[Array, Array]:
    first, second = np.meshgrid(np.arange(-128, 128), np.arange(-128, 128))
    return first.astype(np.int8), second.astype(np.int8)


def pairs_case(operator: str, quants: tuple[Quantized, Quantized, Quantized], activation: str = "NONE") -> Case:
    """The operator on all 65,536 pairs of operands."""
    pair = every_pair()
    first, second, out = (Value(pair[0].shape, quant) for quant in quants)
    return Case(operator, [first, second], out, {"fused_activation_function": activation}, [pair])


def broadcast_cases(operator: str, rng: np.random.Generator, out_scale: float) -> list[Case]:
    """Every pair of shapes with each activation, one operand constant in turn."""
    cases = []
    for index, shapes in enumerate(SHAPES * 2):
        constant = (None, 0, 1)[index % 3]
        operands = [
            Value(shape, random_quant(rng), data=random_array(rng, shape) if place == constant else None)
            for place, shape in enumerate(shapes)
        ]
        out = Value(np.broadcast_shapes(*shapes), random_quant(rng, out_scale))
        options = {"fused_activation_function": ACTIVATIONS[index % 4]}
        cases.append(Case(operator, operands, out, options).with_random_samples(rng))
    return cases
