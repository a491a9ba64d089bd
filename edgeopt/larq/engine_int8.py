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
from edgeopt.ops.binary._affine import affine_constants, fits_int32
from edgeopt.quantmath import dtype_range

_LOW, _HIGH = dtype_range("int8")


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
    counts = np.arange(low, high + 1, 1 if engine.pad_zero else 2)[:, None]
    targets = _engine_values(counts, slope, offset)
    return scaling, multiplier, _fitted(counts, targets, multiplier, bias, shift), shift


def _engine_values(counts: Array, slope: Array, offset: Array) -> Array:
    """int64 [counts, channels] as the engine has them."""
    values = (counts.astype(np.float32) * slope + offset).astype(np.float64)
    rounded = np.trunc(values + np.copysign(0.5, values))
    clamped: Array = np.clip(rounded, _LOW, _HIGH).astype(np.int64)
    return clamped


def _fitted(counts: Array, targets: Array, multiplier: Array, bias: Array, shift: int) -> Array:
    """The biases nearest to `bias` with which every count gives its target; as they are where there is none."""
    products = counts * multiplier.astype(np.int64)
    limit = np.int64(2) ** 40  # of a target that is clamped, and so says nothing on one side
    least = np.where(targets > _LOW, (targets << shift) - products, -limit).max(axis=0)
    most = np.where(targets < _HIGH, ((targets + 1) << shift) - 1 - products, limit).min(axis=0)
    fitted = np.where(least <= most, np.clip(bias, least, np.maximum(least, most)), bias)
    fits = fits_int32(multiplier, fitted, int(counts.min()), int(counts.max()))
    return (fitted if fits else bias).astype(np.int32)
