"""What the operators that resize images share: NHWC data, the size as an input, and how pixels are aligned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from edgeopt.ir import Io, Op, Shape, Tensor, requires
from edgeopt.ops._copy import constant_ints, requires_constants, requires_movable

MAX_SIDE = 32_767  # 1024 times as much fits into int32 with room to spare


def _is_an_image(op: Any, io: Io) -> bool:
    return all(len(tensor.shape) == 4 and tensor.elements > 0 for tensor in (io.input(0), io.output))


def _sides_fit(op: Resize, io: Io) -> bool:
    return max((*op.size, *io.input(0).shape[1:3])) <= MAX_SIDE


@requires_movable
@requires("its data has four dimensions and is not empty", _is_an_image)
@requires_constants("its size is", 1)
@requires(f"its input and output are at most {MAX_SIDE:,} pixels wide and high", _sides_fit)
@dataclass(frozen=True)
class Resize(Op):
    """An image at another size; the options say which points of input and output coincide."""

    arity = (2, 2)

    size: tuple[int, int]  # height and width of the output
    align_corners: bool  # the centres of the corner pixels
    half_pixel_centers: bool  # the corners of the image; neither: the top left pixels

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        height, width = constant_ints(io, 1) or io.output.shape[1:3]
        return cls((height, width), bool(options["align_corners"]), bool(options["half_pixel_centers"]))

    def moved(self, io: Io) -> tuple[Tensor, ...]:
        return (io.input(0), io.output)

    def infer(self, io: Io) -> tuple[Shape, ...]:
        batch, _, _, channels = io.input(0).shape
        return ((batch, *self.size, channels),)
