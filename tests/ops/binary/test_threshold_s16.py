"""THRESHOLD of int16: every number of channels, every pair of values, what is refused, and its instructions."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.graph_case import GraphCase, prove_graphs
from support.on_core import run_on_core
from support.proof import assert_same, reference
from support.thresholds import threshold_case, threshold_cases, threshold_graph

from edgeopt.errors import UnsupportedModel

# instructions a value at 64 channels: a little above what was counted with gcc 12 -O2
BOUNDS = {
    ("cortex-m4f", False): 3.9,
    ("cortex-m4f", True): 4.5,
    ("cortex-m0plus", False): 11.8,
    ("cortex-m0plus", True): 10.7,
}


def core_cases(rng: np.random.Generator) -> list[GraphCase]:
    return [threshold_case(rng, "int16", channels, per_channel) for channels, per_channel in ((44, True), (33, False))]


def test_any_number_of_channels(tmp_path: Path, rng: np.random.Generator) -> None:
    prove_graphs(threshold_cases(rng, "int16"), tmp_path)


@pytest.mark.parametrize(("core", "per_channel"), BOUNDS)
def test_instructions_a_value(core: str, per_channel: bool, tmp_path: Path, rng: np.random.Generator) -> None:
    thresholds = rng.integers(-100, 100, 64 if per_channel else 1)
    graph = threshold_graph("int16", (1, 8, 8, 64), thresholds)
    sample = [rng.integers(-128, 128, (1, 8, 8, 64)).astype(np.int16)]
    outputs, instructions = run_on_core(graph, [sample], core, tmp_path, count=True)
    assert_same(outputs[0], reference(graph, sample), core)
    each = instructions / sample[0].size
    print(f"{core}, a threshold a channel {per_channel}: {each:.2f} instructions a value")
    assert each <= BOUNDS[core, per_channel]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"x": "int8"}, "input is int16, the channels last"),
        ({"channels": 5}, "input is int16, the channels last"),
        ({"words": 2}, "output is words of its channels' bits"),
        ({"thresholds": [1, 2]}, "thresholds are constant int16, one or one a channel"),
        ({"thresholds_dtype": "int32"}, "thresholds are constant int16, one or one a channel"),
        ({"invert": np.zeros(2)}, "inverted channels are a constant, a bit a channel"),
    ],
)
def test_what_is_not_supported_is_named(changes: dict[str, Any], sentence: str) -> None:
    arguments: dict[str, Any] = {"dtype": "int16", "shape": (2, 4), "thresholds": [3], "invert": np.zeros(1)}
    threshold_graph(**arguments)
    with pytest.raises(UnsupportedModel, match=sentence):
        threshold_graph(**arguments | changes)
