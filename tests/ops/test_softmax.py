"""SOFTMAX against tflite-micro on random shapes, scales and betas."""

from pathlib import Path

import numpy as np
import pytest
from support.proof import Case, Value, prove, random_array, random_quant, reference

from edgeopt.errors import UnsupportedModel

OUTPUT = (1 / 256, -128)


def _case(rng: np.random.Generator, shape: tuple[int, ...], scale: float, beta: float = 1.0) -> Case:
    """Uniform inputs, inputs with one that stands out, and equal ones."""
    outstanding = rng.integers(-128, -60, shape).astype(np.int8)
    outstanding[..., 0] = 127
    samples = [[random_array(rng, shape)], [outstanding], [np.full(shape, 5, np.int8)]]
    x = Value(shape, (scale, int(rng.integers(-128, 128))))
    return Case("SOFTMAX", [x], Value(shape, OUTPUT), {"beta": beta}, samples)


def test_equals_tflm_on_random_shapes_scales_and_betas(tmp_path: Path, rng: np.random.Generator) -> None:
    cases = []
    for _ in range(80):
        shape = tuple(int(extent) for extent in rng.integers(1, 12, int(rng.integers(1, 5))))
        cases.append(_case(rng, shape, random_quant(rng, 0.05, 5)[0], float(rng.choice([1.0, 1.0, 0.5, 3.0]))))
    cases += [_case(rng, (1, 400), scale) for scale in (1e-3, 0.02, 0.2)]
    prove(cases, tmp_path)


def test_many_equal_classes_have_no_share_each(tmp_path: Path, rng: np.random.Generator) -> None:
    """From 512 equal classes on tflite-micro stops with a failed check; a share of 1/512 or less rounds to nothing."""
    case = _case(rng, (1, 4095), 0.01)
    prove([case], tmp_path, oracle=lambda model, sample: reference(case.graph(), sample))
    (equal,) = reference(case.graph(), case.samples[2])
    assert np.all(equal == -128)


def test_refuses_too_many_classes() -> None:
    with pytest.raises(UnsupportedModel, match="1 to 4095 classes"):
        Case("SOFTMAX", [Value((1, 4096), (0.1, 0))], Value((1, 4096), OUTPUT)).graph()


def test_refuses_another_output_scale() -> None:
    with pytest.raises(UnsupportedModel, match="scale is 1/256 and its zero point -128"):
        Case("SOFTMAX", [Value((1, 4), (0.1, 0))], Value((1, 4), (1 / 128, -128))).graph()
