"""int8 straight from the engine's convolution: a line whose values are the engine's for every count that can be.

The engine has -multiplier / scale and (K multiplier + bias) / scale + zero point in float32, rounds the line's value
with halves away from zero and clamps it. A line of 32-bit integers has room in its offset: each count says between
which two it may lie.
"""

from __future__ import annotations

import numpy as np

from edgeopt.ir import Array, Tensor
from edgeopt.larq.operators import Bconv2d
from edgeopt.larq.sources import Scaling
from edgeopt.ops.binary._affine import affine_constants
from edgeopt.quantmath import INT32_MAX, INT32_MIN, dtype_range

_LOW, _HIGH = dtype_range("int8")
_BLOCK = 32  # channels at a time, which bounds the memory that it takes
_CHANGES = (0, 1, -1, 2, -2, 4, -4, 8, -8)  # of a multiplier


def int8_line(engine: Bconv2d, y: Tensor) -> tuple[Scaling, Array, Array, int]:
    """(what is wanted, multiplier, bias, shift) of the convolution with the int8 output y."""
    assert engine.multiplier is not None and engine.bias is not None
    products, scale = engine.products, y.q.scale
    wide = engine.multiplier.astype(np.float64), engine.bias.astype(np.float64)
    slope = (-wide[0] / scale).astype(np.float32)
    offset = ((wide[1] + products * wide[0]) / scale + y.q.zero_point).astype(np.float32)
    low, high = engine.count_bounds
    scaling = Scaling(slope.astype(np.float64), offset.astype(np.float64), low, high, (_LOW, _HIGH), "int8", y.q)
    multiplier, bias, shift = affine_constants(slope, offset, low, high)
    even = np.arange(0, 2 * products + 1, 1 if engine.pad_zero else 2)
    counts = np.unique(np.clip(even, low, high))[:, None]
    for first in range(0, slope.size, _BLOCK):
        block = slice(first, first + _BLOCK)
        targets = _engine_values(counts, slope[block], offset[block])
        multiplier[block], bias[block] = _fitted(counts, targets, multiplier[block], bias[block], shift)
    return scaling, multiplier, bias, shift


def _engine_values(counts: Array, slope: Array, offset: Array) -> Array:
    """int64 [counts, channels] as the engine has them."""
    values = (counts.astype(np.float32) * slope + offset).astype(np.float64)
    rounded = np.trunc(values + np.copysign(0.5, values))
    clamped: Array = np.clip(rounded, _LOW, _HIGH).astype(np.int64)
    return clamped


def _fitted(counts: Array, targets: Array, multiplier: Array, bias: Array, shift: int) -> tuple[Array, Array]:
    """(multiplier, bias) next to those given with which every count gives its target; those given where none do.

    A multiplier that is larger by a trifle takes halves above 0 up and those below 0 down.
    """
    found = multiplier.astype(np.int64), bias.astype(np.int64)
    open_ = np.ones(multiplier.size, bool)
    for change in _CHANGES:
        changed = multiplier.astype(np.int64) + change
        least, most = _offsets(counts, targets, changed, shift)
        offset = np.clip(bias, least, np.maximum(least, most))
        fits = open_ & (least <= most) & _in_32_bits(counts, changed, offset)
        found = np.where(fits, changed, found[0]), np.where(fits, offset, found[1])
        open_ &= ~fits
    return found


def _offsets(counts: Array, targets: Array, multiplier: Array, shift: int) -> tuple[Array, Array]:
    """Least and largest bias of each channel with which (count multiplier + bias) >> shift is the target, clamped."""
    products = counts * multiplier
    limit = np.int64(2) ** 40  # of a target that is clamped, and so says nothing on one side
    least = np.where(targets > _LOW, (targets << shift) - products, -limit).max(axis=0)
    most = np.where(targets < _HIGH, ((targets + 1) << shift) - 1 - products, limit).min(axis=0)
    return least, most


def _in_32_bits(counts: Array, multiplier: Array, bias: Array) -> Array:
    """bool [channels]: whether products and sums of every count are numbers of 32 bits."""
    products = counts[[0, -1]] * multiplier
    numbers = np.concatenate([products, products + bias, [bias]])
    inside: Array = ((numbers >= INT32_MIN) & (numbers <= INT32_MAX)).all(axis=0)
    return inside
