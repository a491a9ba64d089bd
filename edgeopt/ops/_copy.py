"""Operators that only move data, of any type: each says which elements go where, and one lowering makes kernel calls.

A copy is a loop nest with a stride for either side (`Copy`). Elements that lie together on both sides move as one; the
longest of the remaining loops becomes the kernel's own, and the others its walk (kernels/eo_walk.h).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from edgeopt.ir import Array, CCall, Io, Moved, Op, OpType, Shape, Target, Tensor, requires
from edgeopt.ops._checks import same_quant
from edgeopt.ops._walk import MAX_RANK, Dim, collapse, strides_of, walk_params

MAX_ELEMENTS = 1 << 24  # more than any microcontroller holds, and every offset in bytes fits into int32
_TYPES = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "float32", "bool")
_WORDS = (1, 2, 4, 8)  # bytes that move by loads and stores


@dataclass(frozen=True)
class Copy:
    """out[out_first + sum(i * out_steps)] = in[in_first + sum(i * in_steps)] for every index i below `extents`.

    All in elements; an input's step is negative to go backwards and 0 to repeat.
    """

    extents: Shape
    in_steps: Sequence[int]
    out_steps: Sequence[int]
    in_first: int = 0
    out_first: int = 0
    source: int = 0  # of the node's inputs
    target: int = 0  # of the node's outputs

    @property
    def is_run(self) -> bool:
        """Whether the elements follow one another on both sides."""
        return all(dim.strides == (1, 1) for dim in collapse(self.extents, self.in_steps, self.out_steps))

    @property
    def is_dense(self) -> bool:
        """Whether it copies so many elements from the input's first on, as they lie, to the output's first on."""
        return (self.in_first, self.out_first) == (0, 0) and self.is_run


def whole(shape: Shape, in_steps: Sequence[int], **ends: int) -> Copy:
    """The copy that fills a dense output of `shape` in order; `ends` as in Copy."""
    return Copy(shape, in_steps, strides_of(shape), **ends)


def transposed(shape: Shape, order: Sequence[int]) -> Copy:
    """The copy of a dense `shape` to a dense array whose dimension k is the input's `order[k]`."""
    strides = strides_of(shape)
    return whole(tuple(shape[axis] for axis in order), [strides[axis] for axis in order])


def copy_calls(copies: Sequence[Copy], io: Io) -> tuple[CCall, ...]:
    """The kernel calls of the copies that have anything to copy."""
    return tuple(_call(copy, io.input(copy.source)) for copy in copies if prod(copy.extents))


def _call(copy: Copy, source: Tensor) -> CCall:
    size = np.dtype(source.dtype).itemsize
    dims = list(collapse(copy.extents, _times(copy.in_steps, size), _times(copy.out_steps, size)))
    run = dims.pop().extent * size if dims and dims[-1].strides == (size, size) else size
    longest = max(range(len(dims)), key=lambda index: dims[index].extent, default=None)
    loop = Dim(1, (run, run)) if longest is None else dims.pop(longest)
    firsts = copy.in_first * size, copy.out_first * size
    params: dict[str, int | Array | None] = {
        "count": loop.extent,
        "in_step": loop.strides[0],
        "out_step": loop.strides[1],
        "in_first": firsts[0],
        "out_first": firsts[1],
        **walk_params(dims, ("in_jumps", "out_jumps")),
    }
    offsets = [*firsts, *(stride for dim in (loop, *dims) for stride in dim.strides)]
    if run in _WORDS and _aligned(offsets, run, size, source.is_constant):
        kernel, params, why = "eo_copy_elements", {"width": run, **params}, f"{run} bytes at a time"
    else:
        kernel, params, why = "eo_copy_runs", {"run": run, **params}, f"runs of {run} bytes"
    moves = Moved(*firsts, prod(copy.extents) * size) if copy.is_run else None
    return CCall(kernel, params, inputs=(copy.source,), outputs=(copy.target,), why=why, moves=moves)


def _aligned(offsets: Sequence[int], run: int, size: int, is_constant: bool) -> bool:
    """Whether words of `run` bytes at the offsets are aligned: what is in the arena is to 4, a constant to its type."""
    alignment = min(run, 4)
    return run == size or (not is_constant and all(offset % alignment == 0 for offset in offsets))


def _times(steps: Sequence[int], size: int) -> list[int]:
    return [step * size for step in steps]


def same_content(a: Tensor, b: Tensor) -> bool:
    """Whether the same bytes mean the same in both tensors; a tensor without a scale takes on the other's."""
    if a.dtype != b.dtype:
        return False
    return a.quant is None or b.quant is None or (same_quant(a, b) and not a.quant.per_channel)


def _of_known_types(op: Move, io: Io) -> bool:
    return all(tensor.dtype in _TYPES for tensor in op.moved(io))


def _alike(op: Move, io: Io) -> bool:
    first, *others = op.moved(io)
    return all(same_content(first, other) for other in others)


def _ranks_fit(op: Any, io: Io) -> bool:
    return all(len(tensor.shape) <= MAX_RANK for tensor in op.moved(io))


def _sizes_fit(op: Any, io: Io) -> bool:
    return all(tensor.elements <= MAX_ELEMENTS for tensor in op.moved(io))


def requires_movable(cls: OpType) -> OpType:
    """Class decorator for operators with `moved`, the tensors between which they copy values as they are."""
    cls = requires(f"its tensors have {MAX_ELEMENTS:,} elements at most", _sizes_fit)(cls)
    cls = requires(f"its tensors have at most {MAX_RANK} dimensions", _ranks_fit)(cls)
    cls = requires("its inputs and outputs have the same type, scale and zero point", _alike)(cls)
    return requires(f"its data is of {', '.join(_TYPES[:-1])} or {_TYPES[-1]}", _of_known_types)(cls)


@requires_movable
@dataclass(frozen=True)
class Move(Op):
    """An operator that is a few strided copies."""

    @abstractmethod
    def copies(self, io: Io) -> tuple[Copy, ...]:
        """What goes where; between them they write every element of the outputs once."""

    def moved(self, io: Io) -> tuple[Tensor, ...]:
        """The tensors whose values move: inputs, then outputs. Further inputs only say how."""
        return (io.input(0), *io.outputs)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        return copy_calls(self.copies(io), io)


def axis_of(axis: int, rank: int) -> int:
    """`axis` counted from the front. Raises ValueError where a tensor of `rank` dimensions has no such axis."""
    if not -rank <= axis < rank:
        raise ValueError(f"axis {axis} of a tensor of {rank} dimensions")
    return axis % rank


def constant_ints(io: Io, index: int) -> tuple[int, ...]:
    """The integers that input `index` says; none where it is computed or no integer, which a limit names."""
    tensor = io.optional(index)
    if tensor is None or tensor.data is None or tensor.dtype not in ("int32", "int64"):
        return ()
    return tuple(int(value) for value in tensor.data.reshape(-1))


def requires_constants(what: str, *indices: int) -> Any:
    """Class decorator: the inputs at `indices`, called `what` in the sentence, are constant integers."""

    def holds(op: Any, io: Io) -> bool:
        found = [io.optional(index) for index in indices]
        return all(t is not None and t.is_constant and t.dtype in ("int32", "int64") for t in found)

    return requires(f"{what} constant int32 or int64", holds)
