"""MIRROR_PAD continues an array beyond its ends with its mirror image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from edgeopt.ir import Array, CCall, Io, Op, Shape, Target, Tensor, requires
from edgeopt.ops import OPS
from edgeopt.ops._copy import constant_ints, requires_constants, requires_movable
from edgeopt.ops._take import take_call


def _pads_are_neighbours(op: MirrorPad, io: Io) -> bool:
    padded = [axis for axis, pair in enumerate(op.pads) if any(pair)]
    return not padded or padded[-1] - padded[0] <= 1


@OPS.register("MIRROR_PAD")
@requires_movable
@requires_constants("its pads are", 1)
@requires("it pads one dimension, or two that follow each other", _pads_are_neighbours)
@dataclass(frozen=True)
class MirrorPad(Op):
    name = "mirror_pad"
    arity = (2, 2)

    pads: tuple[tuple[int, int], ...]  # (before, after) of each dimension
    repeats_edge: bool  # SYMMETRIC: the outermost element is its own mirror image's first

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        shape, given = io.input(0).shape, constant_ints(io, 1)
        pads = tuple(zip(given[::2], given[1::2], strict=True)) if given else ((0, 0),) * len(shape)
        edge = options["mode"] == "SYMMETRIC"
        longest = [extent if edge else extent - 1 for extent in shape]
        if any(not 0 <= pad <= most for pair, most in zip(pads, longest, strict=True) for pad in pair):
            raise ValueError(f"the shape {list(shape)} has no mirror image for the pads {pads}")
        return cls(pads, edge)

    def moved(self, io: Io) -> tuple[Tensor, ...]:
        return (io.input(0), io.output)

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return (tuple(extent + sum(pair) for extent, pair in zip(io.input(0).shape, self.pads, strict=True)),)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x = values[0]
        assert x is not None
        return (np.pad(x, self.pads, "symmetric" if self.repeats_edge else "reflect"),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        x = io.input(0)
        first = next((axis for axis, pair in enumerate(self.pads) if any(pair)), 0)
        # a dimension of extent 1 at the end makes two of the last one
        shape, pads = (*x.shape, 1, 1), (*self.pads, (0, 0), (0, 0))
        rows, cols = (self._indices(shape[axis], pads[axis]) for axis in (first, first + 1))
        return (take_call(shape, first, rows, cols, np.dtype(x.dtype).itemsize),)

    def _indices(self, extent: int, pads: tuple[int, int]) -> list[int]:
        """The input's index for each of the output's, along a dimension."""
        edge = 0 if self.repeats_edge else 1
        before = range(pads[0] - 1 + edge, edge - 1, -1)
        after = range(extent - 1 - edge, extent - 1 - edge - pads[1], -1)
        return [*before, *range(extent), *after]
