"""Layers are called as in the Keras model, whatever the Engine's converter leaves of the names."""

from __future__ import annotations

from collections.abc import Sequence

from edgeopt.ir import Io, Layer, Tensor
from edgeopt.larq.names import named_layers


def chain(*steps: tuple[str, str]) -> list[Layer]:
    """Layers in a row, each an operator and the name of its output."""
    x, layers = Tensor("serving_default_input_1:0", (1,), "float32"), []
    for operator, name in steps:
        y = Tensor(name, (1,), "float32")
        layers.append(Layer("as the file has it", operator, {}, Io((x,), (y,))))
        x = y
    return layers


def names(layers: Sequence[Layer]) -> list[str]:
    return [layer.name for layer in named_layers(layers)]


def test_bits_are_named_after_their_readers() -> None:
    """Names of a converted BinaryNet: of those joined by a semicolon, the last is cut off at 50 characters."""
    layers = chain(
        ("CONV_2D", "sequential/quant_conv2d/QuantConv2D2"),
        ("MAX_POOL_2D", "sequential/max_pooling2d/MaxPool"),
        ("LceQuantize", "sequential/quant_conv2d_1/ste_sign_2/Sign_1;sequen"),
        ("LceBconv2d", "sequential/quant_conv2d_2/ste_sign_4/Sign_1;sequen"),
        ("LceBconv2d", "sequential/quant_conv2d_2/QuantConv2D;sequential/q"),
        ("LceQuantize", "sequential/quant_dense/ste_sign_6/Sign_1;sequentia"),
        ("LceDequantize", "sequential/quant_dense/ste_sign_6/Sign_1;sequentia1"),
        ("FULLY_CONNECTED", "sequential/quant_dense/MatMul;sequential/batch_nor"),
        ("SOFTMAX", "StatefulPartitionedCall:0"),
    )
    assert names(layers) == [
        "quant_conv2d",
        "max_pooling2d",
        "quant_conv2d_1/ste_sign_2",
        "quant_conv2d_1",
        "quant_conv2d_2",
        "quant_dense/ste_sign_6",
        "quant_dense/ste_sign_6_2",
        "quant_dense",
        "softmax",
    ]


def test_names_that_say_nothing() -> None:
    layers = chain(("LceQuantize", "tensor_1"), ("LceBconv2d", "tensor_2"), ("LceBconv2d", "x"), ("ADD", "x/y/z"))
    assert names(layers) == ["lcequantize", "lcebconv2d", "x", "x/y"]


def test_a_whole_name_of_several_layers_keeps_its_last() -> None:
    layers = chain(("CONV_2D", "net/a/Relu;net/b/Conv2D"), ("MEAN", "net/c/Mean"))
    assert names(layers) == ["b", "c"]
