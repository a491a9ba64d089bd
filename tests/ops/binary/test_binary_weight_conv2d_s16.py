"""BINARY_WEIGHT_CONV_2D_INT16: random geometry, its instructions, what is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.graph_case import GraphCase, constant, prove_graphs, tensor
from support.on_core import run_on_core
from support.proof import assert_same, reference
from support.signed_weights import Layer, integers_case, random_layer, to_integers

from edgeopt.errors import UnsupportedModel
from edgeopt.ops._window import Window

SAME = Window.resolve("SAME", (16, 16), (3, 3), (1, 1))
# core: instructions a MAC of 3 channels to 32, a little above what was counted with gcc 12 -O2
BOUNDS = {"cortex-m4f": 2.4, "cortex-m0plus": 3.6}


def core_cases(rng: np.random.Generator) -> list[GraphCase]:
    layers = [random_layer(rng, pool=(1, 1)), random_layer(rng, pool=(1, 1), in_channels=20, kernel=(3, 3))]
    return [integers_case(rng, layer, dtype) for layer in layers for dtype in ("int8", "int16")]


def test_random_geometry(tmp_path: Path, rng: np.random.Generator) -> None:
    layers = [random_layer(rng, pool=(1, 1)) for _ in range(30)]
    layers += [random_layer(rng, pool=(1, 1), in_channels=int(rng.integers(1, 50))) for _ in range(10)]
    prove_graphs([integers_case(rng, layer, dtype) for layer in layers for dtype in ("int8", "int16")], tmp_path)


@pytest.mark.parametrize("core", BOUNDS)
def test_instructions(core: str, tmp_path: Path, rng: np.random.Generator) -> None:
    case = integers_case(rng, Layer((1, 16, 16, 3), 32, SAME, zero_point=-3), "int16")
    sample = case.samples[0]
    outputs, instructions = run_on_core(case.graph(), [sample], core, tmp_path, count=True)
    assert_same(outputs[0], reference(case.graph(), sample), core)
    print(f"{core}: {instructions / case.graph().macs:.3f} instructions a MAC")
    assert instructions / case.graph().macs <= BOUNDS[core]


@pytest.mark.parametrize(
    ("tensors", "attributes", "sentence"),
    [
        ({"x": tensor("x", (1, 4, 4, 2), "uint8", (0.1, 0))}, {}, "input is int8, quantized per tensor"),
        ({"multiplier": constant("m", np.ones(4), "int32")}, {}, "multiplier and bias are constant int32"),
        ({"bias": constant("b", np.ones(5), "int64")}, {}, "multiplier and bias are constant int32"),
        ({}, {"dtype": "int32", "output": "int16"}, "output is int16 or int8"),
        ({}, {"shift": 32}, "shift is 0..31"),
        ({}, {"clamp": (-32769, 0)}, "clamp lies in its output's type"),
        ({}, {"dtype": "int8", "output": "int16"}, "clamp lies in its output's type"),
        ({}, {"low": 3, "high": 2}, "limits of its sums are in order"),
        ({}, {"high": 2**31 - 1}, "products and sums stay in 32 bits"),
    ],
)
def test_what_is_not_supported_is_named(tensors: dict[str, Any], attributes: dict[str, Any], sentence: str) -> None:
    lines = np.full(5, 2), np.ones(5), 3
    to_integers(Layer((1, 4, 4, 2), 5, Window((3, 3))), np.zeros((5, 1)), lines)
    with pytest.raises(UnsupportedModel, match=sentence):
        to_integers(Layer((1, 4, 4, 2), 5, Window((3, 3)), changes=tensors), np.zeros((5, 1)), lines, **attributes)
