"""CONV_2D, float32: tflite-micro == numpy == C."""

from pathlib import Path

import numpy as np
from support.binary import ACTIVATIONS
from support.floats import constant, data, floats
from support.layers import random_window
from support.proof import Case, prove

Random = np.random.Generator


def convolution(rng: Random, groups: int = 1, activation: str = "NONE") -> Case:
    height, width, inputs, outputs = (int(n) for n in rng.integers(1, 8, 4))
    options, kernel, out = random_window(rng, (height, width))
    options["fused_activation_function"] = activation
    x, y = data(1, height, width, inputs * groups), data(1, *out, outputs * groups)
    weights = constant(floats(rng, outputs * groups, *kernel, inputs))
    bias = constant(floats(rng, outputs * groups))
    return Case("CONV_2D", [x, weights, bias], y, options).with_random_samples(rng)


def test_random_convolutions(tmp_path: Path, rng: Random) -> None:
    prove([convolution(rng, 1 + index % 3, ACTIVATIONS[index % 4]) for index in range(16)], tmp_path)


def core_cases(rng: Random) -> list[Case]:
    return [convolution(rng), convolution(rng, 2, "RELU6")]
