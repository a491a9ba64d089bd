"""SOFTMAX of int16 against tflite-micro: every value, many scales, betas and depths."""

from pathlib import Path

import numpy as np
import pytest
from support.proof import Case, Value, prove
from support.unary import ALL_INT16, random_scales

from edgeopt.errors import UnsupportedModel

Q15 = 2.0**-15


def case_of(samples: list[np.ndarray], scale: float, beta: float = 1.0, out_scale: float = Q15) -> Case:
    shape = samples[0].shape
    x, y = Value(shape, (float(np.float32(scale)), 0), "int16"), Value(shape, (out_scale, 0), "int16")
    return Case("SOFTMAX", [x], y, {"beta": beta}, [[sample] for sample in samples])


def random_case(rng: np.random.Generator) -> Case:
    shape = tuple(int(extent) for extent in rng.integers(1, 12, int(rng.integers(1, 4))))
    spread = int(rng.choice([50, 3000, 32768]))
    samples = [rng.integers(-spread, spread, shape).astype(np.int16) for _ in range(4)]
    return case_of(samples, random_scales(rng, spread=3)[0], float(rng.choice([1.0, 0.5, 2.0])))


def core_cases(rng: np.random.Generator) -> list[Case]:
    return [random_case(rng) for _ in range(3)]


def test_equals_tflm_at_every_node_of_the_exponentials(tmp_path: Path) -> None:
    """Two classes, the first the largest: their difference takes every value."""
    pairs = np.stack([np.full(65536, 32767), ALL_INT16.reshape(-1)], axis=1).astype(np.int16)
    prove([case_of([pairs], scale) for scale in (10 / 65535, 3e-4, 1e-3)], tmp_path)


def test_equals_tflm_at_every_node_of_the_reciprocals(tmp_path: Path) -> None:
    """Sums of 1 to 4 in small steps."""
    rows = np.array([[32767, a, b, c] for a in range(-24000, 32767, 700) for b, c in ((-32768, a), (a, a), (32767, a))])
    prove([case_of([rows.astype(np.int16)], 3e-4)], tmp_path)


def test_equals_tflm_on_random_rows(tmp_path: Path, rng: np.random.Generator) -> None:
    wide = [rng.integers(-2000, 2000, (2, depth)).astype(np.int16) for depth in (512, 3000)]
    cases = [random_case(rng) for _ in range(40)] + [case_of([sample], 3e-4) for sample in wide]
    few = case_of([rng.integers(-9, 9, (4, 5)).astype(np.int16)], 4.9)
    prove([*cases, few, case_of([np.zeros((1, 65536), np.int16)], 3e-4)], tmp_path)


def test_what_is_not_supported_is_named() -> None:
    x = [np.zeros((1, 4), np.int16)]
    for case, sentence in (
        (case_of(x, 3e-4, out_scale=2.0**-14), r"output's scale is 2\^-15"),
        (case_of(x, 5.1), "under 5"),
        (case_of(x, 1e-3, beta=-1.0), "not below 0"),
        (case_of(x, 1e-3, beta=float("nan")), "not below 0"),
        (case_of([np.zeros((1, 65537), np.int16)], 3e-4), "1 to 65,536 classes"),
    ):
        with pytest.raises(UnsupportedModel, match=sentence):
            case.graph()
