"""SPACE_TO_DEPTH folds blocks of pixels into channels; DEPTH_TO_SPACE unfolds them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from edgeopt.ir import Array, Io, Shape
from edgeopt.ops import OPS
from edgeopt.ops._copy import Copy, Move, transposed

_ORDER = (0, 1, 3, 2, 4, 5)  # the block's row changes places with the image's column


@dataclass(frozen=True)
class _Blocks(Move):
    """The input seen as six dimensions, of which the two in the middle change places."""

    into_depth: ClassVar[bool]

    block: int

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        block = int(options["block_size"])
        _, height, width, channels = io.input(0).shape
        divided = (height, width) if cls.into_depth else (channels,)
        if block < 1 or any(extent % (block if cls.into_depth else block * block) for extent in divided):
            raise ValueError(f"blocks of {block} in the shape {list(io.input(0).shape)}")
        return cls(block)

    def infer(self, io: Io) -> tuple[Shape, ...]:
        batch, height, width, channels = io.input(0).shape
        block, square = self.block, self.block**2
        if self.into_depth:
            return ((batch, height // block, width // block, channels * square),)
        return ((batch, height * block, width * block, channels // square),)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x = values[0]
        assert x is not None
        moved = np.transpose(x.reshape(self._six(io)), _ORDER)
        return (np.ascontiguousarray(moved).reshape(self.infer(io)[0]),)

    def copies(self, io: Io) -> tuple[Copy, ...]:
        return (transposed(self._six(io), _ORDER),)

    def _six(self, io: Io) -> Shape:
        batch, height, width, channels = io.input(0).shape
        block = self.block
        if self.into_depth:
            return (batch, height // block, block, width // block, block, channels)
        return (batch, height, width, block, block, channels // block**2)


@OPS.register("SPACE_TO_DEPTH")
@dataclass(frozen=True)
class SpaceToDepth(_Blocks):
    name = "space_to_depth"
    into_depth = True


@OPS.register("DEPTH_TO_SPACE")
@dataclass(frozen=True)
class DepthToSpace(_Blocks):
    name = "depth_to_space"
    into_depth = False
