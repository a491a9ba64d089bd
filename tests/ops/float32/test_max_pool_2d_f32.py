"""MAX_POOL_2D, float32: tflite-micro == numpy == C."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from support.floats import SPECIAL, data
from support.pooling import pooling_cases
from support.proof import Case, prove

Random = np.random.Generator


def float_cases(rng: Random, count: int) -> list[Case]:
    """The windows of the int8 tests on floats."""
    cases = pooling_cases("MAX_POOL_2D", rng, count)
    return [
        replace(case, inputs=[data(*case.inputs[0].shape)], output=data(*case.output.shape)).with_random_samples(rng)
        for case in cases
        if case.inputs[0] is not None
    ]


def test_windows(tmp_path: Path, rng: Random) -> None:
    prove(float_cases(rng, 24), tmp_path)


def test_special_values(tmp_path: Path) -> None:
    pairs = np.stack(np.meshgrid(SPECIAL, SPECIAL), axis=-1).reshape(1, -1, 2, 1)
    options = {"padding": "VALID", "filter_height": 1, "filter_width": 2}
    y = data(1, pairs.shape[1], 1, 1)
    prove([Case("MAX_POOL_2D", [data(*pairs.shape)], y, options, [[pairs]])], tmp_path)


def core_cases(rng: Random) -> list[Case]:
    return float_cases(rng, 2)
