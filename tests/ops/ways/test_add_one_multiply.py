"""ADD with one multiplication an operand: where there are constants, and what they give on every pair of int8."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.binary import ACTIVATIONS, pairs_case
from support.on_core import run_on_core
from support.proof import Case, Quantized, Value, assert_same, prove, random_quant, reference

from edgeopt.ir import Target
from edgeopt.ops.add import Add
from edgeopt.ops.ways import Way
from edgeopt.ops.ways.add_one_multiply import AddOneMultiply, exact_sum

QUANTS = ((0.0512, 3), (0.0437, -7), (0.0629, -128))


def offer(case: Case, core: str = "cortex-m4f") -> Way | str:
    graph = case.graph()
    (node,) = graph.nodes
    return AddOneMultiply.offer(node.op, graph.io(node), Target(core=core))


def random_quants(rng: np.random.Generator) -> tuple[Quantized, Quantized, Quantized]:
    return random_quant(rng, spread=2), random_quant(rng, spread=2), random_quant(rng, near=0.08)


def test_random_scales_have_constants(rng: np.random.Generator) -> None:
    offers = [offer(pairs_case("ADD", random_quants(rng), str(rng.choice(ACTIVATIONS)))) for _ in range(60)]
    assert sum(isinstance(way, Way) for way in offers) >= 57, [way for way in offers if isinstance(way, str)]


def test_every_pair_of_values(tmp_path: Path, rng: np.random.Generator) -> None:
    cases = [pairs_case("ADD", random_quants(rng), activation) for activation in ACTIVATIONS * 2]
    prove(cases, tmp_path)


def test_scales_at_their_ends(tmp_path: Path) -> None:
    ends = [
        ((0.0917, 12), (0.0001, -128), (0.0123, -128)),  # nearly the largest multiplier, and a small one
        ((0.317, 127), (0.472, -128), (14.31, 5)),  # few outputs
        ((2.0**-29, 5), (0.93, 4), (1.1, 0)),  # the first operand vanishes
    ]
    cases = [pairs_case("ADD", quants) for quants in ends]
    assert all(isinstance(offer(case), Way) for case in cases)
    prove(cases, tmp_path)


def test_refuses_what_it_cannot_do() -> None:
    same = (0.05, 3)
    fits = Case("ADD", [Value((2, 8), same)] * 2, Value((2, 8), (0.08, -1)))
    assert isinstance(offer(fits), Way)
    assert offer(fits, "cortex-m0plus") == "for cores with DSP instructions"
    assert offer(replace(fits, inputs=[Value((2, 8), same), Value((8,), same)])) == "operands of one shape only"
    # thirds and halves, which TFLM's own roundings turn either way
    thirds = pairs_case("ADD", ((0.05, 3), (0.04, -7), (0.06, -128)))
    assert offer(thirds) == "its roundings are not those of one sum"
    steep = replace(fits, output=Value((2, 8), (0.05 / 8, 3)))
    assert offer(steep) == "its roundings are not those of one sum"


def test_halves_go_away_from_zero(tmp_path: Path) -> None:
    quants = [
        ((0.04, 3), (0.04, -100), (0.08, -12)),
        ((0.25, 0), (0.5, 7), (1.0, 1)),
        ((0.04, 0), (0.04, 0), (0.16, 0)),
    ]
    cases = [pairs_case("ADD", case) for case in quants]
    assert all(isinstance(offer(case), Way) for case in cases)
    prove(cases, tmp_path)


def test_the_sum_stays_within_32_bits(rng: np.random.Generator) -> None:
    pairs = np.arange(-128, 128)
    for _ in range(30):
        scale = float(np.exp(rng.uniform(-4, 0)))
        graph = pairs_case("ADD", (random_quant(rng), random_quant(rng), (scale, int(rng.integers(-128, 128))))).graph()
        op = graph.nodes[0].op
        assert isinstance(op, Add)
        found = exact_sum(op, graph.io(graph.nodes[0]))
        if found is not None:
            (first, second), addend = found
            sums = (first * pairs[:, None] >> 8) + (second * pairs[None, :] >> 8) + addend
            assert sums.min() >= -(2**31) and sums.max() < 2**31


def test_either_operand_may_be_written_over() -> None:
    way = offer(pairs_case("ADD", QUANTS))
    assert isinstance(way, Way) and way.in_place == (0, 1)


@pytest.mark.parametrize("count", range(1, 10))
def test_any_number_of_elements(count: int, tmp_path: Path, rng: np.random.Generator) -> None:
    shape = (1, count)
    values = [Value(shape, quant) for quant in QUANTS]
    prove([Case("ADD", values[:2], values[2]).with_random_samples(rng)], tmp_path)


def test_instructions_an_output_on_cortex_m4(tmp_path: Path) -> None:
    case = pairs_case("ADD", QUANTS)
    graph = case.graph()
    (output,), instructions = run_on_core(graph, case.samples, "cortex-m4f", tmp_path, count=True)
    assert_same(output, reference(graph, case.samples[0]), "C and numpy differ")
    assert instructions / output[0].size <= 6.5
