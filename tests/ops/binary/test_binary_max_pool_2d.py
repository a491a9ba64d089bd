"""BINARY_MAX_POOL_2D on random windows, and what is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.bits import random_bits
from support.graph_case import GraphCase, constant, one_node, prove_graphs, tensor

from edgeopt.bits import pack_bits, words_of
from edgeopt.errors import UnsupportedModel
from edgeopt.ir import Array, Graph
from edgeopt.ops._window import Window, pooled_shape
from edgeopt.ops.binary.max_pool_2d import BinaryMaxPool2D


def layer(
    window: Window, channels: int, size: tuple[int, int], any_mask: Array | None, batch: int = 1, **changes: Any
) -> Graph:
    shape = (batch, *size, words_of(channels))
    x = tensor("x", shape, changes.get("dtype", "int32"))
    y = tensor("y", pooled_shape(shape, window), "int32")
    mask = [] if any_mask is None else [constant("any", any_mask, changes.get("mask_dtype", "int32"))]
    return one_node(BinaryMaxPool2D(window, changes.get("declared", channels)), [x, *mask], [y])


def random_case(rng: np.random.Generator) -> GraphCase:
    batch, height, width = (int(n) for n in rng.integers((1, 1, 1), (3, 9, 9)))
    channels = int(rng.integers(1, 100))
    kernel, stride = (tuple(int(n) for n in rng.integers(1, 4, 2)) for _ in range(2))
    padding = "SAME" if kernel[0] > height or kernel[1] > width else str(rng.choice(["SAME", "VALID"]))
    window = Window.resolve(padding, (height, width), (kernel[0], kernel[1]), (stride[0], stride[1]))
    any_mask = None if rng.random() < 0.3 else random_bits(rng, channels)
    graph = layer(window, channels, (height, width), any_mask, batch)
    return GraphCase(graph, [[random_bits(rng, batch, height, width, channels)] for _ in range(3)])


def core_cases(rng: np.random.Generator) -> list[GraphCase]:
    return [random_case(rng) for _ in range(2)]


def test_random_windows(tmp_path: Path, rng: np.random.Generator) -> None:
    prove_graphs([random_case(rng) for _ in range(40)], tmp_path)


def test_is_the_largest_of_the_values_behind_the_bits(rng: np.random.Generator) -> None:
    """Signs of a rising and of a falling function of the largest value, from signs of that function of each value."""
    values = rng.integers(-9, 10, (1, 6, 6, 40))
    falls = rng.random(40) < 0.5
    thresholds = rng.integers(-9, 10, 40)
    window = Window((2, 3), (2, 3))
    graph = layer(window, 40, (6, 6), pack_bits(falls))
    node = graph.nodes[0]
    (pooled,) = node.op.reference(graph.io(node), [pack_bits((values < thresholds) ^ falls), None])
    largest = values.reshape(1, 3, 2, 2, 3, 40).max(axis=(2, 4))
    np.testing.assert_array_equal(pooled, pack_bits((largest < thresholds) ^ falls))


@pytest.mark.parametrize(
    ("window", "changes", "sentence"),
    [
        (Window((2, 2)), {"dtype": "int8"}, "words of its channels' bits"),
        (Window((2, 2)), {"declared": 33}, "words of its channels' bits"),
        (Window((2, 2)), {"declared": 0}, "words of its channels' bits"),
        (Window((2, 2)), {"mask_dtype": "int16"}, "mask is constant, a bit a channel"),
        (Window((2, 2), dilation=(2, 1)), {}, "not dilated"),
        (Window((5, 1)), {}, "fits into the padded input"),
        (Window((2, 2), pad_top=2), {}, "holds an element of the input"),
        (Window((2, 2), pad_right=2), {}, "holds an element of the input"),
    ],
)
def test_what_is_not_supported_is_named(window: Window, changes: dict[str, Any], sentence: str) -> None:
    layer(Window((2, 2), pad_top=1, pad_right=1), 32, (4, 4), np.zeros(1))
    with pytest.raises(UnsupportedModel, match=sentence):
        layer(window, 32, (4, 4), np.zeros(1), **changes)
