"""Damaged files with binary operators: an EdgeoptError or a sound graph, in little memory."""

import tracemalloc
from collections import Counter

import numpy as np
import pytest
from support.binarized import BINARIZED
from support.damage import damaged, hostile_words, outcome_of


@pytest.mark.parametrize("name", BINARIZED)
def test_damaged_networks(name: str) -> None:
    model = BINARIZED[name]()
    assert outcome_of(model) == "Graph"
    outcomes = Counter(outcome_of(data) for data in damaged(model, np.random.default_rng(7), 150))
    print(outcomes)
    assert outcomes["MalformedModel"] > 30
    assert outcomes["Graph"] > 1


def test_every_word_of_a_network_made_hostile() -> None:
    outcomes = Counter(outcome_of(data) for data in list(hostile_words(BINARIZED["geometry"]()))[::13])
    print(outcomes)
    assert outcomes["MalformedModel"] > 40


def test_hostile_shapes_allocate_little() -> None:
    model = BINARIZED["residual"]()
    tracemalloc.start()
    try:
        for data in damaged(model, np.random.default_rng(8), 60):
            outcome_of(data)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 30_000_000
