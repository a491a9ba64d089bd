"""Functions of int16 by straight lines: 513 values in flash, the upper nine bits say between which two.

Twin of kernels/eo_lines_s16.h. Source: TensorFlow Lite's LUTPopulate and LUTLookup for int16.
"""

from collections.abc import Callable

import numpy as np

from edgeopt.ir import Array

_SPANS = 512


def line_table(function: Callable[[Array], Array], low: float, high: float) -> Array:
    """int16[513]: `function` of `low` .. `high`, in Q15, computed in float32 as TensorFlow Lite does.

    Where a line misses the function in its middle, half of the miss is taken off its start.
    """
    start, step = np.float32(low), (np.float32(high) - np.float32(low)) / np.float32(_SPANS)
    index = np.arange(_SPANS, dtype=np.float32)
    q15 = np.float32(2**15)
    at, middle, after = (
        function(x) * q15 for x in (start + index * step, start + index * step + step / 2, start + (index + 1) * step)
    )
    miss = _rounded((after + _rounded(at)) / np.float32(2)) - _rounded(middle)
    last = _rounded(function(np.array([high], np.float32)) * q15)
    table = np.append(_rounded(at) - _rounded(miss / np.float32(2)), last)
    return np.clip(table, -32768, 32767).astype(np.int16)


def between_lines(x: Array, table: Array) -> Array:
    """The line's value at the int16 values `x`, all int64."""
    wide = table.astype(np.int64)
    index = 256 + (x >> 7)
    value: Array = wide[index] + (((wide[index + 1] - wide[index]) * (x & 127) + 64) >> 7)
    return value


def _rounded(x: Array) -> Array:
    """To nearest, halves away from zero."""
    rounded: Array = np.trunc(x + np.copysign(np.float32(0.5), x))
    return rounded
