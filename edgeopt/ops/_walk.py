"""Loop nests over strided arrays: collapsed as far as they go, then laid out for kernels/eo_walk.h."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgeopt.ir import Array, Shape

MAX_RANK = 6  # EO_WALK_DIMS; also what tflite-micro's shapes hold


@dataclass(frozen=True)
class Dim:
    """One loop: how often, and how far each of the arrays moves every time, in elements."""

    extent: int
    strides: tuple[int, ...]


def strides_of(shape: Shape) -> tuple[int, ...]:
    """Elements between neighbours along each dimension of a dense array."""
    return tuple(int(np.prod(shape[axis + 1 :], dtype=np.int64)) for axis in range(len(shape)))


def broadcast_strides(shape: Shape, output: Shape) -> tuple[int, ...]:
    """Strides of an array of `shape` walked in the order of `output`: 0 where it repeats itself."""
    padded = (1,) * (len(output) - len(shape)) + shape
    return tuple(0 if extent == 1 else stride for extent, stride in zip(padded, strides_of(padded), strict=True))


def collapse(extents: Shape, *strides: Sequence[int]) -> tuple[Dim, ...]:
    """The shortest loop nest, outermost first, that visits the same elements in the same order."""
    dims: list[Dim] = []
    for extent, *steps in zip(extents, *strides, strict=True):
        if extent == 1:
            continue
        inner = Dim(extent, tuple(steps))
        # two loops are one where the outer stride is what the inner loop has walked
        if dims and all(o == i * extent for o, i in zip(dims[-1].strides, inner.strides, strict=True)):
            inner = Dim(dims.pop().extent * extent, inner.strides)
        dims.append(inner)
    return tuple(dims)


def walk_params(dims: Sequence[Dim], jump_names: Sequence[str], prefix: str = "") -> dict[str, int | Array | None]:
    """`dims`, `extents` and the jumps of each array, as the kernels' structs have them."""
    params: dict[str, int | Array | None] = {f"{prefix}dims": len(dims)}
    params[f"{prefix}extents"] = _array([dim.extent for dim in dims])
    for array, name in enumerate(jump_names):
        params[name] = _array(_jumps(dims, array))
    return params


def _jumps(dims: Sequence[Dim], array: int) -> list[int]:
    """When a dimension moves on, the faster ones go back to their start."""
    walked = 0
    jumps = []
    for dim in reversed(dims):
        jumps.append(dim.strides[array] - walked)
        walked += dim.strides[array] * (dim.extent - 1)
    return jumps[::-1]


def _array(values: Sequence[int]) -> Array | None:
    return np.array(values, np.int32) if values else None
