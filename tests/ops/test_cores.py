"""Kernels with a path of their own on some cores: the same bytes there, within a number of instructions an output."""

from pathlib import Path

import numpy as np
import pytest
from support.binary import pairs_case
from support.on_core import run_on_core
from support.pooling import pooling_cases
from support.proof import Case, Value, assert_same, reference

CORES = ("cortex-m0plus", "cortex-m3", "cortex-m4f")
QUANTS = ((0.05, 3), (0.04, -7), (0.06, -128))
SAME = (0.1, 3)


def _check(case: Case, core: str, folder: Path, count: bool = False) -> float:
    """Asserts C == numpy on `core`; the instructions an output where they are counted."""
    graph = case.graph()
    outputs, instructions = run_on_core(graph, case.samples, core, folder, count)
    for sample, output in zip(case.samples, outputs, strict=True):
        assert_same(output, reference(graph, sample), f"{core}: {graph}")
    return instructions / graph.output_tensors[0].elements


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("operator", ["ADD", "SUB", "MUL"])
def test_two_operands(operator: str, core: str, tmp_path: Path) -> None:
    _check(pairs_case(operator, QUANTS), core, tmp_path)
    _check(pairs_case(operator, ((0.05, 3), (0.05, -7), (0.06, -20)), "RELU"), core, tmp_path)


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("operator", ["AVERAGE_POOL_2D", "MAX_POOL_2D"])
def test_pooling(operator: str, core: str, tmp_path: Path, rng: np.random.Generator) -> None:
    for index, case in enumerate(pooling_cases(operator, rng, 8)):
        _check(case, core, tmp_path / str(index))


def test_average_of_more_elements_than_16_bits_hold(tmp_path: Path) -> None:
    for side, lowest in ((16, -128), (17, -128), (17, 127)):
        options = {"padding": "VALID", "filter_height": side, "filter_width": side}
        x, y = Value((1, side, side, 8), SAME), Value((1, 1, 1, 8), SAME)
        sample = [np.full(x.shape, lowest, np.int8)]
        _check(Case("AVERAGE_POOL_2D", [x], y, options, [sample]), "cortex-m4f", tmp_path / f"{side}{lowest}")


def test_instructions_an_output_on_cortex_m4(tmp_path: Path, rng: np.random.Generator) -> None:
    """CMSIS-NN's add takes 82; these are bounds, a little above what was measured with gcc 12 -O2."""

    def count(case: Case) -> float:
        return _check(case, "cortex-m4f", tmp_path / case.operator, count=True)

    for operator, bound in {"ADD": 20, "SUB": 20, "MUL": 26}.items():
        assert count(pairs_case(operator, QUANTS)) <= bound
    options = {"padding": "VALID", "filter_height": 25, "filter_width": 5}
    case = Case("AVERAGE_POOL_2D", [Value((1, 25, 5, 64), SAME)], Value((1, 1, 1, 64), SAME), options)
    assert count(case.with_random_samples(rng, 1)) <= 2 * 125
    options = {"padding": "VALID", "filter_height": 2, "filter_width": 2, "stride_h": 2, "stride_w": 2}
    case = Case("MAX_POOL_2D", [Value((1, 16, 16, 16), SAME)], Value((1, 8, 8, 16), SAME), options)
    assert count(case.with_random_samples(rng, 1)) <= 20
