"""MAX_POOL_2D of int16 against tflite-micro."""

from pathlib import Path

import numpy as np
import pytest
from support.on_core import run_on_core
from support.pooling import pooling_cases
from support.proof import Case, Value, assert_same, prove, reference


def core_cases(rng: np.random.Generator) -> list[Case]:
    return pooling_cases("MAX_POOL_2D", rng, 2, "int16")


def test_equals_tflm(tmp_path: Path, rng: np.random.Generator) -> None:
    prove(pooling_cases("MAX_POOL_2D", rng, 40, "int16"), tmp_path)


@pytest.mark.parametrize(("activation", "bound"), [("NONE", 13), ("RELU6", 24)])
def test_instructions_an_output_on_cortex_m4(
    activation: str, bound: int, tmp_path: Path, rng: np.random.Generator
) -> None:
    """Of many channels, eight at a time and three behind them; a little above what was counted with gcc 12 -O2."""
    options = {"padding": "VALID", "filter_height": 2, "filter_width": 2, "stride_h": 1, "stride_w": 1}
    x, y = (Value((1, size, size, 67), (0.0005, 0), "int16") for size in (8, 7))
    case = Case("MAX_POOL_2D", [x], y, options | {"fused_activation_function": activation}).with_random_samples(rng, 1)
    graph = case.graph()
    outputs, instructions = run_on_core(graph, case.samples, "cortex-m4f", tmp_path, count=True)
    assert_same(outputs[0], reference(graph, case.samples[0]), str(graph))
    print(activation, instructions / graph.output_tensors[0].elements)
    assert instructions / graph.output_tensors[0].elements <= bound
