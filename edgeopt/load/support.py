"""What edgeopt cannot do with a model's layers: errors to be raised as one, each with what to do about it."""

from collections.abc import Iterator, Mapping, Sequence

from edgeopt.errors import UnsupportedModel
from edgeopt.ir import Layer, Tensor
from edgeopt.ops import OPS
from edgeopt.schema import UNROLL

_ODD_FLOATS = ("float16", "float64")
_FLOATS = ("float32", *_ODD_FLOATS)
_BORDER = ("QUANTIZE", "DEQUANTIZE")  # a float input or output of an int8 network passes through these
_SHAPE_OPERATORS = {"SHAPE", "STRIDED_SLICE", "PACK"}  # what Keras leaves in the file to compute shapes at run time

LIMITS = "see docs/supported_ops.md for what each operator can do"
OPEN_BATCH = "an open batch leaves SHAPE, STRIDED_SLICE and PACK in a model: convert it with batch_shape=(1, ...)"
CONVERT = "convert it first, from its float form: edgeopt convert MODEL --calibration DATA.npz -o M.tflite"


def unknown_operators(operators: Mapping[str, str]) -> Iterator[UnsupportedModel]:
    """An error for each operator, of those by layer name, that edgeopt does not have: how often, in which layers."""
    layers: dict[str, list[str]] = {}
    for layer, operator in operators.items():
        if operator not in OPS:
            layers.setdefault(operator, []).append(f"`{layer}`")
    hint = OPEN_BATCH if _SHAPE_OPERATORS & set(layers) else LIMITS
    if any("TensorList" in operator for operator in layers):  # what a recurrent layer's loop fills
        hint = UNROLL
    for operator, names in layers.items():
        yield UnsupportedModel(f"operator {operator} is not supported ({len(names)}x: {', '.join(names)})", hint)


def float_layers(layers: Sequence[Layer], allow_float: bool = False) -> Iterator[UnsupportedModel]:
    """One error if layers compute in float on weights of fewer bits, or, unless `allow_float`, if all of them do.

    Some layers in float between those of an integer network are well.
    """
    in_float = [layer for layer in layers if is_float(layer)]
    weights = {tensor.dtype for layer in in_float for tensor in layer.tensors if _is_weight(tensor)}
    if "float16" in weights:
        yield UnsupportedModel("a float model with float16 weights", CONVERT)
    elif weights:
        what = f"float activations and {min(weights)} weights (hybrid: dynamic-range quantization)"
        yield UnsupportedModel(what, CONVERT)
    elif in_float and not allow_float and all(is_float(layer) or layer.operator in _BORDER for layer in layers):
        yield UnsupportedModel("a float model", CONVERT)
    elif odd := [layer for layer in in_float if any(tensor.dtype in _ODD_FLOATS for tensor in layer.tensors)]:
        names = ", ".join(f"`{layer.name}`" for layer in odd)
        yield UnsupportedModel(f"float of another size than float32, in {names}", CONVERT)


def broken_limits(layer: Layer, name: str, sentences: Sequence[str]) -> UnsupportedModel:
    """The error for a layer that breaks limits of the operator `name`; in float, that it has no form for that."""
    if is_float(layer) and f"{layer.operator} float32" not in OPS:
        return UnsupportedModel(f"layer `{layer.name}` computes in float: {layer.operator} has no such form", CONVERT)
    what = "; ".join(f"layer `{layer.name}`: {name} needs that {sentence}" for sentence in sentences)
    return UnsupportedModel(what, LIMITS)


def is_float(layer: Layer) -> bool:
    """Whether the layer computes in float, which the border of an integer network does not."""
    floats = [tensor for tensor in layer.tensors if tensor.dtype in _FLOATS]
    # Dequantizing constants means weights kept in fewer bits, not the border of an int8 network
    at_border = layer.operator in _BORDER and not any(tensor.is_constant for tensor in layer.tensors)
    return bool(floats) and not at_border


def _is_weight(tensor: Tensor) -> bool:
    return tensor.is_constant and tensor.dtype in ("int8", "uint8", "int16", "float16")
