"""THRESHOLD of int16: every number of channels, every pair of values, what is refused, and its instructions."""

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
)

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
    assert_instructions("int16", core, per_channel, BOUNDS[core, per_channel], tmp_path, rng)


@pytest.mark.parametrize(("changes", "sentence"), refusals("int16"))
def test_what_is_not_supported_is_named(changes: dict[str, Any], sentence: str) -> None:
    assert_refused("int16", changes, sentence)
