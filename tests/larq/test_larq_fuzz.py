"""Damaged files with binary operators: an EdgeoptError or a sound graph, in little memory."""

import tracemalloc
from collections import Counter

import numpy as np
import pytest
from support.binarized import BINARIZED
from support.damage import damaged, hostile_words

from edgeopt.errors import EdgeoptError
from edgeopt.ir import Target
from edgeopt.load import load_bytes


def outcome(data: bytes) -> str:
    """What became of the file; any exception but an EdgeoptError comes through."""
    try:
        graph = load_bytes(data, "damaged")
        for node in graph.nodes:
            node.op.c_calls(graph.io(node), Target())
    except EdgeoptError as error:
        assert "\n" not in error.message
        return type(error).__name__
    return "Graph"


@pytest.mark.parametrize("name", BINARIZED)
def test_damaged_networks(name: str) -> None:
    model = BINARIZED[name]()
    assert outcome(model) == "Graph"
    outcomes = Counter(outcome(data) for data in damaged(model, np.random.default_rng(7), 150))
    print(outcomes)
    assert outcomes["MalformedModel"] > 30
    assert outcomes["Graph"] > 1


def test_every_word_of_a_network_made_hostile() -> None:
    outcomes = Counter(outcome(data) for data in list(hostile_words(BINARIZED["geometry"]()))[::13])
    print(outcomes)
    assert outcomes["MalformedModel"] > 40


def test_hostile_shapes_allocate_little() -> None:
    model = BINARIZED["residual"]()
    tracemalloc.start()
    try:
        for data in damaged(model, np.random.default_rng(8), 60):
            outcome(data)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 30_000_000
