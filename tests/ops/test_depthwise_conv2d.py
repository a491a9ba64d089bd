"""DEPTHWISE_CONV_2D: tflite-micro == numpy == C, and which kernel a layer gets."""

from pathlib import Path

import numpy as np
import pytest
from support.layers import ACTIVATIONS, Layer, assert_exact, layer_model, random_traits, random_window

from edgeopt.ir import Target
from edgeopt.load import load_bytes

SEEDS = range(4)
LAYERS_PER_SEED = 12


def random_layer(rng: np.random.Generator, in_channels: int, depth_multiplier: int) -> Layer:
    batch, height, width = int(rng.integers(1, 3)), int(rng.integers(1, 9)), int(rng.integers(1, 9))
    options, kernel, out = random_window(rng, (height, width))
    options["fused_activation_function"] = str(rng.choice(ACTIVATIONS))
    options["depth_multiplier"] = depth_multiplier
    channels = in_channels * depth_multiplier
    return Layer(
        "DEPTHWISE_CONV_2D",
        [batch, height, width, in_channels],
        [1, *kernel, channels],
        [batch, *out, channels],
        channel_axis=3,
        options=options,
        **random_traits(rng),
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_random_depthwise_convolutions(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    sizes = [(int(rng.integers(1, 14)), int(rng.choice([1, 1, 2, 3]))) for _ in range(LAYERS_PER_SEED)]
    assert_exact(rng, [random_layer(rng, *size) for size in sizes], tmp_path)


@pytest.mark.parametrize("stride", [1, 2])
def test_3x3_with_every_border(stride: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(stride)
    layers = []
    for size in (1, 2, 3, 7):
        out = -(-size // stride)
        options = {"padding": "SAME", "stride_h": stride, "stride_w": stride}
        layer = Layer(
            "DEPTHWISE_CONV_2D", [1, size, 7, 8], [1, 3, 3, 8], [1, out, -(-7 // stride), 8], 3, options=options
        )
        layers.append(layer)
    assert_exact(rng, layers, tmp_path)


@pytest.mark.parametrize(
    ("in_channels", "depth_multiplier", "kernel"),
    [
        (4, 1, "eo_depthwise_conv2d_s8"),
        (7, 1, "eo_depthwise_conv2d_s8"),
        (3, 1, "eo_depthwise_conv2d_any_s8"),
        (4, 2, "eo_depthwise_conv2d_any_s8"),
        (1, 8, "eo_conv2d_s8"),
    ],
)
def test_kernel_of_a_layer(in_channels: int, depth_multiplier: int, kernel: str) -> None:
    rng = np.random.default_rng(3)
    graph = load_bytes(layer_model(rng, random_layer(rng, in_channels, depth_multiplier)), "net")
    (node,) = graph.nodes
    (call,) = node.op.c_calls(graph.io(node), Target())
    assert call.kernel == kernel
