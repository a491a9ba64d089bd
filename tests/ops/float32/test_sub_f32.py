"""SUB, float32: tflite-micro == numpy == C."""

from pathlib import Path

import numpy as np
from support.binary import ACTIVATIONS
from support.floats import SPECIAL, constant, data, floats
from support.proof import Case, Value, prove

Random = np.random.Generator

SHAPES = [((2, 3, 4, 5), (5,)), ((1, 4, 1, 3), (2, 1, 6, 3)), ((1, 7), (1, 7)), ((3, 1), (1, 4)), ((1,), (2, 3))]


def case(a: Value, b: Value, activation: str = "NONE") -> Case:
    return Case("SUB", [a, b], data(*np.broadcast_shapes(a.shape, b.shape)), {"fused_activation_function": activation})


def test_shapes_and_activations(tmp_path: Path, rng: Random) -> None:
    cases = [case(data(*a), data(*b), ACTIVATIONS[index % 4]) for index, (a, b) in enumerate(SHAPES)]
    cases.append(case(data(1, 4, 6), constant(floats(rng, 6))))
    prove([each.with_random_samples(rng) for each in cases], tmp_path)


def test_special_values(tmp_path: Path) -> None:
    pairs = np.meshgrid(SPECIAL, SPECIAL)
    shape = pairs[0].shape
    prove([Case("SUB", [data(*shape), data(*shape)], data(*shape), samples=[pairs])], tmp_path)


def core_cases(rng: Random) -> list[Case]:
    return [case(data(2, 3, 5), data(1, 5), "RELU6").with_random_samples(rng)]
