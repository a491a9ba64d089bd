"""Cases of elementwise operators of two operands: every pair of int8, and shapes that broadcast."""

from __future__ import annotations

from collections.abc import Callable, Sequence

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


def pairs_case(operator: str, quants: Sequence[Quantized], activation: str | None = "NONE") -> Case:
    """The operator on all 65,536 pairs of operands; activation None: it has no such option."""
    pair = every_pair()
    first, second, out = (Value(pair[0].shape, quant) for quant in quants)
    options = {} if activation is None else {"fused_activation_function": activation}
    return Case(operator, [first, second], out, options, [pair])


def int16_pairs(rng: np.random.Generator, count: int = 4096) -> tuple[Array, Array]:
    """Random pairs of int16, among them all of the ends with each other."""
    ends = np.array([-32768, -32767, -1, 0, 1, 32766, 32767])
    first, second = (axis.reshape(-1) for axis in np.meshgrid(ends, ends))
    draws = rng.integers(-32768, 32768, (2, count))
    return np.append(first, draws[0]).astype(np.int16), np.append(second, draws[1]).astype(np.int16)


def int16_case(operator: str, rng: np.random.Generator, scales: Sequence[float], activation: str = "NONE") -> Case:
    """The operator on random pairs of int16; scales of both operands and of the output."""
    pair = int16_pairs(rng)
    first, second, out = (Value(pair[0].shape, (float(np.float32(scale)), 0), "int16") for scale in scales)
    return Case(operator, [first, second], out, {"fused_activation_function": activation}, [pair])


def broadcast_cases(operator: str, rng: np.random.Generator, out_scale: float, dtype: str = "int8") -> list[Case]:
    """Every pair of shapes with each activation, one operand constant in turn."""

    def quant(near: float) -> Quantized:
        scale, zero_point = random_quant(rng, near)
        return scale, zero_point if dtype == "int8" else 0

    cases = []
    for index, shapes in enumerate(SHAPES * 2):
        constant = (None, 0, 1)[index % 3]
        operands = [
            Value(shape, quant(0.05), dtype, random_array(rng, shape, dtype) if place == constant else None)
            for place, shape in enumerate(shapes)
        ]
        out = Value(np.broadcast_shapes(*shapes), quant(out_scale), dtype)
        options = {"fused_activation_function": ACTIVATIONS[index % 4]}
        cases.append(Case(operator, operands, out, options).with_random_samples(rng))
    return cases


def plain_cases(
    operator: str, rng: np.random.Generator, quants: Callable[[], Sequence[Quantized]], most_dims: int = 4
) -> list[Case]:
    """Every pair of shapes without activation, one operand constant in turn; `quants` of operands and output."""
    cases = []
    shapes = [pair for pair in SHAPES if max(map(len, pair)) <= most_dims]
    for index, pair in enumerate(shapes * 3):
        constant = (None, 0, 1)[index % 3]
        *of_operands, of_output = quants()
        operands = [
            Value(shape, quant, data=random_array(rng, shape) if place == constant else None)
            for place, (shape, quant) in enumerate(zip(pair, of_operands, strict=True))
        ]
        out = Value(np.broadcast_shapes(*pair), of_output)
        cases.append(Case(operator, operands, out).with_random_samples(rng))
    return cases
