"""Damaged files: each gives an EdgeoptError or a sound Graph, never another exception, a hang or a huge allocation."""

import tracemalloc
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from support.damage import damaged, hostile_words, outcome_of, small_network
from support.fuzzing import FragileOracle, Tally, flipped, truncated, try_file
from support.networks import NETWORKS
from support.streaming import STREAMS

from edgeopt.errors import MalformedModel
from edgeopt.load import load_bytes
from edgeopt.schema.flatbuffer import Reader
from edgeopt.schema.tflite import SCHEMA


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_damaged_small_model(seed: int) -> None:
    print("seed", seed)
    rng = np.random.default_rng(seed)
    model = small_network(rng)
    assert outcome_of(model) == "Graph"
    outcomes = Counter(outcome_of(data) for data in damaged(model, rng, 300))
    print(outcomes)
    assert outcomes["MalformedModel"] > 100
    assert outcomes["Graph"] > 10  # some bits do not matter


@pytest.mark.parametrize("name", ["kws_dscnn", "ic_resnet8", "vww_mobilenet", "ad_autoencoder"])
def test_a_damaged_real_model(shared_models: Path, name: str) -> None:
    seed = 4
    print("seed", seed)
    model = (shared_models / f"{name}_int8.tflite").read_bytes()
    outcomes = Counter(outcome_of(data) for data in damaged(model, np.random.default_rng(seed), 100))
    print(outcomes)
    assert outcomes["MalformedModel"] > 30


def test_every_offset_of_a_small_model_made_hostile() -> None:
    seed = 5
    print("seed", seed)
    model = small_network(np.random.default_rng(seed))
    outcomes = Counter(outcome_of(data) for data in hostile_words(model))
    print(outcomes)
    assert outcomes["MalformedModel"] > 500


def test_hostile_counts_allocate_nothing() -> None:
    """A shape or a count of 2^31 is refused by arithmetic, not by trying."""
    seed = 6
    print("seed", seed)
    rng = np.random.default_rng(seed)
    model = small_network(rng)
    tracemalloc.start()
    try:
        for data in damaged(model, rng, 60):
            outcome_of(data)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 4_000_000


def test_an_offset_into_the_middle_of_constant_data() -> None:
    """The root leads into the weights, where anything may stand."""
    seed = 8
    print("seed", seed)
    model = small_network(np.random.default_rng(seed))
    weights = max(
        (b["data"].tobytes() for b in Reader(model, SCHEMA).root("Model")["buffers"] if b["data"] is not None), key=len
    )
    at = model.find(weights)
    for start in range(at, at + len(weights) - 4):
        with pytest.raises(MalformedModel):
            load_bytes(start.to_bytes(4, "little") + model[4:], "m")


@pytest.mark.parametrize("network", [*NETWORKS, *STREAMS])
def test_what_still_loads_computes_what_tflite_micro_computes(network: str, rng: np.random.Generator) -> None:
    """`python -m benchmarks MODELS --only fuzz` does it with ten thousand files."""
    model, oracle, tally = {**NETWORKS, **STREAMS}[network](), FragileOracle(), Tally()
    try:
        for data in (*flipped(model, rng, 400), *truncated(model, rng, 40)):
            try_file(data, oracle, rng, tally)
    finally:
        oracle.close()
    print(tally)
    assert tally.files == 440 and not tally.wrong
    assert tally.equal > 20 and tally.refused > 100
