"""Passes: what they rewrite, where they must not, and that no output byte changes."""

from collections.abc import Sequence

import numpy as np
import pytest
from support.tflite_writer import ModelBuilder

from edgeopt.ir import Graph, evaluate
from edgeopt.load import load_bytes
from edgeopt.optimize import PASSES, optimize

RNG_SEED = 7


def operators(graph: Graph) -> list[str]:
    return [node.op.name for node in graph.nodes]


def assert_same_outputs(before: Graph, after: Graph) -> None:
    rng = np.random.default_rng(RNG_SEED)
    assert before.outputs == after.outputs
    assert before.inputs == after.inputs
    for _ in range(20):
        inputs = {t.name: rng.integers(-128, 128, t.shape).astype(np.int8) for t in before.input_tensors}
        old, new = evaluate(before, inputs), evaluate(after, inputs)
        for name in before.outputs:
            np.testing.assert_array_equal(old[name], new[name])


def add_conv(m: ModelBuilder, x: int, y: int, filters: int = 4, channels: int = 3, **options: object) -> None:
    rng = np.random.default_rng(RNG_SEED)
    weights = rng.integers(-127, 128, (filters, 3, 3, channels))
    w = m.tensor(weights.shape, "int8", scale=0.01, data=weights, name=f"w{y}")
    b = m.tensor([filters], "int32", scale=0.005, data=rng.integers(-500, 500, filters), name=f"b{y}")
    m.op("CONV_2D", [x, w, b], [y], {"padding": "VALID", **options})


def padded_conv(zero_point: int = -3, pads: Sequence[Sequence[int]] = ((0, 0), (1, 2), (0, 1), (0, 0))) -> Graph:
    m = ModelBuilder()
    x = m.tensor([1, 6, 6, 3], scale=0.5, zero_point=zero_point, name="x")
    height, width = 6 + sum(pads[1]), 6 + sum(pads[2])
    channels = 3 + sum(pads[3])
    p = m.tensor([1, height, width, channels], scale=0.5, zero_point=zero_point, name="p")
    amounts = m.tensor([4, 2], "int32", data=np.array(pads), name="amounts")
    y = m.tensor([1, height - 2, width - 2, 4], scale=0.3, name="y")
    m.op("PAD", [x, amounts], [p])
    add_conv(m, p, y, channels=channels)
    return load_bytes(m.finish([x], [y]), "net")


def test_pad_goes_into_the_convolution() -> None:
    before = padded_conv()
    after = optimize(before)
    assert operators(before) == ["pad", "conv2d"]
    assert operators(after) == ["conv2d"]
    assert_same_outputs(before, after)


def test_pad_of_channels_stays() -> None:
    before = padded_conv(pads=((0, 0), (1, 1), (1, 1), (0, 1)))
    assert operators(optimize(before)) == ["pad", "conv2d"]


def test_pad_with_another_value_stays() -> None:
    m = ModelBuilder()
    x = m.tensor([1, 6, 6, 3], scale=0.5, zero_point=-3, name="x")
    p = m.tensor([1, 8, 8, 3], scale=0.5, zero_point=-3, name="p")
    amounts = m.tensor([4, 2], "int32", data=np.array([[0, 0], [1, 1], [1, 1], [0, 0]]), name="amounts")
    value = m.tensor([1], "int8", scale=0.5, zero_point=-3, data=np.array([5]), name="value")
    y = m.tensor([1, 6, 6, 4], scale=0.3, name="y")
    m.op("PADV2", [x, amounts, value], [p])
    add_conv(m, p, y)
    before = load_bytes(m.finish([x], [y]), "net")
    assert len(operators(optimize(before))) == 2


@pytest.mark.parametrize("pool", ["AVERAGE_POOL_2D", "MAX_POOL_2D"])
def test_pad_does_not_go_into_pooling(pool: str) -> None:
    m = ModelBuilder()
    x = m.tensor([1, 6, 6, 3], scale=0.5, zero_point=-3, name="x")
    p = m.tensor([1, 8, 8, 3], scale=0.5, zero_point=-3, name="p")
    amounts = m.tensor([4, 2], "int32", data=np.array([[0, 0], [1, 1], [1, 1], [0, 0]]), name="amounts")
    y = m.tensor([1, 4, 4, 3], scale=0.5, zero_point=-3, name="y")
    m.op("PAD", [x, amounts], [p])
    m.op(pool, [p], [y], {"padding": "VALID", "stride_h": 2, "stride_w": 2, "filter_height": 2, "filter_width": 2})
    before = load_bytes(m.finish([x], [y]), "net")
    assert operators(optimize(before))[0] == "pad"


def test_pad_that_two_read_is_kept_for_the_one_that_needs_it() -> None:
    m = ModelBuilder()
    x = m.tensor([1, 6, 6, 3], scale=0.5, zero_point=-3, name="x")
    p = m.tensor([1, 8, 8, 3], scale=0.5, zero_point=-3, name="p")
    amounts = m.tensor([4, 2], "int32", data=np.array([[0, 0], [1, 1], [1, 1], [0, 0]]), name="amounts")
    y = m.tensor([1, 6, 6, 4], scale=0.3, name="y")
    m.op("PAD", [x, amounts], [p])
    add_conv(m, p, y)
    before = load_bytes(m.finish([x], [y, p]), "net")
    after = optimize(before)
    assert operators(after) == ["pad", "conv2d"]
    assert after.nodes[1].inputs[0] == "x"
    assert_same_outputs(before, after)


def conv_then(activation: str, out_scale: float = 0.3, both_seen: bool = False) -> Graph:
    m = ModelBuilder()
    x = m.tensor([1, 6, 6, 3], scale=0.5, zero_point=-3, name="x")
    c = m.tensor([1, 4, 4, 4], scale=0.3, zero_point=-10, name="c")
    y = m.tensor([1, 4, 4, 4], scale=out_scale, zero_point=-10, name="y")
    add_conv(m, x, c)
    m.op(activation, [c], [y])
    return load_bytes(m.finish([x], [y, c] if both_seen else [y]), "net")


@pytest.mark.parametrize("activation", ["RELU", "RELU6", "RELU_N1_TO_1"])
def test_activation_in_the_same_units_is_folded(activation: str) -> None:
    before = conv_then(activation)
    after = optimize(before)
    assert operators(after) == ["conv2d"]
    assert_same_outputs(before, after)


def test_activation_that_rescales_stays() -> None:
    assert operators(optimize(conv_then("RELU", out_scale=0.2))) == ["conv2d", "relu"]


def test_activation_whose_input_is_an_output_stays() -> None:
    before = conv_then("RELU", both_seen=True)
    after = optimize(before)
    assert operators(after) == ["conv2d", "relu"]
    assert_same_outputs(before, after)


def test_activation_that_is_no_clamp_stays() -> None:
    assert operators(optimize(conv_then("HARD_SWISH"))) == ["conv2d", "hard_swish"]


def test_identity_requantization_and_reshape_go() -> None:
    m = ModelBuilder()
    x = m.tensor([1, 6, 6, 3], scale=0.5, zero_point=-3, name="x")
    q = m.tensor([1, 6, 6, 3], scale=0.5, zero_point=-3, name="q")
    r = m.tensor([1, 6, 6, 3], scale=0.5, zero_point=-3, name="r")
    shape = m.tensor([4], "int32", data=np.array([1, 6, 6, 3]), name="shape")
    y = m.tensor([1, 4, 4, 4], scale=0.3, name="y")
    m.op("QUANTIZE", [x], [q])
    m.op("RESHAPE", [q, shape], [r])
    add_conv(m, r, y)
    before = load_bytes(m.finish([x], [y]), "net")
    after = optimize(before)
    assert operators(after) == ["conv2d"]
    assert_same_outputs(before, after)


def test_requantization_to_another_scale_stays() -> None:
    m = ModelBuilder()
    x = m.tensor([1, 8], scale=0.5, zero_point=-3, name="x")
    y = m.tensor([1, 8], scale=0.25, zero_point=-3, name="y")
    m.op("QUANTIZE", [x], [y])
    before = load_bytes(m.finish([x], [y]), "net")
    assert len(optimize(before).nodes) == 1


def test_a_network_that_only_copies_keeps_its_names() -> None:
    m = ModelBuilder()
    x = m.tensor([1, 8], scale=0.5, name="x")
    y = m.tensor([1, 8], scale=0.5, name="y")
    m.op("QUANTIZE", [x], [y])
    before = load_bytes(m.finish([x], [y]), "net")
    assert_same_outputs(before, optimize(before))


def test_constants_are_computed_and_dead_nodes_go() -> None:
    m = ModelBuilder()
    x = m.tensor([1, 8], scale=0.5, name="x")
    k = m.tensor([8], "int8", scale=0.5, data=np.arange(8), name="k")
    k2 = m.tensor([1, 8], scale=0.5, name="k2")
    y = m.tensor([1, 8], scale=0.6, name="y")
    dead = m.tensor([1, 8], scale=0.6, name="dead")
    shape = m.tensor([2], "int32", data=np.array([1, 8]), name="shape")
    m.op("RESHAPE", [k, shape], [k2])
    m.op("ADD", [x, k2], [y])
    m.op("ADD", [x, x], [dead])
    before = load_bytes(m.finish([x], [y]), "net")
    after = optimize(before)
    assert operators(after) == ["add"]
    assert_same_outputs(before, after)


def test_printed_graph() -> None:
    text = str(optimize(padded_conv()))
    lines = text.splitlines()
    assert lines[0] == "graph net(%x int8[1,6,6,3])"
    assert lines[1].startswith("  %y int8[1,7,5,4] = Conv2D(")
    assert lines[2] == "  return %y"


def test_every_pass_has_a_name_and_is_tried() -> None:
    tried = {"drop_noops", "drop_unused", "fold_activation", "fold_constants", "fold_pad", "view_copies"}
    tried |= {"constant_channels", "fold_binary_pool"}  # each in its own file
    assert set(PASSES.names()) == tried
