"""A file may ask for any window: what would cost without end is refused before anything is padded."""

from typing import Any

import numpy as np
import pytest
from support.layers import Layer, layer_model
from support.proof import Case, Value

from edgeopt.errors import UnsupportedModel
from edgeopt.ir import Graph
from edgeopt.load import load_bytes

SAME = {"padding": "SAME"}


def convolution(operator: str, size: int, kernel: tuple[int, int] = (3, 3), **options: Any) -> Graph:
    """A convolution of a square input with two channels, padded to keep its size."""
    depthwise = operator == "DEPTHWISE_CONV_2D"
    weights, axis = ([1, *kernel, 2], 3) if depthwise else ([2, *kernel, 2], 0)
    shape = [1, size, size, 2]
    layer = Layer(operator, shape, weights, shape, channel_axis=axis, options={**SAME, **options})
    return load_bytes(layer_model(np.random.default_rng(1), layer), "net")


def pooling(operator: str, size: int, out_size: int, **options: Any) -> Graph:
    """A pooling of a square input with one channel."""
    data, result = (Value((1, side, side, 1), (0.1, 0)) for side in (size, out_size))
    return Case(operator, [data], result, options).graph()


@pytest.mark.parametrize("operator", ["CONV_2D", "DEPTHWISE_CONV_2D"])
@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"dilation_h_factor": 16_777_216}, "at most 32,767"),
        ({"dilation_w_factor": 2**31 - 1}, "at most 32,767"),
        ({"dilation_h_factor": 32_767, "dilation_w_factor": 32_767}, "padded input has 16,777,216 elements at most"),
        ({"dilation_h_factor": 8, "padding": "VALID"}, "fits into the padded input"),
    ],
)
def test_a_dilation_without_end_is_refused(operator: str, options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UnsupportedModel, match=sentence):
        convolution(operator, 8, **options)


@pytest.mark.parametrize("operator", ["MAX_POOL_2D", "AVERAGE_POOL_2D"])
@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"filter_height": 1, "filter_width": 2**30}, "at most 32,767"),
        ({"filter_height": 1, "filter_width": 1, "stride_h": 2**31 - 1}, "at most 32,767"),
        ({"filter_height": 257, "filter_width": 256}, "a window holds 65,536 elements at most"),
        ({"filter_height": 20_000, "filter_width": 20_000}, "padded input has 16,777,216 elements at most"),
        ({"filter_height": 9, "filter_width": 1, "padding": "VALID"}, "fits into the padded input"),
    ],
)
def test_a_pooling_without_end_is_refused(operator: str, options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UnsupportedModel, match=sentence):
        pooling(operator, 8, 8, **{**SAME, **options})


def test_windows_wider_than_their_input_stay_possible() -> None:
    """What networks do have: 3 x 3 at the very end, and the widest dilation of DeepLab."""
    for operator in ("CONV_2D", "DEPTHWISE_CONV_2D"):
        convolution(operator, 1)
        convolution(operator, 33, dilation_h_factor=36, dilation_w_factor=36)
    pooling("MAX_POOL_2D", 1, 1, **SAME, filter_height=3, filter_width=3)
    pooling("AVERAGE_POOL_2D", 96, 1, padding="VALID", filter_height=96, filter_width=96)
