"""What edgeopt cannot do with a model's layers, each as one phrase, and what to do about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from edgeopt.ir import Io, Tensor
from edgeopt.ops import OPS

_FLOATS = ("float16", "float32", "float64")
_BOUNDARY = ("QUANTIZE", "DEQUANTIZE")  # a float input or output of an int8 network passes through these
_OPEN_BATCH = {"SHAPE", "STRIDED_SLICE", "PACK"}  # what Keras leaves in the file to compute shapes at run time


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


def unknown_operators(operators: Mapping[str, str]) -> list[str]:
    """A phrase for each operator, of those by layer name, that edgeopt does not have: how often, in which layers."""
    layers: dict[str, list[str]] = {}
    for layer, operator in operators.items():
        if operator not in OPS:
            layers.setdefault(operator, []).append(f"`{layer}`")
    return [
        f"operator {operator} is not supported ({len(names)}x: {', '.join(names)})"
        for operator, names in layers.items()
    ]


def float_problem(layers: Sequence[Layer]) -> list[str]:
    """One phrase if layers compute in float: all of them, on int8 weights (hybrid), or some."""
    in_float = [layer for layer in layers if _is_float(layer)]
    if not in_float:
        return []
    weights = sorted({t.dtype for layer in layers for t in _integer_weights(layer)})
    if weights:
        return [f"float activations and {weights[0]} weights (hybrid, as of dynamic-range quantization)"]
    if len(in_float) == len(layers):
        return ["a float model"]
    names = ", ".join(f"`{layer.name}`" for layer in in_float)
    return [f"partly float, in {len(in_float)} of {len(layers)} layers: {names}"]


def hint(operators: Sequence[str], is_float: bool) -> str:
    """What to do about a model with problems."""
    if is_float:
        return "convert it first, from its float form: edgeopt convert MODEL --calibration DATA.npz -o M.tflite"
    if _OPEN_BATCH & {operator for operator in operators if operator not in OPS}:
        return "an open batch leaves SHAPE, STRIDED_SLICE and PACK in a model: convert with batch_shape=(1, ...)"
    return "see docs/supported_ops.md for what each operator can do"


def _is_float(layer: Layer) -> bool:
    floats = [tensor for tensor in layer.tensors if tensor.dtype in _FLOATS]
    # Dequantizing constants means weights kept in fewer bits, not the border of an int8 network
    at_border = layer.operator in _BOUNDARY and not any(tensor.is_constant for tensor in layer.tensors)
    return bool(floats) and not at_border


def _integer_weights(layer: Layer) -> list[Tensor]:
    """Quantized constants that a float layer takes: 8 bits or fewer, or 16-bit floats that are dequantized."""
    if not _is_float(layer):
        return []
    return [t for t in layer.tensors if t.is_constant and t.dtype in ("int8", "uint8", "int16", "float16")]
