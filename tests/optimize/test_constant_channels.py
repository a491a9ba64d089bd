"""Channels that are constant or unused go, those that matter stay, and no output byte changes."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from support.channels import STEP, ZERO, Net, RandomNet
from support.oracle import run_tflm
from support.proof import random_array

from edgeopt.ir import Graph, evaluate
from edgeopt.load import load
from edgeopt.optimize import optimize
from edgeopt.optimize.constant_channels import constant_channels


def shapes(graph: Graph) -> list[tuple[int, ...]]:
    return [graph.io(node).output.shape for node in graph.nodes]


def assert_same_outputs(before: Graph, after: Graph, rng: np.random.Generator, count: int = 5) -> None:
    assert (before.inputs, before.outputs) == (after.inputs, after.outputs)
    extremes = [{t.name: np.full(t.shape, v, np.int8) for t in before.input_tensors} for v in (-128, 127)]
    samples = [{t.name: random_array(rng, t.shape) for t in before.input_tensors} for _ in range(count)]
    for inputs in (*extremes, *samples):
        old, new = evaluate(before, inputs), evaluate(after, inputs)
        for name in before.outputs:
            np.testing.assert_array_equal(old[name], new[name])


def pointwise(*rows: Sequence[int]) -> list[object]:
    """Weights [outputs, 1, 1, inputs]."""
    return [[[row]] for row in rows]


def constant_in_the_middle() -> Net:
    """Three channels in; of the next three the second is 20 whatever comes, and the third is never read."""
    net = Net(1, 2, 2, 3)
    net.conv(pointwise([5, 6, 7], [0, 0, 0], [3, 2, 1]), [10, 14_800, 20], 1, 2, 2, 3)
    net.conv(pointwise([1, 2, 0], [3, -4, 0]), [5, 6], 1, 2, 2, 2)
    return net


def test_a_constant_goes_into_the_bias_and_what_nobody_reads_goes(rng: np.random.Generator) -> None:
    before = constant_in_the_middle().graph()
    after = constant_channels(before)
    assert shapes(after) == [(1, 2, 2, 1), (1, 2, 2, 2)]
    first, second = (after.io(node) for node in after.nodes)
    assert (first.input(1).values.tolist(), first.input(2).values.tolist()) == (pointwise([5, 6, 7]), [10])
    # 14,800 / 100 = 148 steps from the zero point
    assert second.input(1).values.tolist() == pointwise([1], [3])
    assert second.input(2).values.tolist() == [5 + 2 * 148, 6 - 4 * 148]
    assert after.macs == 4 * 3 + 4 * 2
    assert_same_outputs(before, after, rng)


def test_printed_graph() -> None:
    lines = str(optimize(constant_in_the_middle().graph())).splitlines()
    assert [line.split(" = ")[0] for line in lines] == [
        "graph net(%t0 int8[1,2,2,3])",
        "  %t3 int8[1,2,2,1]",
        "  %t6 int8[1,2,2,2]",
        "  return %t6",
    ]


def test_left_out_where_it_is_not_wanted() -> None:
    before = constant_in_the_middle().graph()
    assert optimize(before, without={"constant_channels"}) == before


def test_a_layer_without_bias_gets_one(rng: np.random.Generator) -> None:
    net = Net(1, 1, 1, 2, zero_point=-100)
    net.conv(pointwise([50, 20], [0, 0]), [0, 3_000], 1, 1, 1, 2)
    w, _ = net.constants(pointwise([1, 2], [3, 4]), [0, 0])
    net.op("CONV_2D", [net.y, w], 1, 1, 1, 2, padding="VALID")
    before = net.graph()
    after = constant_channels(before)
    assert after.io(after.nodes[1]).input(2).values.tolist() == [60, 120]
    assert_same_outputs(before, after, rng)


def around_a_window(constant: int, padding: str, zero_point: int = ZERO) -> Graph:
    """A 3x3 convolution of two channels, the second of which is always `constant` steps above ZERO."""
    net = Net(1, 5, 5, 2)
    net.conv(pointwise([5, 6], [0, 0]), [10, 100 * constant], 1, 5, 5, 2, zero_point=zero_point)
    weights = np.arange(-9, 9).reshape(1, 3, 3, 2)
    size = 5 if padding == "SAME" else 3
    net.conv(weights, [7], 1, size, size, 1, padding=padding)
    return net.graph()


@pytest.mark.parametrize(("constant", "padding"), [(9, "VALID"), (0, "VALID"), (0, "SAME")])
def test_windows_that_meet_no_other_value_lose_it(constant: int, padding: str, rng: np.random.Generator) -> None:
    before = around_a_window(constant, padding)
    after = constant_channels(before)
    assert shapes(after)[0] == (1, 5, 5, 1)
    assert_same_outputs(before, after, rng)


def test_a_constant_other_than_the_padding_stays() -> None:
    before = around_a_window(9, "SAME")
    assert constant_channels(before) is before


def test_a_bias_that_would_leave_int32_keeps_the_channel() -> None:
    net = Net(1, 1, 1, 1)
    net.conv(pointwise([0], [1]), [25_000, 0], 1, 1, 1, 2)  # 250 steps above the zero point
    net.conv(pointwise([100, 1]), [2**31 - 1 - 250 * 100], 1, 1, 1, 1)
    assert shapes(constant_channels(net.graph()))[0] == (1, 1, 1, 1)
    net = Net(1, 1, 1, 1)
    net.conv(pointwise([0], [1]), [25_000, 0], 1, 1, 1, 2)
    net.conv(pointwise([100, 1]), [2**31 - 250 * 100], 1, 1, 1, 1)
    before = net.graph()
    assert constant_channels(before) is before


def test_depthwise_channels_go_on_both_sides(rng: np.random.Generator) -> None:
    net = Net(1, 4, 4, 2)
    net.conv(pointwise([5, 6], [0, 0], [1, 9]), [10, 0, -5], 1, 4, 4, 3)
    taps = np.arange(3 * 3 * 6).reshape(1, 3, 3, 6) - 20  # a multiplier of 2
    net.conv(taps, np.arange(6) * 100, 1, 4, 4, 6, name="DEPTHWISE_CONV_2D", padding="SAME", depth_multiplier=2)
    net.conv(pointwise([1, 2, 3, 4, 0, 0]), [6], 1, 4, 4, 1)
    before = net.graph()
    after = constant_channels(before)
    assert shapes(after) == [(1, 4, 4, 1), (1, 4, 4, 2), (1, 4, 4, 1)]
    np.testing.assert_array_equal(after.io(after.nodes[1]).input(1).values, taps[..., :2])
    assert_same_outputs(before, after, rng)


def test_a_depthwise_layer_without_bias_loses_channels_too(rng: np.random.Generator) -> None:
    net = Net(1, 4, 4, 2)
    net.conv(pointwise([5, 6], [0, 0], [1, 9]), [10, 0, -5], 1, 4, 4, 3)
    taps = np.arange(3 * 3 * 3).reshape(1, 3, 3, 3) - 9
    w, _ = net.constants(taps, [0, 0, 0])
    net.op("DEPTHWISE_CONV_2D", [net.y, w], 1, 4, 4, 3, padding="SAME", depth_multiplier=1)
    net.conv(pointwise([1, 2, 0]), [6], 1, 4, 4, 1)
    before = net.graph()
    after = constant_channels(before)
    assert shapes(after) == [(1, 4, 4, 1), (1, 4, 4, 1), (1, 4, 4, 1)]
    assert_same_outputs(before, after, rng)


def test_a_depthwise_constant_that_padding_breaks_stays() -> None:
    net = Net(1, 4, 4, 2)
    net.conv(pointwise([5, 6], [0, 0]), [10, 900], 1, 4, 4, 2)
    net.conv(np.ones((1, 3, 3, 2)), [0, 0], 1, 4, 4, 2, name="DEPTHWISE_CONV_2D", padding="SAME")
    net.conv(pointwise([1, 1]), [6], 1, 4, 4, 1)
    before = net.graph()
    assert constant_channels(before) is before


def test_what_the_caller_or_another_operator_sees_stays() -> None:
    net = constant_in_the_middle()
    seen = net.m.tensor([1, 2, 2, 3], scale=STEP, zero_point=ZERO)
    net.m.op("RELU", [3], [seen])
    assert constant_channels(net.graph(net.y, 3)).nodes == net.graph(net.y, 3).nodes  # an output of the network
    net = constant_in_the_middle()
    soft = net.m.tensor([1, 2, 2, 3], scale=1 / 256, zero_point=-128)
    net.m.op("SOFTMAX", [3], [soft], {"beta": 1.0})
    before = net.graph(net.y, soft)
    assert constant_channels(before) is before


def test_one_channel_is_left_where_none_is_needed(rng: np.random.Generator) -> None:
    net = Net(1, 2, 2, 2)
    net.conv(pointwise([0, 0], [0, 0]), [500, 900], 1, 2, 2, 2)
    side = net.conv(pointwise([1, 1], [1, 2]), [100, 200], 1, 2, 2, 2)
    net.op("ADD", [side, net.x], 1, 2, 2, 2)
    before = net.graph()
    after = constant_channels(before)
    assert shapes(after)[0] == (1, 2, 2, 1)
    assert_same_outputs(before, after, rng)


def test_weights_that_another_layer_reads_are_not_touched(rng: np.random.Generator) -> None:
    net = Net(1, 2, 2, 2)
    shared = net.constants(pointwise([1, 2], [3, 4]), [5, 6])
    first = net.conv(pointwise([5, 6], [0, 0]), [10, 400], 1, 2, 2, 2)
    after_first = net.op("CONV_2D", [first, *shared], 1, 2, 2, 2, padding="VALID")
    straight = net.op("CONV_2D", [net.x, *shared], 1, 2, 2, 2, padding="VALID")
    before = net.graph(after_first, straight)
    after = constant_channels(before)
    assert [after.io(node).input(1).shape[-1] for node in after.nodes] == [2, 1, 2]
    assert_same_outputs(before, after, rng)


def test_a_residual_keeps_both_sides_alike(rng: np.random.Generator) -> None:
    net = Net(1, 2, 2, 2)
    a = net.conv(pointwise([5, 6], [0, 0], [2, 1]), [10, 900, 0], 1, 2, 2, 3)
    b = net.conv(pointwise([1, 0, 3], [0, 0, 0], [0, 0, 0]), [10, 0, 50], 1, 2, 2, 3)
    net.op("ADD", [a, b], 1, 2, 2, 3)
    net.conv(pointwise([1, 2, 0], [3, 4, 0]), [0, 0], 1, 2, 2, 2)
    before = net.graph()
    after = constant_channels(before)
    # the third is not read behind the sum, but the second layer reads it; the second is constant throughout
    assert shapes(after)[:3] == [(1, 2, 2, 2)] * 3
    assert_same_outputs(before, after, rng)


def test_a_flattened_image_loses_its_channels_in_every_pixel(rng: np.random.Generator) -> None:
    net = Net(1, 2, 2, 2)
    net.conv(pointwise([5, 6], [0, 0]), [10, 900], 1, 2, 2, 2)
    shape = net.m.tensor([2], "int32", data=[1, 8])
    net.op("RESHAPE", [net.y, shape], 1, 8)
    net.conv(np.arange(24).reshape(3, 8), [1, 2, 3], 1, 3, name="FULLY_CONNECTED")
    before = net.graph()
    after = constant_channels(before)
    assert shapes(after) == [(1, 2, 2, 1), (1, 4), (1, 3)]
    assert_same_outputs(before, after, rng)


def test_a_table_narrows_what_may_come(rng: np.random.Generator) -> None:
    net = Net(1, 2, 2, 2)
    net.conv(pointwise([0, 1], [5, 6]), [-3000, 0], 1, 2, 2, 2, zero_point=0)  # at most -5 steps
    relu = net.op("RELU", [net.y], 1, 2, 2, 2, zero_point=0)
    net.op("MUL", [relu, relu], 1, 2, 2, 2, zero_point=0)
    net.conv(pointwise([1, 2]), [0], 1, 2, 2, 1)
    before = net.graph()
    after = constant_channels(before)
    assert shapes(after)[0] == (1, 2, 2, 1)
    assert_same_outputs(before, after, rng)


def test_random_networks_compute_the_same(rng: np.random.Generator) -> None:
    fewer = 0
    for _ in range(60):
        before = RandomNet(rng).graph()
        after = optimize(before)
        assert_same_outputs(before, after, rng)
        assert constant_channels(after) is after, "once is enough"
        fewer += after.macs < before.macs
    assert fewer >= 30


def test_random_networks_equal_tflm(rng: np.random.Generator) -> None:
    for _ in range(10):
        net = RandomNet(rng)
        model, graph = net.bytes(), optimize(net.graph())
        x = random_array(rng, graph.input_tensors[0].shape)
        (wanted,) = run_tflm(model, [x])
        np.testing.assert_array_equal(evaluate(graph, {graph.inputs[0]: x})[graph.outputs[0]], wanted)


def test_half_of_a_real_network_is_constant(shared_models: Path, rng: np.random.Generator) -> None:
    path = shared_models / "vww_mobilenet_int8.tflite"
    before = load(path)
    after = optimize(before)
    assert (before.macs, after.macs) == (7_489_664, 3_727_313)
    weights = [after.io(node).input(1).elements for node in after.nodes if node.op.macs(after.io(node))]
    assert sum(weights) == 29_066
    for _ in range(3):
        x = random_array(rng, (1, 96, 96, 3))
        (wanted,) = run_tflm(path.read_bytes(), [x])
        np.testing.assert_array_equal(evaluate(after, {after.inputs[0]: x})[after.outputs[0]], wanted)


def test_as_many_channels_as_a_file_may_ask_for() -> None:
    net = Net(1, 1, 1, 2**30)
    net.op("ADD", [net.x, net.x], 1, 1, 1, 2**30)
    before = net.graph()
    assert constant_channels(before) is before


def test_as_many_inputs_as_a_file_may_ask_for() -> None:
    net = Net(1, 1, 1, 1)
    inner = net.op("LEAKY_RELU", [net.x], 1, 1, 1, 1, alpha=0.2)
    net.op("CONCATENATION", [inner] * 10_000, 1, 1, 1, 10_000, axis=3)
    before = net.graph()
    assert constant_channels(before) is before
