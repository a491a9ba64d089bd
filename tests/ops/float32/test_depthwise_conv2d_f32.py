"""DEPTHWISE_CONV_2D, float32: tflite-micro == numpy == C."""

from pathlib import Path

import numpy as np
from support.binary import ACTIVATIONS
from support.floats import constant, data, floats
from support.layers import random_window
from support.proof import Case, prove

Random = np.random.Generator


def depthwise(rng: Random, multiplier: int = 1, activation: str = "NONE") -> Case:
    height, width, channels = (int(n) for n in rng.integers(1, 9, 3))
    options, kernel, out = random_window(rng, (height, width))
    options |= {"depth_multiplier": multiplier, "fused_activation_function": activation}
    x, y = data(2, height, width, channels), data(2, *out, channels * multiplier)
    weights = constant(floats(rng, 1, *kernel, channels * multiplier))
    bias = constant(floats(rng, channels * multiplier))
    return Case("DEPTHWISE_CONV_2D", [x, weights, bias], y, options).with_random_samples(rng)


def test_random_convolutions(tmp_path: Path, rng: Random) -> None:
    prove([depthwise(rng, 1 + index % 3, ACTIVATIONS[index % 4]) for index in range(16)], tmp_path)


def core_cases(rng: Random) -> list[Case]:
    return [depthwise(rng), depthwise(rng, 2, "RELU")]
