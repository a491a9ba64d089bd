"""How much of a file's arithmetic is binary, and which real-valued layers multiply signs alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

import numpy as np

from edgeopt.ir import Array, Shape
from edgeopt.larq.weights import row_scales
from edgeopt.schema import ModelFile, Operator, read_int_map, shape_and_signature

CONVOLUTION, QUANTIZE, DEQUANTIZE, POOL = "LceBconv2d", "LceQuantize", "LceDequantize", "LceBMaxPool2d"
ENGINE_OPERATORS = (CONVOLUTION, QUANTIZE, DEQUANTIZE, POOL)
# Real-valued operators with weights -> position of the weights among the inputs
WEIGHTED = {"CONV_2D": 1, "DEPTHWISE_CONV_2D": 1, "FULLY_CONNECTED": 1, "TRANSPOSE_CONV": 1, "CONV_3D": 1}
_WORD_BITS = 32
_TYPES = {"FLOAT32": np.float32, "INT8": np.int8}  # of weights; int8 where training simulated it


@dataclass(frozen=True)
class Work:
    """Layers with weights, and their multiply-accumulates in one inference."""

    binary_layers: int
    binary_macs: int
    real_layers: int
    real_macs: int


def work_of(file: ModelFile) -> Work:
    """The work of a file; a FULLY_CONNECTED of signs by signs counts as binary, as it is on the device."""
    binary = [binary_macs(file, operator) for operator in file.operators if operator.name == CONVOLUTION]
    real: list[int] = []
    for operator in real_operators(file):
        (binary if is_binary_dense(file, operator) else real).append(real_macs(file, operator))
    return Work(len(binary), sum(binary), len(real), sum(real))


def real_operators(file: ModelFile) -> Iterator[Operator]:
    """Real-valued operators whose weights are constant."""
    for operator in file.operators:
        position = WEIGHTED.get(operator.name)
        if position is not None and len(operator.inputs) > position:
            weights = operator.inputs[position]
            if weights >= 0 and file.tensors[weights]["type"] in _TYPES and file.data(weights).size:
                yield operator


def is_binary_dense(file: ModelFile, operator: Operator) -> bool:
    """Whether it is what the Engine leaves of a QuantDense: bits as floats by weights of one size a row."""
    maker = maker_of(file, operator.inputs[0])
    signs = maker is not None and maker.name == DEQUANTIZE
    return operator.name == "FULLY_CONNECTED" and signs and has_binary_weights(file, operator)


def has_binary_weights(file: ModelFile, operator: Operator) -> bool:
    """Whether the weights of each output channel have one magnitude, which is not 0; as the device asks it."""
    weights = weights_of(file, operator)
    if not weights.size:
        return False
    scales = row_scales(np.moveaxis(weights, -1, 0) if operator.name in ("DEPTHWISE_CONV_2D", "CONV_3D") else weights)
    return scales is not None and bool((scales > 0).all())


def weights_of(file: ModelFile, operator: Operator) -> Array:
    index = operator.inputs[WEIGHTED[operator.name]]
    values: Array = file.data(index).view(_TYPES[file.tensors[index]["type"]]).astype(np.float32)
    shape = shape_of(file, index)
    return values.reshape(shape if prod(shape) == values.size else (1, values.size))


def binary_macs(file: ModelFile, operator: Operator) -> int:
    channels = options_of(operator).get("channels_in", 0)
    out_channels, *window, words = shape_of(file, operator.inputs[1])
    groups = max(1, channels // max(1, _WORD_BITS * words))
    positions = prod(shape_of(file, operator.outputs[0])[:-1])
    return int(positions * out_channels * prod(window) * channels // groups)


def options_of(operator: Operator) -> dict[str, int]:
    """The options of one of the Engine's operators."""
    options = operator.record["custom_options"]
    return read_int_map(b"" if options is None else options.tobytes())


def real_macs(file: ModelFile, operator: Operator) -> int:
    shape, out = weights_of(file, operator).shape, shape_of(file, operator.outputs[0])
    if operator.name == "TRANSPOSE_CONV":  # each input value meets all weights of its channel
        return prod(shape_of(file, operator.inputs[2])) * prod(shape[:-1])
    channels = shape[-1] if operator.name in ("DEPTHWISE_CONV_2D", "CONV_3D") else shape[0]
    return prod(out) * (prod(shape) // max(1, channels))


def maker_of(file: ModelFile, tensor: int) -> Operator | None:
    """The operator that makes a tensor; None for an input or a constant."""
    return next((operator for operator in file.operators if tensor in operator.outputs), None)


def shape_of(file: ModelFile, tensor: int) -> Shape:
    return shape_and_signature(file.names[tensor], file.tensors[tensor])[0]
