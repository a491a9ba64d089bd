"""Operators that take rows and columns by index: one table for each of two neighbouring dimensions, found offline."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from edgeopt.ir import Array, CCall, Shape


def take_call(shape: Shape, axis: int, rows: Sequence[int], cols: Sequence[int], itemsize: int) -> CCall:
    """The call that takes `rows` of dimension `axis` and `cols` of the next, from a dense array of `shape`."""
    run = prod(shape[axis + 2 :]) * itemsize
    pitch = shape[axis + 1] * run
    params: dict[str, int | Array] = {
        "outer": prod(shape[:axis]),
        "in_step": shape[axis] * pitch,
        "row_count": len(rows),
        "rows": np.array([row * pitch for row in rows], np.int32),
        "col_count": len(cols),
        "cols": np.array([col * run for col in cols], np.int32),
        "run": run,
    }
    return CCall("eo_take", params)
