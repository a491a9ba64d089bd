"""THRESHOLD of int8: every number of channels, every pair of values, what is refused, and its instructions."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.graph_case import GraphCase, prove_graphs
from support.thresholds import (
    assert_instructions,
    assert_refused,
    refusals,
    threshold_case,
    threshold_cases,
    threshold_graph,
)

# instructions a value at 64 channels: a little above what was counted with gcc 12 -O2
BOUNDS = {
    ("cortex-m4f", False): 3.3,
    ("cortex-m4f", True): 3.6,
    ("cortex-m0plus", False): 7.4,
    ("cortex-m0plus", True): 9.1,
}


def core_cases(rng: np.random.Generator) -> list[GraphCase]:
    return [threshold_case(rng, "int8", channels, per_channel) for channels, per_channel in ((44, True), (33, False))]


def test_any_number_of_channels(tmp_path: Path, rng: np.random.Generator) -> None:
    prove_graphs(threshold_cases(rng, "int8"), tmp_path)


def test_every_pair_of_value_and_threshold(tmp_path: Path) -> None:
    values = np.arange(-128, 128, dtype=np.int8)
    rows = np.repeat(values[:, None], 257, axis=1)
    prove_graphs([GraphCase(threshold_graph("int8", (256, 257), np.arange(-128, 129)), [[rows]])], tmp_path)
    # four at a time
    aligned = [
        GraphCase(threshold_graph("int8", (256, 256), np.arange(first, first + 256)), [[rows[:, :256]]])
        for first in (-128, -127)
    ]
    prove_graphs(aligned, tmp_path)


@pytest.mark.parametrize(("core", "per_channel"), BOUNDS)
def test_instructions_a_value(core: str, per_channel: bool, tmp_path: Path, rng: np.random.Generator) -> None:
    assert_instructions("int8", core, per_channel, BOUNDS[core, per_channel], tmp_path, rng)


@pytest.mark.parametrize(("changes", "sentence"), refusals("int8"))
def test_what_is_not_supported_is_named(changes: dict[str, Any], sentence: str) -> None:
    assert_refused("int8", changes, sentence)
