"""DIV against tflite-micro: every pair of values, broadcasting, fused activations; and where tflite-micro is wrong."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.binary import ACTIVATIONS, broadcast_cases, every_pair, pairs_case
from support.host import run_on_host
from support.oracle import run_tflm
from support.proof import Case, Quantized, assert_same, prove, random_quant, reference

from edgeopt.errors import UnsupportedModel
from edgeopt.ir import Array


def core_cases(rng: np.random.Generator) -> list[Case]:
    return [_without_zeros(pairs_case("DIV", _quants(rng)))]


def _quants(rng: np.random.Generator) -> tuple[Quantized, Quantized, Quantized]:
    """The ratio of scales is at least 64."""
    x1, x2 = random_quant(rng), random_quant(rng)
    ratio = 64 * float(np.exp(rng.uniform(0.01, 5)))
    return x1, x2, (float(np.float32(x1[0] / x2[0] / ratio)), int(rng.integers(-128, 128)))


def _without_zeros(case: Case) -> Case:
    """A constant or computed divisor that is the zero point becomes its neighbour."""

    def divisor(values: Array, zero_point: int) -> Array:
        return np.where(values == zero_point, zero_point + (1 if zero_point < 127 else -1), values).astype(np.int8)

    x1, x2 = case.inputs
    assert x2 is not None and x2.quant is not None
    zero_point = x2.quant[1]
    if x2.data is not None:
        return replace(case, inputs=[x1, replace(x2, data=divisor(x2.data, zero_point))])
    return replace(case, samples=[[*rest, divisor(last, zero_point)] for *rest, last in case.samples])


def test_equals_tflm_on_every_pair_of_values(tmp_path: Path, rng: np.random.Generator) -> None:
    cases = [pairs_case("DIV", _quants(rng), activation) for activation in ACTIVATIONS * 2]
    prove([_without_zeros(case) for case in cases], tmp_path)


def test_equals_tflm_at_the_ends_of_the_ratios(tmp_path: Path) -> None:
    ratios = 64, 2.0**22.9
    prove([_without_zeros(pairs_case("DIV", ((1.0, 3), (1.0, -7), (1 / ratio, 5)))) for ratio in ratios], tmp_path)


def test_equals_tflm_with_broadcasting_and_constants(tmp_path: Path, rng: np.random.Generator) -> None:
    prove([_without_zeros(case) for case in broadcast_cases("DIV", rng, out_scale=0.0005)], tmp_path)


def test_is_right_where_tflm_is_not(tmp_path: Path) -> None:
    """Below a ratio of 64, TFLM shifts small dividends to the right by more than 31, which C leaves undefined."""
    case = _without_zeros(pairs_case("DIV", ((0.04, 0), (0.04, -128), (0.04, 0))))
    graph, (x1, x2) = case.graph(), case.samples[0]
    (quotients,) = reference(graph, case.samples[0])
    exact = np.clip(x1 / (x2.astype(float) + 128) / 0.04, -128, 127)
    assert np.abs(quotients - exact).max() < 0.5001
    assert np.abs(run_tflm(case.model(), case.samples[0])[0] - exact).max() > 100
    (((from_c,),),) = run_on_host([graph], [case.samples], tmp_path)
    assert_same([from_c], [quotients], "C and numpy differ")


@pytest.mark.parametrize("zero_points", [(0, 0, 0), (5, -128, 127), (-128, 127, -128)])
def test_division_by_zero_saturates(zero_points: tuple[int, int, int], tmp_path: Path) -> None:
    x, divisor, y = zero_points
    case = pairs_case("DIV", ((0.1, x), (0.1, divisor), (0.01, y)))
    graph, (dividends, divisors) = case.graph(), every_pair()
    (quotients,) = reference(graph, case.samples[0])
    by_zero = divisors == divisor
    assert np.array_equal(quotients[by_zero], np.clip(y + 256 * np.sign(dividends[by_zero].astype(int) - x), -128, 127))
    (((from_c,),),) = run_on_host([graph], [case.samples], tmp_path)
    assert_same([from_c], [quotients], "C and numpy differ")


@pytest.mark.parametrize("scale", [2.0**-24, 2.0**21, 1e-30])
def test_refuses_ratios_for_which_no_shift_exists(scale: float) -> None:
    with pytest.raises(UnsupportedModel, match="2\\^-20 to 2\\^23 times"):
        pairs_case("DIV", ((1.0, 0), (1.0, 0), (scale, 0))).graph()
