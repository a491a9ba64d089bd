"""Random cases of the pooling operators."""

from __future__ import annotations

import numpy as np
from support.binary import ACTIVATIONS
from support.layers import out_size
from support.proof import Case, Value, random_quant


def pooling_case(operator: str, rng: np.random.Generator, activation: str, dtype: str = "int8") -> Case:
    """A pooling of any geometry that fits; often a window as large as the input."""
    batch, height, width, channels = (int(extent) for extent in rng.integers((1, 1, 1, 1), (3, 10, 10, 7)))
    size = np.array([height, width])
    kernel = size if rng.random() < 0.3 else rng.integers(1, 6, 2)
    padding = "SAME" if np.any(kernel > size) else str(rng.choice(["SAME", "VALID"]))
    stride = rng.integers(1, 4, 2)
    out = [out_size(padding, int(n), int(k), int(s), 1) for n, k, s in zip(size, kernel, stride, strict=True)]
    options = {
        "padding": padding,
        "filter_height": int(kernel[0]),
        "filter_width": int(kernel[1]),
        "stride_h": int(stride[0]),
        "stride_w": int(stride[1]),
        "fused_activation_function": activation,
    }
    scale, zero_point = random_quant(rng)
    quant = scale, zero_point if dtype == "int8" else 0
    x, y = (Value((batch, *size, channels), quant, dtype) for size in ((height, width), out))
    return Case(operator, [x], y, options).with_random_samples(rng, 3)


def pooling_cases(operator: str, rng: np.random.Generator, count: int, dtype: str = "int8") -> list[Case]:
    return [pooling_case(operator, rng, ACTIVATIONS[index % 4], dtype) for index in range(count)]
