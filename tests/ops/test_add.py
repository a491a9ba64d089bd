"""ADD against tflite-micro: every pair of values, broadcasting, fused activations."""

from pathlib import Path

import numpy as np
import pytest
from support.binary import ACTIVATIONS, broadcast_cases, pairs_case
from support.proof import prove, random_quant

from edgeopt.errors import UnsupportedModel


def test_equals_tflm_on_every_pair_of_values(tmp_path: Path, rng: np.random.Generator) -> None:
    quants = [(random_quant(rng, spread=3), random_quant(rng, spread=3), random_quant(rng)) for _ in range(8)]
    same_scale = [((0.04, 3), (0.04, -100), (0.05, -128)), ((0.04, 0), (0.04, 0), (0.04, 0))]
    activations = [*ACTIVATIONS * 2, "NONE", "RELU"]
    cases = [pairs_case("ADD", *case) for case in zip(quants + same_scale, activations, strict=True)]
    prove(cases, tmp_path)


def test_equals_tflm_with_broadcasting_and_constants(tmp_path: Path, rng: np.random.Generator) -> None:
    prove(broadcast_cases("ADD", rng, out_scale=0.07), tmp_path)


def test_equals_tflm_at_the_ends_of_what_is_supported(tmp_path: Path) -> None:
    ends = [
        ((1.0, 127), (1.0, -128), (2.0**-17, 127)),  # every output saturates
        ((1.0, 127), (2.0**-9, -128), (31.9, -128)),
        ((2.0**-29, 5), (1.0, 4), (1.0, 0)),  # the first operand vanishes
    ]
    prove([pairs_case("ADD", quants) for quants in ends], tmp_path)


def test_refuses_an_output_scale_out_of_range() -> None:
    for scale in (2.0**-19, 33.0):
        with pytest.raises(UnsupportedModel, match="between 2\\^-18 and 32 times"):
            pairs_case("ADD", ((1.0, 0), (0.5, 0), (scale, 0))).graph()
