"""Max-pooling of bits behind a layer of bits: folded where it can be, and the outputs stay the same."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from support.binary_layers import random_thresholds, random_words
from support.graph_case import constant, tensor

from edgeopt.ir import Graph, Node, Op, Tensor, check_graph, evaluate
from edgeopt.ops._window import Window
from edgeopt.ops.binary.conv2d import BinaryConv2D
from edgeopt.ops.binary.max_pool_2d import BinaryMaxPool2D
from edgeopt.ops.binary.weight_conv2d import BinaryWeightConv2D
from edgeopt.optimize import optimize

SIZE, CHANNELS = 13, 40
CONV = BinaryConv2D(Window((2, 2)), 33)
PADDED = replace(CONV, window=Window((2, 2), pad_left=1), pad_zero=True)
TWO, THREE = Window((2, 2), stride=(2, 2)), Window((3, 2), stride=(3, 2))


@dataclass(frozen=True)
class Layer:
    """An operator and its constants besides weights and thresholds."""

    op: Op
    mask: bool = False


def network(rng: np.random.Generator, layers: list[Layer], seen: tuple[str, ...] = ()) -> Graph:
    """A chain of layers on x; `seen` are tensors that are outputs besides the last."""
    first = layers[0].op
    x = tensor("x", (1, SIZE, SIZE, 2), "int32")
    if isinstance(first, BinaryWeightConv2D):
        x = tensor("x", (1, SIZE, SIZE, 3), "int8", (0.1, 3))
    tensors, nodes, last = {"x": x}, [], "x"
    for number, layer in enumerate(layers):
        inputs: list[Tensor | None] = [tensors[last], *_constants(rng, layer, number)]
        name = f"y{number}"
        tensors |= {t.name: t for t in inputs if t is not None}
        names = tuple(None if t is None else t.name for t in inputs)
        node = Node(f"layer{number}", layer.op, names, (name,))
        made = tensor(name, (1, 1, 1, 1), "int32")
        (shape,) = layer.op.infer(Graph("", tensors | {name: made}, (), (), ()).io(node))
        tensors[name] = replace(made, shape=shape)
        nodes.append(node)
        last = name
    return check_graph(Graph("net", tensors, tuple(nodes), ("x",), (*seen, last)))


def _constants(rng: np.random.Generator, layer: Layer, number: int) -> list[Tensor | None]:
    op = layer.op
    mask = [constant(f"any{number}", random_words(rng, (), CHANNELS), "int32")] if layer.mask else []
    if isinstance(op, BinaryMaxPool2D):
        return [*mask]
    if isinstance(op, BinaryWeightConv2D):
        weights = random_words(rng, (CHANNELS,), 2 * 2 * 3)
        thresholds = rng.integers(-300, 300, CHANNELS)
    else:
        assert isinstance(op, BinaryConv2D)
        weights = random_words(rng, (CHANNELS, 2, 2), op.channels)
        thresholds = random_thresholds(rng, op.products, CHANNELS)
    return [constant(f"w{number}", weights, "int32"), constant(f"t{number}", thresholds, "int32"), *mask]


def pool(window: Window = TWO, mask: bool = False) -> Layer:
    return Layer(BinaryMaxPool2D(window, CHANNELS), mask)


def check_same(rng: np.random.Generator, before: Graph, after: Graph) -> None:
    assert (before.inputs, before.outputs) == (after.inputs, after.outputs)
    x = before.tensors["x"]
    for _ in range(3):
        if x.dtype == "int8":
            sample = rng.integers(-128, 128, x.shape).astype(np.int8)
        else:
            sample = random_words(rng, x.shape[:3], 33)
        old, new = (evaluate(graph, {"x": sample}) for graph in (before, after))
        for name in before.outputs:
            np.testing.assert_array_equal(old[name], new[name])


def test_as_printed(rng: np.random.Generator) -> None:
    before = network(rng, [Layer(CONV), pool(mask=True)])
    after = optimize(before)
    conv = "BinaryConv2D(window=Window(kernel=(2, 2), stride=(1, 1), dilation=(1, 1), pad_top=0, pad_bottom=0, "
    conv += "pad_left=0, pad_right=0), channels=33, groups=1, pad_zero=False, pool="
    window = "Window(kernel=(2, 2), stride=(2, 2), dilation=(1, 1), pad_top=0, pad_bottom=0, pad_left=0, pad_right=0)"
    assert str(before).splitlines() == [
        "graph net(%x int32[1,13,13,2])",
        f"  %y0 int32[1,12,12,2] = {conv}(1, 1))(%x, %w0, %t0)",
        f"  %y1 int32[1,6,6,2] = BinaryMaxPool2D(window={window}, channels=40)(%y0, %any1)",
        "  return %y1",
    ]
    assert str(after).splitlines() == [
        "graph net(%x int32[1,13,13,2])",
        f"  %y1 int32[1,6,6,2] = {conv}(2, 2))(%x, %w0, %t0, %any1)",
        "  return %y1",
    ]
    check_same(rng, before, after)


FOLDED = {
    "a mask": [Layer(CONV), pool(mask=True)],
    "no mask": [Layer(CONV), pool(THREE)],
    "a mask of the layer that nothing pools by": [Layer(CONV, mask=True), pool()],
    "a pool of a pool": [Layer(replace(CONV, pool=(1, 2))), pool(THREE)],
    "two pools": [Layer(CONV), pool(THREE), pool()],
    "padding of the convolution": [
        Layer(replace(CONV, window=replace(CONV.window, pad_left=1), pad_zero=True)),
        pool(),
    ],
    "8-bit data": [Layer(BinaryWeightConv2D(Window((2, 2)))), pool(mask=True)],
}


@pytest.mark.parametrize("name", FOLDED)
def test_folds(name: str, rng: np.random.Generator) -> None:
    before = network(rng, FOLDED[name])
    after = optimize(before)
    assert len(after.nodes) == 1
    check_same(rng, before, after)


KEPT = {
    "padding": ([Layer(CONV), pool(replace(TWO, pad_bottom=1))], ()),
    "pools that overlap": ([Layer(CONV), pool(replace(TWO, stride=(1, 2)))], ()),
    "gaps between pools": ([Layer(CONV), pool(replace(TWO, stride=(2, 3)))], ()),
    "unpooled bits that the caller sees": ([Layer(CONV), pool()], ("y0",)),
    "another mask": ([Layer(replace(CONV, pool=(1, 2)), mask=True), pool()], ()),
    "another mask behind": ([Layer(replace(CONV, pool=(1, 2))), pool(mask=True)], ()),
}


@pytest.mark.parametrize("name", KEPT)
def test_keeps(name: str, rng: np.random.Generator) -> None:
    before = network(rng, *KEPT[name])
    assert optimize(before) == before


def test_keeps_a_pool_whose_unpooled_bits_another_layer_reads(rng: np.random.Generator) -> None:
    before = network(rng, [Layer(CONV), pool()])
    other = replace(before.nodes[1], name="other", outputs=("z",))
    tensors = dict(before.tensors) | {"z": replace(before.tensors["y1"], name="z")}
    before = check_graph(replace(before, nodes=(*before.nodes, other), tensors=tensors, outputs=("y1", "z")))
    assert optimize(before) == before


def test_keeps_a_pool_behind_another_layer(rng: np.random.Generator) -> None:
    """A pool of pools that overlap, and a pool of the graph's own input."""
    lone = network(rng, [Layer(BinaryMaxPool2D(TWO, 33))])
    assert optimize(lone) == lone
    overlapping = network(rng, [Layer(CONV), pool(replace(TWO, stride=(1, 1))), pool()])
    assert optimize(overlapping) == overlapping


def test_folds_by_the_same_mask(rng: np.random.Generator) -> None:
    before = network(rng, [Layer(replace(CONV, pool=(1, 2)), mask=True), pool(mask=True)])
    tensors = dict(before.tensors)
    tensors["any1"] = replace(tensors["any0"], name="any1")
    before = replace(before, tensors=tensors)
    after = optimize(before)
    assert [node.op for node in after.nodes] == [replace(CONV, pool=(2, 4))]
    check_same(rng, before, after)
