"""MUL against tflite-micro: every pair of values, broadcasting, fused activations."""

from pathlib import Path

import numpy as np
import pytest
from support.binary import ACTIVATIONS, broadcast_cases, pairs_case
from support.proof import prove, random_quant

from edgeopt.errors import UnsupportedModel


def test_equals_tflm_on_every_pair_of_values(tmp_path: Path, rng: np.random.Generator) -> None:
    quants = [(random_quant(rng), random_quant(rng), random_quant(rng, 0.1, 3)) for _ in range(12)]
    prove([pairs_case("MUL", *case) for case in zip(quants, ACTIVATIONS * 3, strict=True)], tmp_path)


def test_equals_tflm_where_the_product_is_shifted_to_the_left(tmp_path: Path) -> None:
    quants = [((1.0, 3), (1.0, -7), (scale, 5)) for scale in (2.1, 2.0, 1.9, 1.0, 0.3, 1 / 8000)]
    prove([pairs_case("MUL", case) for case in quants], tmp_path)


def test_equals_tflm_with_broadcasting_and_constants(tmp_path: Path, rng: np.random.Generator) -> None:
    prove(broadcast_cases("MUL", rng, out_scale=0.1), tmp_path)


def test_refuses_a_product_that_would_wrap() -> None:
    with pytest.raises(UnsupportedModel, match="under 2\\^13 times"):
        pairs_case("MUL", ((1.0, 0), (1.0, 0), (2.0**-15, 0))).graph()
