"""RELU6 against tflite-micro where that is right, and LiteRT where it is not."""

from pathlib import Path

import numpy as np
from support.oracle import run_litert_reference, run_tflm
from support.proof import prove, random_quant, reference
from support.unary import ALL_INT8, all_values


def test_equals_tflm_where_input_and_output_have_one_scale(tmp_path: Path, rng: np.random.Generator) -> None:
    quants = [random_quant(rng) for _ in range(40)]
    prove([all_values("RELU6", quant, quant) for quant in quants], tmp_path)


def test_equals_litert_where_they_differ(tmp_path: Path, rng: np.random.Generator) -> None:
    cases = [all_values("RELU6", random_quant(rng), random_quant(rng)) for _ in range(40)]
    prove(cases, tmp_path, oracle=run_litert_reference)


def test_tflm_is_wrong_where_they_differ() -> None:
    """The reason for another oracle: tflite-micro clamps in the input's units and does not rescale."""
    x, y = (0.08, 3), (0.03, -128)
    case = all_values("RELU6", x, y)
    real = np.clip(x[0] * (ALL_INT8.astype(float) - x[1]), 0, min(6, y[0] * 255))

    def error(outputs: list[np.ndarray]) -> float:
        return float(np.abs(y[0] * (outputs[0].reshape(ALL_INT8.shape).astype(float) - y[1]) - real).max())

    assert error(reference(case.graph(), [ALL_INT8])) <= y[0] / 2 * 1.001
    assert error(run_tflm(case.model(), [ALL_INT8])) > 1.0
