"""AFFINE_INT16: numpy == C on every int16; how near its constants come to real lines; what is refused."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.graph_case import GraphCase, constant, one_node, prove_graphs, tensor

from edgeopt.errors import UnsupportedModel
from edgeopt.ir import Array, Graph
from edgeopt.ops.binary._affine import affine_constants
from edgeopt.ops.binary.affine import Affine

EVERY = np.arange(-32768, 32768).astype(np.int16)
WHOLE = (-32768, 32767)


def graph_of(op: Affine, shape: Sequence[int], constants: Sequence[Any], dtype: str = "int32") -> Graph:
    """Of a node with multiplier, bias [, below_multiplier, below_bias, pivot]."""
    names = ("multiplier", "bias", "below_multiplier", "below_bias", "pivot")
    others = [constant(name, values, dtype) for name, values in zip(names, constants, strict=False)]
    return one_node(op, [tensor("x", shape, "int16"), *others], [tensor("y", shape, "int16")])


def lines(rng: np.random.Generator, channels: int) -> tuple[Array, Array]:
    """Slopes and intercepts as batch normalizations have them."""
    return rng.normal(size=channels) * 2.0 ** rng.uniform(-6, 3), rng.normal(size=channels) * 2.0 ** rng.uniform(0, 14)


def random_clamp(rng: np.random.Generator) -> tuple[int, int]:
    low, high = sorted(int(n) for n in rng.integers(-32768, 32768, 2))
    return [WHOLE, (0, 32767), (low, high)][int(rng.integers(3))]


def straight_case(rng: np.random.Generator, channels: int, clamp: tuple[int, int]) -> GraphCase:
    multiplier, bias, shift = affine_constants(*lines(rng, channels), *WHOLE)
    shape = (*(int(n) for n in rng.integers(1, 4, int(rng.integers(0, 3)))), channels)
    graph = graph_of(Affine(shift, clamp), shape, [multiplier, bias])
    return GraphCase(graph, [[rng.choice(EVERY, shape)], [rng.choice(EVERY[[0, 1, -1]], shape)]])


def bent_case(rng: np.random.Generator, channels: int, clamp: tuple[int, int]) -> GraphCase:
    (above, above_at), (below, below_at) = lines(rng, channels), lines(rng, channels)
    multipliers, biases, shift = affine_constants([above, below], [above_at, below_at], *WHOLE)
    pivot = rng.choice([0, -32768, 32767, 32768, *rng.integers(-3000, 3000, 4)], channels)
    constants = [multipliers[0], biases[0], multipliers[1], biases[1], pivot]
    around = np.clip(pivot + rng.integers(-1, 2, (3, channels)), *WHOLE).astype(np.int16)
    graph = graph_of(Affine(shift, clamp), (3, channels), constants)
    return GraphCase(graph, [[rng.choice(EVERY, (3, channels))], [around]])


def core_cases(rng: np.random.Generator) -> list[GraphCase]:
    cases = [make(rng, n, random_clamp(rng)) for n in (1, 7) for make in (straight_case, bent_case)]
    return [straight_case(rng, 4, WHOLE), bent_case(rng, 4, WHOLE), *cases]


def test_random_lines(tmp_path: Path, rng: np.random.Generator) -> None:
    cases = [
        make(rng, int(rng.integers(1, 40)), random_clamp(rng)) for _ in range(12) for make in (straight_case, bent_case)
    ]
    prove_graphs(cases, tmp_path)


def test_every_input_of_extreme_lines(tmp_path: Path) -> None:
    """The largest products and sums that 32 bits hold, shifts of 0 and 31, pivots that each int16 is below, or none."""
    x = np.repeat(EVERY[:, None], 4, axis=1)
    largest = [65535, -65535, 1, 2**15], [65535, -65535, 2**31 - 32768, 2**30]
    bends = [-65535, 65535, 1, 0], [-65536, 0, -(2**31) + 32768, 7], [0, -1, -32768, 32768]
    graphs = [graph_of(Affine(shift, WHOLE), x.shape, largest) for shift in (0, 16, 31)]
    graphs += [graph_of(Affine(shift, (-100, 32767)), x.shape, [*largest, *bends]) for shift in (0, 15, 31)]
    prove_graphs([GraphCase(graph, [[x]]) for graph in graphs], tmp_path)


def test_the_reference_on_paper() -> None:
    op = Affine(2, (-3, 5))
    graph = graph_of(op, (2, 2), [[3, -1], [2, 0], [1, 8], [-4, 0], [0, 5]])
    x = np.array([[1, 5], [-4, 4]], np.int16)
    (y,) = op.reference(graph.io(graph.nodes[0]), [x, *(graph.tensors[n].data for n in graph.nodes[0].inputs[1:] if n)])
    # (3 + 2) >> 2, (-5 + 0) >> 2; below the pivots (-4 - 4) >> 2, and (32 + 0) >> 2 clamped to 5
    assert y.tolist() == [[1, -2], [-2, 5]]


@pytest.mark.parametrize("ends", [WHOLE, (0, 2 * 576), (-700, 900)])
def test_constants_are_as_near_as_one_shift_allows(ends: tuple[int, int], rng: np.random.Generator) -> None:
    low, high = ends
    for _ in range(50):
        slope, intercept = lines(rng, 5)
        multiplier, bias, shift = (np.asarray(part) for part in affine_constants(slope, intercept, low, high))
        x = np.array([low, high, (low + high) // 2, *rng.integers(low, high + 1, 50)])[:, None]
        exact = slope * x + intercept
        miss = np.abs((x * multiplier.astype(np.int64) + bias) / 2.0 ** int(shift) - 0.5 - exact)
        # half a multiplier at half the range, and half of a bias
        assert (miss <= ((high - low) / 2 + 2) * 0.5 / 2.0 ** int(shift)).all()
        sums = np.abs(np.stack([x * multiplier.astype(np.int64) + bias, x * multiplier.astype(np.int64)]))
        assert 2**29 <= sums.max() < 2**31 or shift == 31


def test_constants_that_do_not_fit_are_refused() -> None:
    for slope, intercept in ((2.0**17, 0.0), (1.0, 2.0**32), (np.nan, 0.0), (1.0, np.inf)):
        with pytest.raises(UnsupportedModel, match="too large for 32 bits"):
            affine_constants([1.0, slope], [0.0, intercept], *WHOLE)


@pytest.mark.parametrize(
    ("op", "constants", "sentence"),
    [
        (Affine(32), [[1], [1]], r"shift is 0\.\.31"),
        (Affine(3, (5, 4)), [[1], [1]], "clamp lies in int16"),
        (Affine(3, (-32769, 0)), [[1], [1]], "clamp lies in int16"),
        (Affine(3), [[1, 2], [1, 2]], "one a channel"),
        (Affine(3), [[1], [1], [1]], "one a channel"),
        (Affine(3), [[65537], [0]], "stay in 32 bits"),
        (Affine(3), [[-65536], [0]], "stay in 32 bits"),
        (Affine(3), [[1], [2**31 - 1]], "stay in 32 bits"),
        (Affine(3), [[1], [0], [1], [-(2**31)], [0]], "stay in 32 bits"),
    ],
)
def test_what_is_not_supported_is_named(op: Affine, constants: Sequence[Any], sentence: str) -> None:
    with pytest.raises(UnsupportedModel, match=sentence):
        graph_of(op, (1, 1), constants)


def test_constants_of_another_type_are_refused() -> None:
    with pytest.raises(UnsupportedModel, match="constant int32"):
        graph_of(Affine(3), (1, 1), [[1], [1]], "int16")
