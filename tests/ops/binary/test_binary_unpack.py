"""BINARY_UNPACK: any number of channels and any two values, and what is refused."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.bits import CHANNELS, random_bits
from support.graph_case import GraphCase, one_node, prove_graphs, tensor

from edgeopt.bits import words_of
from edgeopt.errors import UnsupportedModel
from edgeopt.ir import Graph
from edgeopt.ops.binary.unpack import BinaryUnpack


def layer(shape: Sequence[int], positive: int, negative: int, dtype: str = "int8", words: int | None = None) -> Graph:
    x = tensor("x", (*shape[:-1], words_of(shape[-1]) if words is None else words), "int32")
    return one_node(BinaryUnpack(shape[-1], positive, negative), [x], [tensor("y", shape, dtype)])


def random_case(rng: np.random.Generator, channels: int, dtype: str) -> GraphCase:
    info = np.iinfo(dtype)
    values = rng.choice([info.min, info.max, -1, 0, 1, *rng.integers(info.min, info.max, 3)], 2)
    shape = [int(n) for n in rng.integers(1, 4, int(rng.integers(0, 4)))] + [channels]
    return GraphCase(layer(shape, int(values[0]), int(values[1]), dtype), [[random_bits(rng, *shape)]])


def core_cases(rng: np.random.Generator) -> list[GraphCase]:
    return [random_case(rng, channels, dtype) for channels, dtype in ((39, "int8"), (40, "int16"))]


def test_any_number_of_channels(tmp_path: Path, rng: np.random.Generator) -> None:
    prove_graphs([random_case(rng, n, dtype) for n in CHANNELS for dtype in ("int8", "int16")], tmp_path)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"words": 2}, "input is words of its channels' bits"),
        ({"dtype": "int32"}, "output is int8 or int16"),
        ({"positive": 128}, "two values fit into its output"),
        ({"dtype": "int16", "negative": -32769}, "two values fit into its output"),
    ],
)
def test_what_is_not_supported_is_named(changes: dict[str, Any], sentence: str) -> None:
    arguments: dict[str, Any] = {"shape": (2, 4), "positive": 1, "negative": -1}
    layer(**arguments)
    with pytest.raises(UnsupportedModel, match=sentence):
        layer(**arguments | changes)
