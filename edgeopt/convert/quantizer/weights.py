"""Weights and biases as integers: symmetric, one scale a channel or one in all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeopt.ir import Array

_LARGEST = {"int8": 127, "int4": 7}  # the same on both sides: -128 and -8 are not used
_LARGEST_BIAS = {"int32": 2.0**30, "int64": 2.0**38}  # int32: half its range is left to the products; int64: TFLM's 40
# A channel whose multiplier is below 2^-31 gives 0 anyway; kept above, every channel has one that can be written down
_SMALLEST_MULTIPLIER = 2.0**-30
_SHRINKAGES = {"int8": (1.0,), "int4": tuple(float(step) / 40 for step in range(40, 19, -1))}


@dataclass(frozen=True)
class Weights:
    """Integers in the shape of the float weights, unpacked, and float32 scales along `axis` (one: for all)."""

    integers: Array
    scales: Array
    axis: int


def best_scales(weights: Array, axis: int, dtype: str, per_tensor: bool) -> Array:
    """Scales along `axis`, float64, one where `per_tensor`: the smallest that hold the weights, for int4 those of the
    least squared error."""
    blocks = weights.reshape(1, -1) if per_tensor else np.moveaxis(weights, axis, 0).reshape(weights.shape[axis], -1)
    return np.array([_best_scale(block.astype(np.float64), dtype) for block in blocks])


def smallest_scales(bias: Array | None, input_scale: float, output_scale: float) -> Array:
    """What the scales of weights must not fall below, one a channel or one in all.

    The bias must fit into 30 bits of input_scale * scale, and the layer's multiplier, input_scale * scale /
    output_scale, must not be too small to be written.
    """
    floor = np.full(1, _SMALLEST_MULTIPLIER * output_scale / input_scale)
    if bias is None:
        return floor
    needed: Array = np.maximum(floor, np.abs(bias.astype(np.float64)) / (input_scale * _LARGEST_BIAS["int32"]))
    return needed


def quantize_weights(weights: Array, scales: Array, dtype: str, axis: int, floor: Array) -> Weights:
    """The weights of a layer by `scales`, raised to `floor` where they are below it."""
    raised = np.maximum(scales, floor if len(scales) > 1 else floor.max()).astype(np.float32)
    shape = [1] * weights.ndim
    shape[axis] = len(raised)
    q = _rounded(weights / raised.astype(np.float64).reshape(shape), _LARGEST[dtype])
    return Weights(np.ascontiguousarray(q, np.int8), raised, axis)


def quantize_bias(bias: Array, input_scale: float, scales: Array, dtype: str) -> tuple[Array, Array]:
    """(integers, float32 scales input_scale * scale) of a bias with one value a channel."""
    steps = np.float32(input_scale) * scales
    q = np.asarray(bias, np.float64) / steps.astype(np.float64)
    return _rounded(q, _LARGEST_BIAS[dtype]).astype(dtype), steps


def pack_int4(integers: Array) -> Array:
    """Two to a byte in the order of the array, the first in the low half; uint8."""
    flat = integers.reshape(-1).astype(np.uint8) & 15
    pairs = np.append(flat, np.zeros(len(flat) % 2, np.uint8)).reshape(-1, 2)
    packed: Array = pairs[:, 0] | (pairs[:, 1] << 4)
    return packed


def _best_scale(block: Array, dtype: str) -> float:
    largest = float(np.abs(block).max(initial=0.0))
    if largest == 0.0:
        return 0.0
    candidates = [largest * shrinkage / _LARGEST[dtype] for shrinkage in _SHRINKAGES[dtype]]
    if len(candidates) == 1:
        return candidates[0]
    errors = [float(np.square(_rounded(block / s, _LARGEST[dtype]) * s - block).sum()) for s in candidates]
    return candidates[int(np.argmin(errors))]


def _rounded(x: Array, largest: float) -> Array:
    """To the nearest integer, halves away from zero, at most `largest` on both sides."""
    clipped: Array = np.clip(np.trunc(x + np.copysign(0.5, x)), -largest, largest)
    return clipped
