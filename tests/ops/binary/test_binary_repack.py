"""BINARY_REPACK: any number of channels, any axes in front of them, and what is refused."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from support.bits import CHANNELS, random_bits
from support.graph_case import GraphCase, one_node, prove_graphs, tensor

from edgeopt.bits import words_of
from edgeopt.errors import UnsupportedModel
from edgeopt.ir import Graph
from edgeopt.ops.binary.repack import BinaryRepack


def layer(shape: Sequence[int], out: Sequence[int], words: int | None = None) -> Graph:
    """From [..., channels] to [..., channels]."""
    x = tensor("x", (*shape[:-1], words_of(shape[-1])), "int32")
    y = tensor("y", (*out[:-1], words_of(out[-1]) if words is None else words), "int32")
    return one_node(BinaryRepack(shape[-1], out[-1]), [x], [y])


def random_case(rng: np.random.Generator, channels: int) -> GraphCase:
    batch, height, width = (int(n) for n in rng.integers(1, 6, 3))
    graph = layer((batch, height, width, channels), (batch, height * width * channels))
    return GraphCase(graph, [[random_bits(rng, batch, height, width, channels)] for _ in range(2)])


def core_cases(rng: np.random.Generator) -> list[GraphCase]:
    return [random_case(rng, channels) for channels in (5, 40)]


def test_any_number_of_channels(tmp_path: Path, rng: np.random.Generator) -> None:
    prove_graphs([random_case(rng, channels) for channels in CHANNELS * 2], tmp_path)


def test_any_axes_in_front() -> None:
    layer((2, 3, 4, 20), (2, 3, 80))
    layer((1, 1, 4, 20), (1, 80))
    layer((1, 1, 4, 20), (1, 1, 80))
    layer((4, 3, 20), (2, 120))


@pytest.mark.parametrize(
    ("shape", "out", "words", "sentence"),
    [
        ((2, 4, 0), (2, 0), None, "input is words of its channels' bits"),
        ((2, 4, 20), (2, 90), None, "channels are a multiple of its input's"),
        ((2, 4, 20), (2, 40), None, "holds the bits of its input"),
        ((2, 4, 20), (2, 80), 4, "output is words of its channels' bits"),
    ],
)
def test_what_is_not_supported_is_named(
    shape: Sequence[int], out: Sequence[int], words: int | None, sentence: str
) -> None:
    layer((2, 4, 20), (2, 80))
    with pytest.raises(UnsupportedModel, match=sentence):
        layer(shape, out, words)
