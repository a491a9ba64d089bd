"""Layers are called as in the network's source, and each has a name of its own."""

import pytest

from edgeopt.schema.names import UniqueNames, layer_names, printable


@pytest.mark.parametrize(
    ("tensor", "layer"),
    [
        ("model/act/Relu;model/bn/FusedBatchNormV3;model/conv2d/BiasAdd;model/conv2d/Conv2D1", "conv2d"),
        ("model/a_1/Relu;model/dw/depthwise;model/conv_4/Conv2D;model/dw/BiasAdd/ReadVariableOp/resource1", "dw"),
        ("model/relu/Relu;model/bn/batchnorm/add_1;model/conv/convolution;model/bn/batchnorm/sub1", "conv"),
        ("model/batch_normalization/batchnorm/add_1", "batch_normalization/batchnorm"),
        ("model/activation_2/Relu;model/add/add", "add"),
        ("model/block1/conv/Conv2D", "block1/conv"),
        ("other/dense/BiasAdd", "other/dense"),
        ("Identity_int8", "relu"),
        ("StatefulPartitionedCall:0", "relu"),
    ],
)
def test_layers_are_called_as_in_keras(tensor: str, layer: str) -> None:
    names = layer_names([(tensor, "RELU"), ("model/last/Relu", "RELU")])
    expected_last = "model/last" if tensor.startswith("other") else "last"
    assert names == (layer, expected_last)


def test_layers_of_one_name_are_told_apart() -> None:
    layers = [("m/a/Relu", "RELU"), ("m/a/Relu6", "RELU6"), ("Identity", "ADD"), ("Identity_1", "ADD")]
    assert layer_names(layers) == ("a", "a_2", "add", "add_2")


def test_a_single_layer_keeps_the_last_of_its_path() -> None:
    assert layer_names([("model/block/conv/Conv2D", "CONV_2D")]) == ("conv",)
    assert layer_names([]) == ()


def test_a_suffix_that_is_taken_is_skipped() -> None:
    names = UniqueNames()
    assert [names.take(name) for name in ("a_2", "a", "a", "a", "a_2")] == ["a_2", "a", "a_3", "a_4", "a_2_2"]


def test_what_ends_a_line_does_not_get_through() -> None:
    assert printable("a\nb\u2028c\x1b[2Jd") == "a?b?c?[2Jd"
    assert printable("Größe/層") == "Größe/層"
