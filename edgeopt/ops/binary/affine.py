"""AFFINE_INT16: a line for each channel of int16 data, or one line below a pivot and another from there on.

Batch normalization, PReLU, and both in one, where they stand on a stream of int16.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from edgeopt.ir import Array, CCall, Io, Shape, Target, Tensor, requires
from edgeopt.ops import OPS
from edgeopt.ops._elementwise import strip_of_elements
from edgeopt.ops.binary._affine import MAX_SHIFT, affine, fits_int32
from edgeopt.ops.binary._internal import Internal

_LOW, _HIGH = -32768, 32767


def _is_a_line(tensor: Tensor | None, channels: int) -> bool:
    return tensor is not None and tensor.is_constant and (tensor.dtype, tensor.shape) == ("int32", (channels,))


def _constants_known(op: Any, io: Io) -> bool:
    x = io.input(0)
    return bool(x.shape) and len(io.inputs) in (3, 6) and all(_is_a_line(t, x.shape[-1]) for t in io.inputs[1:])


def _sums_fit(op: Affine, io: Io) -> bool:
    if not _constants_known(op, io):
        return True
    if not op.is_bent(io):
        return fits_int32(io.input(1).values, io.input(2).values, _LOW, _HIGH)
    pivot = np.clip(io.input(5).values.astype(np.int64), _LOW, _HIGH + 1)
    below = fits_int32(io.input(3).values, io.input(4).values, _LOW, np.maximum(pivot - 1, _LOW))
    return below and fits_int32(io.input(1).values, io.input(2).values, np.minimum(pivot, _HIGH), _HIGH)


@OPS.register("AFFINE_INT16")
@requires("its input and output are int16", lambda op, io: io.input(0).dtype == io.output.dtype == "int16")
@requires(
    "its multiplier and bias are constant int32, one a channel; so are the multiplier, bias and pivot of a second line",
    _constants_known,
)
@requires(f"its shift is 0..{MAX_SHIFT}", lambda op, io: 0 <= op.shift <= MAX_SHIFT)
@requires("its clamp lies in int16", lambda op, io: _LOW <= op.clamp[0] <= op.clamp[1] <= _HIGH)
@requires("its products and sums stay in 32 bits for every input", _sums_fit)
@dataclass(frozen=True)
class Affine(Internal):
    """y = clamp((x * multiplier[c] + bias[c]) >> shift); where x < pivot[c] with below_multiplier and below_bias.

    Inputs: x int16 [..., C], multiplier, bias int32 [C]; with a second line below_multiplier, below_bias, pivot int32
    [C] besides. `affine_constants` finds the numbers.
    """

    name = "affine_s16"
    arity = (3, 6)

    shift: int
    clamp: tuple[int, int] = (_LOW, _HIGH)  # of the output, inclusive

    strip = strip_of_elements

    def is_bent(self, io: Io) -> bool:
        """Whether there is a second line."""
        return len(io.inputs) == 6

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return (io.input(0).shape,)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x, multiplier, bias, *second = (value for value in values if value is not None)
        y = affine(x, multiplier, bias, self.shift)
        if second:
            below_multiplier, below_bias, pivot = second
            y = np.where(x < pivot, affine(x, below_multiplier, below_bias, self.shift), y)
        return (np.clip(y, *self.clamp).astype(np.int16),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        x = io.input(0).shape
        order = (5, 3, 4, 1, 2) if self.is_bent(io) else (1, 2)
        params: dict[str, int | Array] = {
            "lines": np.stack([io.input(index).values for index in order], axis=-1).astype(np.int32),
            "pixels": prod(x[:-1]),
            "channels": x[-1],
            "shift": self.shift,
            "clamp_low": self.clamp[0],
            "clamp_high": self.clamp[1],
        }
        kernel = "eo_bent_affine_s16" if self.is_bent(io) else "eo_affine_s16"
        return (CCall(kernel, params, why="two lines a channel" if self.is_bent(io) else "a line a channel"),)

    def in_place(self, io: Io) -> tuple[int, ...]:
        return (0,)
