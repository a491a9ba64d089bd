"""RELU6 of int16 against tflite-micro where that is right, and LiteRT where it is not."""

from pathlib import Path

import numpy as np
from support.oracle import run_litert_reference
from support.proof import Case, prove
from support.unary import all_int16, random_scales, some_int16


def core_cases(rng: np.random.Generator) -> list[Case]:
    return [some_int16(all_int16("RELU6", *random_scales(rng)))]


def test_equals_tflm_where_input_and_output_have_one_scale(tmp_path: Path, rng: np.random.Generator) -> None:
    scales = [random_scales(rng)[0] for _ in range(16)]
    prove([all_int16("RELU6", scale, scale) for scale in scales], tmp_path)


def test_equals_litert_where_they_differ(tmp_path: Path, rng: np.random.Generator) -> None:
    cases = [all_int16("RELU6", *random_scales(rng)) for _ in range(16)]
    prove(cases, tmp_path, oracle=run_litert_reference)
