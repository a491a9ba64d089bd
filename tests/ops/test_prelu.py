"""PRELU against tflite-micro: every pair of values, alpha by channel and by element."""

from pathlib import Path

import numpy as np
import pytest
from support.binary import pairs_case
from support.proof import Case, Quantized, Value, prove, random_array, random_quant

from edgeopt.errors import UnsupportedModel

# (data, alpha)
SHAPES = [
    ((1, 4, 4, 8), (8,)),
    ((1, 4, 4, 8), (1, 1, 8)),
    ((2, 3, 4, 5), (3, 4, 5)),
    ((2, 3, 4, 5), (2, 3, 4, 5)),
    ((1, 3, 4, 5), (1, 4, 1)),
    ((3, 7), (1,)),
    ((3, 7), ()),
    ((5,), (5,)),
]


def core_cases(rng: np.random.Generator) -> list[Case]:
    return [_case(rng, *shapes) for shapes in SHAPES[:2]]


def _quants(rng: np.random.Generator) -> list[Quantized]:
    return [random_quant(rng, spread=2), random_quant(rng, 0.004), random_quant(rng)]


def _case(rng: np.random.Generator, data: tuple[int, ...], alpha: tuple[int, ...], constant: bool = True) -> Case:
    x, a, y = _quants(rng)
    slopes = Value(alpha, a, data=random_array(rng, alpha) if constant else None)
    return Case("PRELU", [Value(data, x), slopes], Value(data, y)).with_random_samples(rng)


def test_equals_tflm_on_every_pair_of_values(tmp_path: Path, rng: np.random.Generator) -> None:
    prove([pairs_case("PRELU", _quants(rng), None) for _ in range(8)], tmp_path)


def test_equals_tflm_where_the_products_are_shifted_to_the_left(tmp_path: Path) -> None:
    quants = [((1.0, 3), (1.0, -7), (scale, 5)) for scale in (2.1, 1.0, 0.3, 1 / 30000)]
    prove([pairs_case("PRELU", case, None) for case in quants], tmp_path)


def test_equals_tflm_with_slopes_of_any_shape(tmp_path: Path, rng: np.random.Generator) -> None:
    prove([_case(rng, *shapes, constant=bool(i % 3)) for i, shapes in enumerate(SHAPES * 3)], tmp_path)


def test_refuses_slopes_that_are_larger_than_the_data() -> None:
    with pytest.raises(UnsupportedModel, match="its alpha repeats itself over its input"):
        Case("PRELU", [Value((1, 4), (0.1, 0)), Value((3, 4), (0.1, 0))], Value((3, 4), (0.1, 0))).graph()


def test_refuses_products_that_would_wrap() -> None:
    with pytest.raises(UnsupportedModel, match="under 2\\^15 times with alpha's"):
        pairs_case("PRELU", ((1.0, 0), (1.0, 0), (2.0**-16, 0)), None).graph()
