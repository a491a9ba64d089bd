"""ADD of int16 against tflite-micro: pairs of values, broadcasting, fused activations, the ends."""

from pathlib import Path

import numpy as np
import pytest
from support.binary import ACTIVATIONS, broadcast_cases, int16_case
from support.on_core import run_on_core
from support.proof import Case, assert_same, prove, reference

from edgeopt.errors import UnsupportedModel
from edgeopt.ir import CCall, Target


def core_cases(rng: np.random.Generator) -> list[Case]:
    scales = [(0.004, 0.003, 0.006), (0.004, 0.004, 0.008), (0.004, 0.004, 0.004)]
    return [int16_case("ADD", rng, each, "RELU") for each in scales]


def call_of(case: Case) -> CCall:
    graph = case.graph()
    (call,) = graph.nodes[0].op.c_calls(graph.io(graph.nodes[0]), Target())
    return call


def test_equals_tflm(tmp_path: Path, rng: np.random.Generator) -> None:
    cases = [
        int16_case("ADD", rng, [0.05 * float(np.exp(rng.uniform(-3, 3))) for _ in range(3)], ACTIVATIONS[index % 4])
        for index in range(16)
    ]
    prove([*cases, *core_cases(rng), *broadcast_cases("ADD", rng, 0.07, "int16")], tmp_path)


def test_equals_tflm_at_the_ends_of_what_is_supported(tmp_path: Path, rng: np.random.Generator) -> None:
    ends = [
        (1.0, 1.0, 2.0**-12.99),  # nearly every output saturates
        (1.0, 2.0**-9, 65535.0),
        (2.0**-29, 1.0, 1.0),  # the first operand vanishes
    ]
    prove([int16_case("ADD", rng, scales) for scales in ends], tmp_path)


def test_operands_and_output_of_one_scale(tmp_path: Path, rng: np.random.Generator) -> None:
    """A saturating sum; where a scale or shape differs, no longer."""
    scales = [float(np.float32(np.exp(rng.uniform(-9, 9)))) for _ in range(8)]
    cases = [int16_case("ADD", rng, (s, s, s), ACTIVATIONS[i % 4]) for i, s in enumerate(scales)]
    assert {call_of(case).kernel for case in cases} == {"eo_plain_add_s16"}
    prove(cases, tmp_path)
    others = [*broadcast_cases("ADD", rng, 0.07, "int16"), int16_case("ADD", rng, (0.5, 0.5, 1.0))]
    assert {call_of(case).kernel for case in others} == {"eo_add_s16"}
    assert call_of(int16_case("SUB", rng, (0.5, 0.5, 0.5))).kernel == "eo_add_s16"


def test_instructions_an_element_on_cortex_m4(tmp_path: Path, rng: np.random.Generator) -> None:
    """Bounds, a little above what was counted with gcc 12 -O2."""
    for activation, bound in (("NONE", 2.8), ("RELU", 3.8)):
        case = int16_case("ADD", rng, (0.5, 0.5, 0.5), activation)
        graph = case.graph()
        outputs, instructions = run_on_core(graph, case.samples, "cortex-m4f", tmp_path / activation, count=True)
        assert_same(outputs[0], reference(graph, case.samples[0]), activation)
        print(activation, instructions / graph.output_tensors[0].elements)
        assert instructions / graph.output_tensors[0].elements <= bound


def test_refuses_what_the_kernel_cannot_shift(rng: np.random.Generator) -> None:
    for scale in (2.0**-13, 2.0**18):
        with pytest.raises(UnsupportedModel, match="between 2\\^-13 and 2\\^17 times"):
            int16_case("ADD", rng, (1.0, 0.5, scale)).graph()
    with pytest.raises(UnsupportedModel, match="less than a factor of 2\\^31"):
        int16_case("ADD", rng, (1.0, 2.0**-33, 1.0)).graph()
