"""Integer Winograd convolution, exact: what its forms share, and the stream of constants that the kernels read.

A window of 3x3 with stride 1 over a tile of outputs is a product, position by position, of a transformed tile of inputs
and transformed weights, and a transform back. Multiplied by a common denominator everything is integer. Both factors
must fit into int16, which a form proves once for all weights; all else may leave 32 bits, for it is computed modulo
2^32, as long as the result, a multiple of the accumulator, fits: `one_rounding` sees to that. The input's zero point
goes into the bias, as the transforms are linear.

Source: Lavin and Gray, Fast Algorithms for Convolutional Neural Networks (2016).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

import numpy as np

from edgeopt.ir import Array, CCall, Io, Target
from edgeopt.ops._one_rounding import OneRounding, accumulator_range, one_rounding
from edgeopt.ops._requant import Requant
from edgeopt.ops.conv2d import Conv2D
from edgeopt.ops.ways import DSP_CORES, Way

_REDUCED = 64  # multiple of the accumulator that is left of 576 when the kernel multiplies by the inverse of 9
_GROUP = 4  # tiles: EO_WINOGRAD_TILES of kernels/eo_winograd.h
_SHIFT = 12  # EO_WINOGRAD_SHIFT, there too


@dataclass(frozen=True)
class Form:
    """A tile of `size` x `size` outputs, and the kernel for it."""

    name: str  # of the way
    kernel: str
    size: int
    weights: tuple[tuple[int, int, int], ...]  # the transform on either side of the weights, size + 2 rows
    order: tuple[int, ...]  # in which the kernel has the rows
    by_columns: bool  # whether the kernel's positions go down the columns, or along the rows
    multiple: int  # of the accumulator that the products' sums are
    why: str

    @property
    def lines(self) -> int:
        return self.size + 2

    def offer(self, op: Conv2D, io: Io, target: Target) -> Way | str:
        """The way for this layer, or why there is none."""
        refused = self._why_not(op, io, target)
        if refused:
            return refused
        constants = _requantization(op, io, self.multiple)
        if constants is None:
            return "no constants that requantize with one rounding"
        params, scratch_bytes = self._params(op, io, constants), self._scratch_bytes(op, io)
        call = CCall(self.kernel, params, scratch_bytes=scratch_bytes, why=self.why, surplus=self._surplus(io))
        return Way(self.name, (call,))

    def _why_not(self, op: Conv2D, io: Io, target: Target) -> str:
        if target.core not in DSP_CORES:
            return "needs the DSP instructions"
        if op.window.kernel != (3, 3) or op.window.stride != (1, 1) or op.window.dilation != (1, 1):
            return "windows of 3x3 with stride 1 only"
        if io.input(1).dtype != "int8" or op.groups(io) != 1:
            return "weights of 8 bits and no groups only"
        if io.input(0).shape[3] < 4 or op.channels(io) < 2:
            return "four input channels and two output channels at least"
        return "" if min(io.output.shape[1:3]) >= self.size else f"outputs of {self.size}x{self.size} pixels at least"

    def _params(self, op: Conv2D, io: Io, constants: OneRounding) -> dict[str, Array | int]:
        batches, in_height, in_width, in_channels = io.input(0).shape
        _, out_height, out_width, out_channels = io.output.shape
        return {
            "stream": self._stream(op, io, constants),
            "requant": self._requant(constants),
            "batches": batches,
            "in_height": in_height,
            "in_width": in_width,
            "in_channels": in_channels,
            "out_height": out_height,
            "out_width": out_width,
            "out_channels": out_channels,
            "pad_top": op.window.pad_top,
            "pad_left": op.window.pad_left,
            "in_zero_point": io.input(0).q.zero_point,
            **op.clamp_params(),
        }

    def _requant(self, constants: OneRounding) -> int:
        """EO_WINOGRAD_PLAIN, EO_WINOGRAD_TIES or EO_WINOGRAD_ANY, with EO_WINOGRAD_NINTH."""
        kind = 2 if (constants.shift != _SHIFT).any() else int(constants.tie is not None)
        return kind + 4 * (constants.factor != self.multiple)

    def _scratch_bytes(self, op: Conv2D, io: Io) -> int:
        in_width, in_channels = io.input(0).shape[2:]
        words = -(-in_channels // 4)
        sums_and_tiles = self.lines**2 * (32 + 32 * words)
        lines = self.lines * (io.output.shape[2] + 2) * 8 * words
        outside = in_width * in_channels if op.window.is_padded else 0
        return 124 + sums_and_tiles + lines + outside

    def _surplus(self, io: Io) -> float:
        """Four whole tiles at a time, input channels by four, output channels by two."""
        batches, height, width, channels = io.output.shape
        in_channels = io.input(0).shape[3]
        tiles = batches * -(-height // self.size) * -(-width // self.size)
        pixels = -(-tiles // _GROUP) * _GROUP * self.size**2
        done = pixels * -(-in_channels // 4) * 4 * -(-channels // 2) * 2
        return done / (batches * height * width * in_channels * channels)

    def _stream(self, op: Conv2D, io: Io, constants: OneRounding) -> Array:
        """uint32 [pairs of output channels, words], as kernels/eo_winograd.h reads it."""
        channels = op.channels(io)
        # an odd last channel comes with the one before once more
        pairs = np.r_[: channels - 1, channels - 2 : channels] if channels % 2 else np.arange(channels)
        bias = self.multiple * (op.bias(io) - io.input(0).q.zero_point * _rows(op, io).sum(axis=1))
        tie = np.zeros_like(constants.shift) if constants.tie is None else constants.tie
        rounding = np.stack([tie, constants.multiplier, constants.addend, constants.shift], axis=1)
        parts = (
            bias.astype(np.int32)[pairs].reshape(-1, 2),
            self._words(io.input(1).values[pairs]),
            rounding[pairs].reshape(-1, 8),
        )
        return np.concatenate([np.ascontiguousarray(part).view(np.uint32) for part in parts], axis=1)

    def _words(self, weights: Array) -> Array:
        """uint32 [pairs of output channels, positions * pairs of input channels * 2]; int8 [channels, 3, 3, inputs]."""
        transform = np.array(self.weights, np.float64)[list(self.order)]
        # in float64, which holds them exactly and multiplies fast
        fours = _by_fours(weights).astype(np.float64)
        places = "ai,oijc,bj->obac" if self.by_columns else "ai,oijc,bj->oabc"
        u = np.einsum(places, transform, fours, transform, optimize=True)
        # of four input channels 0 and 2, then 1 and 3
        lanes = u.astype(np.int16).reshape(len(weights) // 2, 2, self.lines**2, -1, 2, 2).swapaxes(-1, -2)
        words = np.ascontiguousarray(lanes).view(np.uint32).reshape(len(weights) // 2, 2, -1)
        return np.ascontiguousarray(words.swapaxes(1, 2)).reshape(len(weights) // 2, -1)


def _requantization(op: Conv2D, io: Io, multiple: int) -> OneRounding | None:
    """Of the sums, or of 64 times the accumulator where those do not fit; all with one shift if there are such."""
    zero_point = io.input(0).q.zero_point
    low, high = accumulator_range(_rows(op, io), op.bias(io), -128 - zero_point, 127 - zero_point)
    layer = Requant.of(io), io.output.q.zero_point, op.clamp, low, high
    factors = dict.fromkeys((multiple, _REDUCED))
    found = (one_rounding(*layer, factor, most_shift=_SHIFT) for factor in factors)
    others = (one_rounding(*layer, factor, shared_shift=False) for factor in factors)
    return next((constants for constants in chain(found, others) if constants is not None), None)


def _rows(op: Conv2D, io: Io) -> Array:
    rows: Array = io.input(1).values.reshape(op.channels(io), -1).astype(np.int64)
    return rows


def _by_fours(weights: Array) -> Array:
    """The weights [..., inputs] of the inputs as the kernels read them: the last four may overlap those before, whose
    weights are 0 then."""
    inputs = weights.shape[-1]
    read = np.r_[: inputs // 4 * 4, inputs - 4 : inputs] if inputs % 4 else np.arange(inputs)
    again = (np.arange(len(read)) >= inputs // 4 * 4) & (read < inputs // 4 * 4)
    fours: Array = np.where(again, 0, weights[..., read])
    return fours
