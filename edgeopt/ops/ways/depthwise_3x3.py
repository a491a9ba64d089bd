"""DEPTHWISE_CONV_2D with a window of 3x3: two rows by two columns at a time, from planes in scratch."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np

from edgeopt.ir import Array, CCall, Io, Target
from edgeopt.ops._one_rounding import accumulator_range, one_rounding
from edgeopt.ops._requant import Requant, accumulator_bound
from edgeopt.ops.depthwise_conv2d import DepthwiseConv2D
from edgeopt.ops.ways import DSP_CORES, WAYS, Way, WayTo

NAME = "depthwise_3x3"
_FACTOR, _SHIFT = 256, 10  # of accumulators, and where their int8 lie: the kernel's
_SLOT_BYTES, _TILE_BYTES = 256, 88  # a row of a tile in scratch, and what is noted of a tile
_LEAST_SLOTS, _MOST_SLOTS = 8, 32  # in scratch, where rows go by bands; the fewer for the goal ram


@WAYS.register(NAME)
class Depthwise3x3(WayTo):
    op = DepthwiseConv2D

    @classmethod
    def offer(cls, op: DepthwiseConv2D, io: Io, target: Target) -> Way | str:
        refused = _why_not(op, io, target)
        if refused:
            return refused
        walk = _Walk.of(op, io, _LEAST_SLOTS if target.goal == "ram" else _MOST_SLOTS)
        params: dict[str, Array | int] = {
            "constants": _records(op, io, walk.transposed),
            "batches": io.input(0).shape[0],
            "channels": io.input(0).shape[3],
            **walk.params(),
            "in_zero_point": io.input(0).q.zero_point,
            **op.output_params(io),
        }
        why = "two rows by two columns of a channel at a time"
        call = CCall("eo_depthwise_conv2d_3x3_s8", params, scratch_bytes=walk.scratch_bytes, why=why)
        return Way(NAME, (call,), in_place=(0,) if walk.is_right_in_place() else ())


def _why_not(op: DepthwiseConv2D, io: Io, target: Target) -> str:
    if target.core not in DSP_CORES:
        return "needs the DSP instructions"
    if op.window.kernel != (3, 3) or op.window.dilation != (1, 1):
        return "windows of 3x3 only, not dilated"
    if op.window.stride not in ((1, 1), (2, 2)):
        return "strides 1 and 2 only"
    if io.input(1).dtype != "int8" or op.depth_multiplier(io) != 1:
        return "weights of 8 bits only, one output channel an input channel"
    return "more than four outputs a channel only" if prod(io.output.shape[1:3]) <= 4 else ""


@dataclass(frozen=True)
class _Walk:
    """The kernel's way over the maps, by rows and columns: (rows, columns) each, transposed or not."""

    transposed: bool
    stride: int
    inside: tuple[int, int]
    out: tuple[int, int]
    pads: tuple[int, int]  # before
    channels: int
    tiles: int
    tile_cols: int
    band_rows: int

    @classmethod
    def of(cls, op: DepthwiseConv2D, io: Io, most_slots: int) -> _Walk:
        inside, out = io.input(0).shape[1:3], io.output.shape[1:3]
        pads, stride = (op.window.pad_top, op.window.pad_left), op.window.stride[0]
        transposed = out[0] > out[1]  # the longer way first
        order = (1, 0) if transposed else (0, 1)
        rows, cols = out[order[0]], out[order[1]]
        tiles, tile_cols = _tiles(cols, stride)
        band_rows = rows
        if tiles * _slots(rows, stride) > most_slots:
            band_rows = max(2, (most_slots // tiles - 3 + stride) // stride // 2 * 2)
        return cls(
            transposed,
            stride,
            (inside[order[0]], inside[order[1]]),
            (rows, cols),
            (pads[order[0]], pads[order[1]]),
            io.output.shape[3],
            tiles,
            tile_cols,
            min(band_rows, rows),
        )

    @property
    def scratch_bytes(self) -> int:
        return self.tiles * (_slots(self.band_rows, self.stride) * _SLOT_BYTES + _TILE_BYTES) + 28

    def params(self) -> dict[str, Array | int]:
        (in_pitch, in_step), (out_pitch, out_step) = self._steps(self.inside), self._steps(self.out)
        return {
            "stride": self.stride,
            "in_size": prod(self.inside) * self.channels,
            "in_rows": self.inside[0],
            "in_cols": self.inside[1],
            "in_pitch": in_pitch,
            "in_step": in_step,
            "out_size": prod(self.out) * self.channels,
            "out_rows": self.out[0],
            "out_cols": self.out[1],
            "out_pitch": out_pitch,
            "out_step": out_step,
            "pad_rows": self.pads[0],
            "pad_cols": self.pads[1],
            "band_rows": self.band_rows,
            "tiles": self.tiles,
            "tile_cols": self.tile_cols,
        }

    def is_right_in_place(self) -> bool:
        """Whether no output of a band lies on a pixel of the input that only a later band reads.

        Other channels are no matter: an output lies on an input of its own channel, as there are as many of both.
        """
        if prod(self.out) > prod(self.inside):
            return False
        for done in range(self.band_rows, self.out[0], self.band_rows):
            unread = max(0, (done - 1) * self.stride - self.pads[0] + 3)  # rows of the input from here on
            if unread < self.inside[0] and not self._stays_before(done, unread):
                return False
        return True

    def _stays_before(self, done: int, unread: int) -> bool:
        """Whether the first `done` rows of the output lie on no pixel of the rows of the input from `unread` on."""
        if not self.transposed:
            return done * self.out[1] <= unread * self.inside[1]
        same = self.out == self.inside  # else columns of the output lie across those of the input
        return same and done <= unread

    def _steps(self, size: tuple[int, int]) -> tuple[int, int]:
        """(pitch, step) in bytes of an image of `size`."""
        if self.transposed:
            return self.channels, size[0] * self.channels
        return size[1] * self.channels, self.channels


def _slots(rows: int, stride: int) -> int:
    """Rows of the input that so many of the output take."""
    return stride * (rows - 1) + 3


def _tiles(cols: int, stride: int) -> tuple[int, int]:
    """How many tiles, and the even number of output columns in each but the last, which has the rest, 2 at least."""
    even = 28 // stride  # and one more where it is the last
    tiles, rest = divmod(cols, even)
    return max(1, tiles + (rest > 1)), even


def _records(op: DepthwiseConv2D, io: Io, transposed: bool) -> Array:
    """uint32 [channels, 6]: what the kernel has of each channel, see eo_depthwise_3x3.h."""
    weights = io.input(1).values[0]  # [3, 3, channels]
    weights = weights.transpose(1, 0, 2) if transposed else weights
    taps = np.ascontiguousarray(weights.reshape(9, -1).T)
    bias, zero_point = op.bias(io), io.input(0).q.zero_point
    fast, multiplier, addend, code = _requantization(op, io, taps.astype(np.int64), bias)
    folded = bias - zero_point * taps.astype(np.int64).sum(axis=1)
    packed = np.zeros((taps.shape[0], 24), np.uint8)
    packed[:, [1, 3, 0, 2, 4, 6, 5, 7, 11]] = taps.view(np.uint8)[:, [0, 2, 3, 5, 1, 4, 6, 8, 7]]
    packed[:, 8] = np.where(fast, 0, code).astype(np.int8).view(np.uint8)
    words = np.ascontiguousarray(packed).view("<u4")
    words[:, 3] = np.where(fast, _FACTOR * folded, folded).astype(np.int32).view(np.uint32)
    words[:, 4], words[:, 5] = multiplier.view(np.uint32), addend.view(np.uint32)
    return words.astype(np.uint32)


def _requantization(op: DepthwiseConv2D, io: Io, taps: Array, bias: Array) -> tuple[Array, Array, Array, Array]:
    """(whether one rounding does, multiplier, addend, shift code) a channel; the code is of two roundings."""
    zero_point, requant = io.input(0).q.zero_point, Requant.of(io)
    low, high = accumulator_range(taps, bias, -128 - zero_point, 127 - zero_point)
    multiplier, code = requant.kernel_arrays(accumulator_bound(taps, bias, zero_point))
    multiplier, addend, fast = multiplier.copy(), np.zeros_like(multiplier), np.zeros(multiplier.shape, bool)
    channels = taps.shape[0]
    pairs = np.broadcast_to(requant.multipliers, channels), np.broadcast_to(requant.shifts, channels)

    def solve(part: slice) -> bool:
        some = Requant(tuple(int(m) for m in pairs[0][part]), tuple(int(s) for s in pairs[1][part]))
        found = one_rounding(some, io.output.q.zero_point, op.clamp, low[part], high[part], _FACTOR, most_shift=_SHIFT)
        if found is None or found.tie is not None or (found.shift < _SHIFT).any():
            return False
        multiplier[part], addend[part], fast[part] = found.multiplier, found.addend, True
        return True

    if not solve(slice(None)):
        for channel in range(channels):
            solve(slice(channel, channel + 1))
    return fast, multiplier, addend, code
