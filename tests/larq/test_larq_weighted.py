"""Layers that a file has in float with weights of +- one number a channel: bits as the Larq Compute Engine's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from support.lce import run_lce, with_ranges
from support.lce_chains import FloatWork
from support.proof import reference

from edgeopt.ir import Array, Graph
from edgeopt.load import load_bytes
from edgeopt.optimize import optimize
from edgeopt.schema import Ranges

EXACT = (1 / 128, 0)  # with it all products and sums of a layer are exact in float32, whatever their order
PIXELS = (float(np.float32(1 / 255)), -128)
CHANNELS = 64


class Weighted(FloatWork):
    """Networks from an 8-bit input."""

    def __init__(self, rng: np.random.Generator, shape: Sequence[int], exact: bool) -> None:
        super().__init__(rng)
        self.quant, self.exact = (EXACT if exact else PIXELS), exact
        self.shape = [1, *shape]
        self.x = self.tensor(self.shape, "float32")

    def signed(self, *shape: int, axis: int = 0) -> Array:
        """Weights of one size a channel, a channel of zeros among them."""
        sizes = 2.0 ** self.rng.integers(-2, 2, shape[axis]) if self.exact else self.rng.uniform(0.01, 0.2, shape[axis])
        sizes[shape[axis] // 2] = 0
        scale = sizes.reshape([-1 if index == axis else 1 for index in range(len(shape))])
        return (self.rng.choice([-1, 1], shape) * scale).astype(np.float32)

    def bias(self, weights: Array) -> Array:
        """Ties in the middle of the sums where all is exact, and elsewhere anything."""
        step = np.abs(weights.reshape(len(weights), -1)[:, 0]) * (self.quant[0] if self.exact else 1)
        return (step * np.rint(self.rng.normal(0, 9, len(weights))) + (0 if self.exact else 0.0123)).astype(np.float32)

    def layer(self, name: str, x: int, weights: Array, shape: Sequence[int], **options: object) -> int:
        self.shape = shape
        return self.float_op(name, x, [weights, self.bias(weights)], **options)

    def to_bits(self, x: int) -> int:
        return self.quantize(x, self.shape)

    def done(self, y: int) -> bytes:
        return with_ranges(self.finish([self.x], [y]), Ranges({}, {self.x: self.quant}))


def assert_same_bits(m: Weighted, y: int, forms: Sequence[str]) -> Graph:
    """Of the network with the bits y, that the nodes are of these forms, and the bits the Engine's."""
    model = m.done(y)
    graph = optimize(load_bytes(model, "case"))
    assert [node.op.name for node in graph.nodes if not node.op.is_view] == list(forms), str(graph)
    (x,) = graph.input_tensors
    samples = m.rng.integers(-128, 128, [24, *x.shape[1:]]).astype(np.int8)
    real = ((samples.astype(np.float64) - x.q.zero_point) * x.q.scale).astype(np.float32)
    (wanted,) = run_lce(model, [real])
    found = np.stack([reference(graph, [sample[None]])[0] for sample in samples])
    assert np.array_equal(found, wanted), str(graph)
    assert 0.02 < np.unpackbits(found.view(np.uint8)).mean() < 0.9
    return graph


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_first_convolution(exact: bool, padding: str, rng: np.random.Generator) -> None:
    m = Weighted(rng, [6, 7, 3], exact)
    shape = [1, 3, 4, CHANNELS] if padding == "SAME" else [1, 2, 3, CHANNELS]
    weights = m.signed(CHANNELS, 3, 3, 3)
    y = m.layer("CONV_2D", m.x, weights, shape, padding=padding, stride_h=2, stride_w=2)
    assert_same_bits(m, m.to_bits(y), ["binary_weight_conv2d"])


@pytest.mark.parametrize("order", ["pool first", "norm first"])
def test_first_convolution_with_pool_and_norm(order: str, rng: np.random.Generator) -> None:
    m = Weighted(rng, [9, 9, 1], exact=True)
    weights = m.signed(CHANNELS, 3, 3, 1)
    y = m.layer("CONV_2D", m.x, weights, [1, 7, 7, CHANNELS], padding="VALID", fused_activation_function="RELU")
    y = m.norm(m.pool(y), CHANNELS) if order == "pool first" else m.pool(m.norm(y, CHANNELS))
    assert_same_bits(m, m.to_bits(y), ["binary_weight_conv2d"])


@pytest.mark.parametrize("exact", [True, False])
def test_first_dense_layer(exact: bool, rng: np.random.Generator) -> None:
    m = Weighted(rng, [5, 5, 4], exact)
    y = m.layer("FULLY_CONNECTED", m.flatten(m.x), m.signed(CHANNELS, 100), [1, CHANNELS])
    assert_same_bits(m, m.to_bits(y), ["binary_weight_conv2d"])


@pytest.mark.parametrize("channels", [1, 20, 32, 40, 96])
@pytest.mark.parametrize("exact", [True, False])
def test_dense_layers_of_flattened_bits(exact: bool, channels: int, rng: np.random.Generator) -> None:
    m = Weighted(rng, [3, 3, channels], exact)
    bits = m.to_bits(m.float_op("ADD", m.x, [np.float32([0 if exact else -0.5])]))
    features = 9 * channels
    y = m.flatten(m.dequantize(bits, [1, 3, 3, channels]))
    y = m.layer("FULLY_CONNECTED", y, m.signed(CHANNELS, features), [1, CHANNELS])
    y = m.layer("FULLY_CONNECTED", m.dequantize(m.to_bits(y), m.shape), m.signed(50, CHANNELS), [1, 50])
    graph = assert_same_bits(m, m.to_bits(y), ["threshold_s8", "binary_dense", "binary_dense"])
    assert graph.binary_macs == -(-channels // 32) * 32 * 9 * CHANNELS + 50 * CHANNELS or channels % 32


def test_flattening_in_front_of_the_sign(rng: np.random.Generator) -> None:
    m = Weighted(rng, [3, 3, 20], exact=True)
    bits = m.to_bits(m.flatten(m.x))
    y = m.layer("FULLY_CONNECTED", m.dequantize(bits, [1, 180]), m.signed(CHANNELS, 180), [1, CHANNELS])
    assert_same_bits(m, m.to_bits(y), ["threshold_s8", "binary_dense"])


def test_rows_of_another_length_are_repacked(rng: np.random.Generator) -> None:
    m = Weighted(rng, [2, 20], exact=True)
    bits = m.to_bits(m.x)
    y = m.tensor([1, 1, 1, 40], "float32")
    m.op("RESHAPE", [m.dequantize(bits, m.shape), m.tensor([4], "int32", data=[1, 1, 1, 40])], [y])
    m.shape = [1, 1, 1, 40]
    bits, slopes = m.quantize(y, m.shape), m.slopes(CHANNELS)
    weights = m.weights(rng.integers(0, 2, [CHANNELS, 1, 1, 40]))
    m.shape = [1, 1, 1, CHANNELS]
    y = m.bconv(bits, weights, m.shape, {"channels_in": 40}, multiplier=slopes, bias=m.terms(slopes))
    assert_same_bits(m, m.to_bits(y), ["threshold_s8", "binary_repack", "binary_conv2d"])


def test_a_convolution_of_bits_that_the_engine_left_in_float(rng: np.random.Generator) -> None:
    """Groups of fewer than 32 channels: the bits become numbers of 8 bits."""
    m = Weighted(rng, [5, 5, 24], exact=True)
    y = m.dequantize(m.to_bits(m.x), m.shape)
    y = m.layer("CONV_2D", y, m.signed(CHANNELS, 3, 3, 6), [1, 5, 5, CHANNELS], padding="SAME")
    assert_same_bits(m, m.to_bits(y), ["threshold_s8", "binary_unpack", "binary_weight_conv2d"])


def test_a_pool_of_bits_that_the_file_has_in_float(rng: np.random.Generator) -> None:
    m = Weighted(rng, [4, 6, 40], exact=True)
    y = m.pool(m.dequantize(m.to_bits(m.x), m.shape))
    assert_same_bits(m, m.to_bits(y), ["threshold_s8", "binary_max_pool_2d"])


def test_zeros_around_values_are_positive_signs(rng: np.random.Generator) -> None:
    m = Weighted(rng, [4, 4, 3], exact=True)
    y = m.layer("CONV_2D", m.x, m.signed(CHANNELS, 3, 3, 3), [1, 4, 4, CHANNELS], padding="SAME")
    z = m.tensor([1, 6, 7, CHANNELS], "float32")
    m.op("PAD", [y, m.tensor([4, 2], "int32", data=[[0, 0], [1, 1], [2, 1], [0, 0]])], [z])
    m.shape = [1, 6, 7, CHANNELS]
    assert_same_bits(m, m.to_bits(z), ["binary_weight_conv2d", "pad"])


@pytest.mark.parametrize("offset", [0.0, -1.0])
def test_a_rescaling_in_front_of_the_first_layer_costs_nothing(offset: float, rng: np.random.Generator) -> None:
    m = Weighted(rng, [6, 6, 3], exact=True)
    y = m.float_op("MUL", m.x, [np.float32(-4).reshape(())])
    if offset:
        y = m.float_op("ADD", y, [np.float32([offset])])
    padding = "VALID" if offset else "SAME"
    size = 4 if offset else 6
    y = m.layer("CONV_2D", y, m.signed(CHANNELS, 3, 3, 3), [1, size, size, CHANNELS], padding=padding)
    assert_same_bits(m, m.to_bits(y), ["binary_weight_conv2d"])


def test_a_rescaling_in_front_of_a_dense_layer(rng: np.random.Generator) -> None:
    m = Weighted(rng, [4, 4, 2], exact=True)
    y = m.flatten(m.float_op("SUB", m.x, [np.float32([0.5])]))
    y = m.layer("FULLY_CONNECTED", y, m.signed(CHANNELS, 32), [1, CHANNELS])
    assert_same_bits(m, m.to_bits(y), ["binary_weight_conv2d"])


def test_weights_of_several_sizes_are_no_bits(rng: np.random.Generator) -> None:
    m = Weighted(rng, [4, 4, 3], exact=True)
    weights = m.signed(CHANNELS, 3, 3, 3)
    weights[5, 0, 0, 0] *= 2
    y = m.layer("CONV_2D", m.x, weights, [1, 4, 4, CHANNELS], padding="SAME")
    model = with_ranges(m.finish([m.x], [m.to_bits(y)]), Ranges({y: (-3.0, 3.0)}, {m.x: EXACT}))
    names = [node.op.name for node in load_bytes(model, "case").nodes]
    assert names == ["quantize", "conv2d_s16", "threshold_s16"]
