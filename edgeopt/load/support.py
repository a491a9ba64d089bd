"""What edgeopt cannot do with a model's layers: errors to be raised as one, each with what to do about it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from edgeopt.errors import UnsupportedModel
from edgeopt.ir import Io, Tensor
from edgeopt.ops import OPS

_FLOATS = ("float16", "float32", "float64")
_BORDER = ("QUANTIZE", "DEQUANTIZE")  # a float input or output of an int8 network passes through these
_SHAPE_OPERATORS = {"SHAPE", "STRIDED_SLICE", "PACK"}  # what Keras leaves in the file to compute shapes at run time

LIMITS = "see docs/supported_ops.md for what each operator can do"
OPEN_BATCH = "an open batch leaves SHAPE, STRIDED_SLICE and PACK in a model: convert it with batch_shape=(1, ...)"
CONVERT = "convert it first, from its float form: edgeopt convert MODEL --calibration DATA.npz -o M.tflite"


@dataclass(frozen=True)
class Layer:
    """An operator of the file with its tensors."""

    name: str
    operator: str
    options: Mapping[str, Any]
    io: Io

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        return tuple(tensor for tensor in (*self.io.inputs, *self.io.outputs) if tensor is not None)


def unknown_operators(operators: Mapping[str, str]) -> Iterator[UnsupportedModel]:
    """An error for each operator, of those by layer name, that edgeopt does not have: how often, in which layers."""
    layers: dict[str, list[str]] = {}
    for layer, operator in operators.items():
        if operator not in OPS:
            layers.setdefault(operator, []).append(f"`{layer}`")
    hint = OPEN_BATCH if _SHAPE_OPERATORS & set(layers) else LIMITS
    for operator, names in layers.items():
        yield UnsupportedModel(f"operator {operator} is not supported ({len(names)}x: {', '.join(names)})", hint)


def float_layers(layers: Sequence[Layer]) -> Iterator[UnsupportedModel]:
    """One error if layers compute in float: all, some, or on weights of fewer bits; or if float passes between two."""
    in_float = [layer for layer in layers if _is_float(layer)]
    weights = {tensor.dtype for layer in in_float for tensor in layer.tensors if _is_weight(tensor)}
    if "float16" in weights:
        yield UnsupportedModel("a float model with float16 weights", CONVERT)
    elif weights:
        what = f"float activations and {min(weights)} weights (hybrid: dynamic-range quantization)"
        yield UnsupportedModel(what, CONVERT)
    elif in_float and len(in_float) == len(layers):
        yield UnsupportedModel("a float model", CONVERT)
    elif in_float:
        names = ", ".join(f"`{layer.name}`" for layer in in_float)
        yield UnsupportedModel(f"partly float, in {len(in_float)} of {len(layers)} layers: {names}", CONVERT)
    elif inner := _inner_floats(layers):
        yield UnsupportedModel(f"float in the middle of the network: {', '.join(inner)}", CONVERT)


def _inner_floats(layers: Sequence[Layer]) -> list[str]:
    """The float tensors that one layer computes and another reads: float is for the network's edges."""
    makers = {tensor.name: layer for layer in layers for tensor in layer.io.outputs if tensor.dtype in _FLOATS}
    return [
        f"`{tensor.name}` from layer `{makers[tensor.name].name}` to `{layer.name}`"
        for layer in layers
        for tensor in layer.io.inputs
        if tensor is not None and tensor.name in makers
    ]


def _is_float(layer: Layer) -> bool:
    floats = [tensor for tensor in layer.tensors if tensor.dtype in _FLOATS]
    # Dequantizing constants means weights kept in fewer bits, not the border of an int8 network
    at_border = layer.operator in _BORDER and not any(tensor.is_constant for tensor in layer.tensors)
    return bool(floats) and not at_border


def _is_weight(tensor: Tensor) -> bool:
    return tensor.is_constant and tensor.dtype in ("int8", "uint8", "int16", "float16")
