"""Float weights: of one bit where they are +- one number a channel, otherwise as int16."""

from __future__ import annotations

import numpy as np

from edgeopt.errors import UnsupportedModel
from edgeopt.ir import Array, Layer, Quant
from edgeopt.ops.int16._wide_weights import scales_for_32_bits

WEIGHT_HIGH = 16383  # largest int16 weight: see kernels


def weights_of(layer: Layer, rank: int) -> Array:
    """float32 weights, which must be constant, of so many dimensions."""
    weights = layer.io.input(1)
    if weights.data is None or weights.dtype != "float32":
        what = f"layer `{layer.name}`: {layer.operator} with weights that are computed, or not float32"
        raise UnsupportedModel(what, "convert the model with its weights as constants")
    if len(weights.shape) != rank or not weights.elements:
        raise ValueError(f"weights of shape {list(weights.shape)}")
    return weights.data


def bias_of(layer: Layer, channels: int) -> Array:
    """float64 [channels], zeros where it is left out."""
    bias = layer.io.optional(2)
    if bias is None:
        return np.zeros(channels)
    if bias.data is None or bias.dtype != "float32" or bias.elements != channels:
        raise ValueError(f"a bias of {bias.elements} {bias.dtype} for {channels} channels")
    return bias.data.reshape(-1).astype(np.float64)


def row_scales(weights: Array) -> Array | None:
    """float64 [channels], channels first: the one |weight| of each; None where a channel has several."""
    sizes = np.abs(weights.reshape(len(weights), -1))
    return sizes[:, 0].astype(np.float64) if (sizes == sizes[:, :1]).all() else None


def is_negative(weights: Array) -> Array:
    """uint8: 1 where a weight is below 0; a weight of 0 counts as +1 of the scale 0."""
    return (weights < 0).astype(np.uint8)


def channel_quant(weights: Array, bias: Array, axis: int, x: Quant, y: Quant) -> Quant:
    """The int16 quantization of weights with their channels on `axis`: scales for sums of 32 bits where they can be."""
    scales = scales_for_32_bits(np.moveaxis(weights, axis, 0), bias, x.scale)
    if not weights.any() and not bias.any():
        scales = np.full(scales.size, y.scale / x.scale)
    return Quant(tuple(float(np.float32(scale)) for scale in scales), (0,) * scales.size, axis)


def to_int16(weights: Array, quant: Quant) -> Array:
    scales = np.array(quant.scales).reshape([-1 if axis == quant.axis else 1 for axis in range(weights.ndim)])
    steps: Array = np.clip(np.rint(weights.astype(np.float64) / scales), -WEIGHT_HIGH, WEIGHT_HIGH)
    return steps
