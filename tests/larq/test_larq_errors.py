"""What a binarized network cannot be: one line each, with the layer and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from support.lce import LceBuilder, flexbuffers, with_ranges
from support.lce_chains import CHANNELS, SHAPE, SIGNS, Chains

from edgeopt.errors import MalformedModel, UnsupportedModel
from edgeopt.load import load_bytes
from edgeopt.schema import Ranges

CALIBRATE = "edgeopt convert MODEL --calibration DATA.npz -o M.tflite"


def refused(model: bytes, kind: type[Exception] = UnsupportedModel) -> Any:
    """The error for a file."""
    with pytest.raises(kind) as caught:
        load_bytes(model, "m")
    assert type(caught.value) is kind or kind is UnsupportedModel
    assert "\n" not in str(caught.value)
    return caught.value


def calibrated(m: Chains, y: int, ranges: Mapping[int, tuple[float, float]] | None = None) -> bytes:
    return with_ranges(m.finish([m.x], [y]), Ranges(ranges or {}, {m.x: SIGNS}))


def test_the_scale_of_the_input_is_not_known(rng: np.random.Generator) -> None:
    m = Chains(rng)
    error = refused(m.finish([m.x], [m.quantize(m.sums(), SHAPE)]))
    assert error.message == "`m`: the scale of the input `t0` is not known"
    assert CALIBRATE in error.hint


def test_the_range_of_a_stream_is_not_known(rng: np.random.Generator) -> None:
    m = Chains(rng)
    y = m.tensor(SHAPE, "float32", name="the sum")
    m.op("ADD", [m.sums(), m.sums()], [y])
    error = refused(calibrated(m, y))
    assert error.message == "`m`: the range of the real-valued tensor `the sum` is not known"
    assert CALIBRATE in error.hint


def test_every_float_layer_without_an_integer_form_is_named(rng: np.random.Generator) -> None:
    m = Chains(rng)
    y = m.float_op("EXP", m.float_op("ELU", m.float_op("ELU", m.sums())))
    error = refused(calibrated(m, m.quantize(y, SHAPE)))
    assert error.message.startswith("`m`: float operators without an integer form in binarized networks: ELU (2x: `")
    assert "; EXP (1x: `t" in error.message


def test_several_layers_that_cannot_be_are_named_together(rng: np.random.Generator) -> None:
    m = Chains(rng)
    alphas = [np.full((4, 4, CHANNELS), 0.1, np.float32)] * 2
    outputs = [m.quantize(m.float_op("PRELU", m.sums(), [alpha]), SHAPE) for alpha in alphas]
    error = refused(with_ranges(m.finish([m.x], outputs), Ranges({}, {m.x: SIGNS})))
    assert error.message.count("PRELU with an alpha that is not one a channel") == 2
    assert "shared_axes" in error.hint


@pytest.mark.parametrize("operator", ["ADD", "MAX_POOL_2D"])
def test_a_fused_activation_that_is_no_clamp(operator: str, rng: np.random.Generator) -> None:
    m = Chains(rng)
    options = {"filter_height": 1, "filter_width": 1} if operator == "MAX_POOL_2D" else {}
    constants = [np.ones(CHANNELS, np.float32)] if operator == "ADD" else []
    y = m.float_op(operator, m.sums(), constants, fused_activation_function="TANH", **options)
    assert "the fused activation TANH is not supported" in refused(calibrated(m, m.quantize(y, SHAPE))).message


def test_weights_that_are_computed(rng: np.random.Generator) -> None:
    m = Chains(rng)
    weights = m.tensor([2, 1, 1, CHANNELS], "float32")
    y = m.tensor([1, 4, 4, 2], "float32")
    m.op("CONV_2D", [m.sums(), weights, -1], [y])
    model = with_ranges(m.finish([m.x, weights], [y]), Ranges({}, {m.x: SIGNS, weights: SIGNS}))
    assert "CONV_2D with weights that are computed" in refused(model).message


def test_numbers_that_float32_does_not_hold(rng: np.random.Generator) -> None:
    m = Chains(rng)
    huge = np.full(CHANNELS, 3e38, np.float32)
    y = m.float_op("ADD", m.float_op("MUL", m.float_op("MUL", m.sums(), [huge]), [huge]), [-huge])
    y = m.float_op("MUL", y, [np.zeros(CHANNELS, np.float32)])
    error = refused(calibrated(m, m.quantize(y, SHAPE)))
    assert "results are too large for float32" in error.message
    assert error.message.startswith("`m`: layer `")


def test_more_channels_than_a_network_has(rng: np.random.Generator) -> None:
    m = LceBuilder()
    x = m.tensor([1, 1 << 21], "float32")
    model = with_ranges(m.finish([x], [m.quantize(x, [1, 1 << 21])]), Ranges({}, {x: SIGNS}))
    assert "has 2,097,152 channels; 1,048,576 are possible" in refused(model).message


class Convolution:
    """An LceBconv2d whose parts a test spoils."""

    def __init__(self) -> None:
        self.shape = [1, 4, 4, 64]
        self.x: tuple[list[int], str] = ([1, 4, 4, 2], "int32")
        self.filters = np.zeros((32, 3, 3, 2), np.int32)
        self.output: tuple[list[int], str] = ([1, 4, 4, 32], "float32")
        self.constants: list[Any] = [np.ones(32, np.float32), np.zeros(32, np.float32), None]
        self.options: dict[str, int] = {
            "channels_in": 64,
            "dilation_height_factor": 1,
            "dilation_width_factor": 1,
            "fused_activation_function": 0,
            "pad_values": 1,
            "padding": 0,
            "stride_height": 1,
            "stride_width": 1,
        }

    def packed(self) -> None:
        self.output = ([1, 4, 4, 1], "int32")
        self.constants = [None, None, np.zeros(32, np.int32)]

    def file(self, custom: bytes | None = None) -> bytes:
        m = LceBuilder()
        x, bits = m.tensor(self.shape, "float32"), m.tensor(*self.x)
        m.op("LceQuantize", [x], [bits])
        inputs = [bits, m.tensor(self.filters.shape, "int32", data=self.filters)]
        for values in self.constants:
            inputs.append(-1 if values is None else m.tensor([len(values)], str(values.dtype), data=values))
        y = m.tensor(*self.output)
        content = bytes(flexbuffers.Dumps(self.options)) if custom is None else custom
        m.op("LceBconv2d", inputs, [y], {"custom_options": content})
        return with_ranges(m.finish([x], [y]), Ranges({}, {x: SIGNS}))


def test_the_convolution_that_the_others_are_spoiled_from() -> None:
    layer = Convolution()
    assert len(load_bytes(layer.file(), "m").nodes) == 2
    layer.packed()
    assert len(load_bytes(layer.file(), "m").nodes) == 2


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("channels_in", 65, "65 channels in 2 words"),
        ("channels_in", 0, "the option channels_in = 0"),
        ("channels_in", -64, "the option channels_in = -64"),
        ("fused_activation_function", 4, "the option fused_activation_function = 4"),
        ("pad_values", -1, "the option pad_values = -1"),
        ("padding", 2, "the option padding = 2"),
        ("stride_height", 0, "the option stride_height = 0"),
        ("dilation_width_factor", -1, "the option dilation_width_factor = -1"),
        ("stride_width", 2, "an output of shape [1, 4, 4, 32]"),
    ],
)
def test_options_of_a_convolution(key: str, value: int, message: str) -> None:
    layer = Convolution()
    layer.options[key] = value
    error = refused(layer.file(), MalformedModel)
    assert error.message.startswith("`m`: layer `")
    assert message in error.message


def test_options_that_are_missing_or_damaged() -> None:
    layer = Convolution()
    del layer.options["stride_width"]
    assert "has no option stride_width" in refused(layer.file(), MalformedModel).message
    assert "has no option channels_in" in refused(layer.file(b""), MalformedModel).message
    assert "options of a custom operator" in refused(layer.file(b"\0\1\2"), MalformedModel).message


def test_a_window_that_does_not_fit() -> None:
    layer = Convolution()
    layer.options |= {"padding": 1, "dilation_height_factor": 2}
    layer.output = ([1, 1, 2, 32], "float32")
    assert "does not fit into (4, 4)" in refused(layer.file(), MalformedModel).message


@pytest.mark.parametrize("words", [1, 3])
def test_filters_of_other_words(words: int) -> None:
    layer = Convolution()
    layer.filters = np.zeros((33, 3, 3, words), np.int32)
    layer.constants = [np.ones(33, np.float32), np.zeros(33, np.float32), None]
    layer.output = ([1, 4, 4, 33], "float32")
    assert f"a filter of {words} words for 64 channels and 33 outputs" in refused(layer.file(), MalformedModel).message


def test_constants_of_a_convolution() -> None:
    layer = Convolution()
    layer.constants[1] = np.zeros(31, np.float32)
    assert "31 numbers for 32 channels" in refused(layer.file(), MalformedModel).message
    layer.constants[1] = None
    assert "has no input 3" in refused(layer.file(), MalformedModel).message
    layer.constants[1:] = [np.zeros(32, np.float32), np.zeros(32, np.int32)]
    assert "an input 4 besides an output of float32" in refused(layer.file(), MalformedModel).message
    layer.constants = [np.zeros(32, np.int32), np.zeros(32, np.float32), None]
    assert "an input 2 of int32 [32]" in refused(layer.file(), MalformedModel).message
    layer.constants = layer.constants[:2]
    assert "4 inputs" in refused(layer.file(), MalformedModel).message


def test_outputs_of_a_convolution() -> None:
    layer = Convolution()
    layer.output = ([1, 4, 4, 32], "int8")
    assert "an output of int8" in refused(layer.file(), MalformedModel).message
    layer.output = ([1, 4, 4, 32], "int16")
    assert "an output of int16" in refused(layer.file(), MalformedModel).message


def test_padding_with_zeros_that_the_engine_does_not_have() -> None:
    layer = Convolution()
    layer.options |= {"pad_values": 0, "fused_activation_function": 1}
    assert "padding with zeros and an activation" in refused(layer.file()).message
    layer.packed()
    assert "padding with zeros and an output of bits" in refused(layer.file()).message


def test_words_that_are_none() -> None:
    layer = Convolution()
    layer.shape, layer.x = [1, 4, 256], ([1, 4, 8], "int32")
    assert "an input of int32 [1, 4, 8] instead of words of bits" in refused(layer.file(), MalformedModel).message


def test_a_pool_whose_output_has_another_shape(rng: np.random.Generator) -> None:
    m = Chains(rng)
    options = {"filter_height": 2, "filter_width": 2, "padding": 1, "stride_height": 2, "stride_width": 2}
    y = m.max_pool(m.signs, [1, 2, 3, 32], options)
    assert "an output of shape [1, 2, 3, 1]" in refused(calibrated(m, y), MalformedModel).message


@pytest.mark.parametrize("operator", ["LceQuantize", "LceDequantize", "MAX_POOL_2D", "CONV_2D", "LceBconv2d"])
def test_a_tensor_of_another_shape_than_its_values(operator: str, rng: np.random.Generator) -> None:
    m = Chains(rng)
    y, shape = m.sums(), [1, 4, 2, CHANNELS]
    if operator == "LceQuantize":
        y = m.quantize(y, shape)
    elif operator == "LceDequantize":
        y = m.dequantize(m.quantize(y, SHAPE), shape)
    elif operator == "LceBconv2d":
        y = m.bconv(m.signs, m.weights(np.zeros((CHANNELS, 3, 3, 32))), shape, {"channels_in": 32},
                    thresholds=np.zeros(CHANNELS))  # fmt: skip
    else:
        m.shape = shape
        weights = [np.ones((CHANNELS, 1, 1, 32), np.float32)] if operator == "CONV_2D" else []
        options = {"filter_height": 1, "filter_width": 1} if operator == "MAX_POOL_2D" else {}
        y = m.float_op(operator, m.x if operator == "CONV_2D" else y, weights, **options)
    error = refused(calibrated(m, y, {y: (-1.0, 1.0)}), MalformedModel)
    assert "shape" in error.message


def test_bits_where_nothing_makes_bits(rng: np.random.Generator) -> None:
    m = Chains(rng)
    words = m.tensor([1, 4, 4, 1], "int32", data=np.zeros((1, 4, 4, 1)))
    y = m.dequantize(words, [1, 4, 4, 32])
    assert "nothing makes the tensor" in refused(calibrated(m, y)).message
