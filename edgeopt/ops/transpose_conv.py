"""TRANSPOSE_CONV, int8, with weights [out_channels, height, width, in_channels]."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any, Self

import numpy as np

from edgeopt.errors import UnsupportedModel
from edgeopt.ir import Array, CCall, Io, Op, Shape, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops._convolution import has_four_dimensions, if_four_dimensions
from edgeopt.ops._copy import MAX_ELEMENTS, constant_ints, requires_constants
from edgeopt.ops._requant import Requant, accumulator_bound, bias_values, folded_bias, pack_rows
from edgeopt.ops._weights import MAX_PRODUCTS, known_clamp, requires_weights
from edgeopt.ops._window import stride_of

MAX_PHASES = 1024  # each has weights of its own; so many are enough for a stride of 32


def as_layer(io: Io) -> Io:
    """The tensors in the order of other layers: data, weights, bias, and last the output's shape."""
    return Io((io.optional(2), io.optional(1), io.optional(3), io.optional(0)), io.outputs)


def _channels_fit(op: TransposeConv, io: Io) -> bool:
    x, weights, y = io.input(0).shape, io.input(1).shape, io.output.shape
    return len(y) == 4 and x[3] == weights[3] > 0 and y[0] == x[0] and y[3] == weights[0]


def _kernel_fits(op: TransposeConv, io: Io) -> bool:
    return 0 < prod(io.input(1).shape[1:]) <= MAX_PRODUCTS


def _sizes_fit(op: TransposeConv, io: Io) -> bool:
    return 0 < io.output.elements <= MAX_ELEMENTS and 0 < io.input(0).elements <= MAX_ELEMENTS


def _strides_fit(op: TransposeConv, io: Io) -> bool:
    return min(op.stride) >= 1 and prod(op.stride) <= MAX_PHASES


@dataclass(frozen=True)
class Phase:
    """Rows (or columns) of the output that lie a stride apart, computed with the same taps of the kernel."""

    taps: tuple[int, ...]  # of the kernel, in the order of the input's rows
    above: int  # how far above the input the first of them lies, for the first row

    @classmethod
    def of(cls, first: int, pad: int, kernel: int, stride: int) -> Phase:
        """The phase of output row `first`, which is less than the stride."""
        taps = tuple(range((first + pad) % stride, kernel, stride))[::-1]
        return cls(taps, len(taps) - 1 - (first + pad) // stride)


@OPS.register("TRANSPOSE_CONV")
@requires_weights(channel_axis=0, weights=("int8",))
@requires_constants("its shape is", 3)
@requires("its data and weights have four dimensions", has_four_dimensions)
@requires("its shape is one of the data's batches and the weights' channels", if_four_dimensions(_channels_fit))
@requires(f"its kernel has {MAX_PRODUCTS:,} weights a channel at most", if_four_dimensions(_kernel_fits))
@requires(f"its strides are at least 1, and their product at most {MAX_PHASES:,}", _strides_fit)
@requires(f"its data and output are not empty, of {MAX_ELEMENTS:,} elements at most", _sizes_fit)
@dataclass(frozen=True)
class TransposeConv(Op):
    """Every input pixel adds the kernel, times its value, to the output around a place `stride` apart."""

    name = "transpose_conv"
    arity = (3, 4)

    stride: tuple[int, int]
    padding: str  # SAME or VALID
    clamp: tuple[int, int]  # of the output, inclusive

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        if options["padding"] not in ("SAME", "VALID"):
            raise UnsupportedModel(f"padding `{options['padding']}` is not known", "edgeopt knows SAME and VALID")
        return cls(stride_of(options), str(options["padding"]), known_clamp(options, io))

    def broken_limits(self, io: Io) -> tuple[str, ...]:
        return super().broken_limits(as_layer(io))

    def with_clamp(self, low: int, high: int) -> Self:
        return replace(self, clamp=(max(self.clamp[0], low), min(self.clamp[1], high)))

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return (constant_ints(io, 0),)

    def macs(self, io: Io) -> int:
        return io.input(2).elements * prod(io.input(1).shape[:3])

    def pads(self, io: Io) -> tuple[int, int]:
        """Rows and columns of the kernel's places that lie before the output, as ComputePaddingHeightWidth has it."""
        top, left = map(self._pad, io.output.shape[1:3], io.input(1).shape[1:3], self.stride)
        return top, left

    def _pad(self, size: int, kernel: int, stride: int) -> int:
        """Along one axis: the padding of the ordinary convolution that this one turns round, output to input."""
        places = -(-size // stride) if self.padding == "SAME" else int((size - kernel + stride) / stride)
        return max(0, (places - 1) * stride + kernel - size) // 2

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        weights, x = values[1], values[2]
        assert weights is not None and x is not None
        layer, y = as_layer(io), io.output
        # float64 holds the sums exactly, and its matrix product is fast
        centered = x.astype(np.float64) - layer.input(0).q.zero_point
        acc = np.zeros(y.shape)
        for index in np.ndindex(*weights.shape[1:3]):
            places = [
                _places(tap - pad, stride, before, after)
                for tap, pad, stride, before, after in zip(
                    index, self.pads(io), self.stride, x.shape[1:3], y.shape[1:3], strict=True
                )
            ]
            (from_y, to_y), (from_x, to_x) = places
            acc[:, to_y, to_x] += centered[:, from_y, from_x] @ weights[:, index[0], index[1]].astype(np.float64).T
        total = acc.astype(np.int64) + bias_values(layer.optional(2), y.shape[3])
        return (Requant.of(layer).apply(total, y.q.zero_point, self.clamp),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        x, y, weights = io.input(2), io.output, io.input(1)
        rows, cols = (
            [Phase.of(first, pad, kernel, stride) for first in range(min(stride, size))]
            for pad, kernel, stride, size in zip(
                self.pads(io), weights.shape[1:3], self.stride, y.shape[1:3], strict=True
            )
        )
        parts = [weights.values[:, row.taps][:, :, col.taps].reshape(y.shape[3], -1) for row in rows for col in cols]
        params: dict[str, int | Array] = {
            **_constants(as_layer(io), parts),
            "row_phases": np.array([(len(phase.taps), phase.above) for phase in rows], np.int32),
            "col_phases": np.array([(len(phase.taps), phase.above) for phase in cols], np.int32),
            "row_phase_count": len(rows),
            "col_phase_count": len(cols),
            "batches": x.shape[0],
            "in_height": x.shape[1],
            "in_width": x.shape[2],
            "in_channels": x.shape[3],
            "out_height": y.shape[1],
            "out_width": y.shape[2],
            "out_channels": y.shape[3],
            "in_zero_point": x.q.zero_point,
            "out_zero_point": y.q.zero_point,
            "clamp_low": self.clamp[0],
            "clamp_high": self.clamp[1],
        }
        words = max(_padded(part).shape[1] // 4 for part in parts)
        return (CCall("eo_transpose_conv_s8", params, inputs=(2,), scratch_bytes=24 * words),)


def _places(shift: int, stride: int, before: int, after: int) -> tuple[slice, slice]:
    """The inputs whose place i * stride + shift lies in 0..after - 1, and those places."""
    first = max(0, -(shift // stride))
    end = max(first, min(before, (after - 1 - shift) // stride + 1))
    start = first * stride + shift
    return slice(first, end), slice(start, start + (end - first) * stride, stride)


def _padded(rows: Array) -> Array:
    """A phase without taps has a word of zeros."""
    inputs = max(4, -(-rows.shape[1] // 4) * 4)
    return np.pad(rows, ((0, 0), (0, inputs - rows.shape[1])))


def _constants(layer: Io, parts: Sequence[Array]) -> dict[str, Array]:
    """Weights and biases a phase, multipliers and shifts for all of them; `parts` are [out_channels, inputs]."""
    zero_point = layer.input(0).q.zero_point
    channels = parts[0].shape[0]
    bias = bias_values(layer.optional(2), channels)
    wide = [part.astype(np.int64) for part in parts]
    bound = np.max([accumulator_bound(rows, bias, zero_point) for rows in wide], axis=0)
    multiplier, shift = Requant.of(layer).kernel_arrays(bound)
    odd = channels % 2  # an odd last channel gets a partner
    return {
        "weights": np.concatenate([pack_rows(_padded(part), 2).reshape(-1) for part in parts]),
        "bias": np.stack([np.pad(folded_bias(rows, bias, zero_point), (0, odd)) for rows in wide]),
        "multiplier": np.pad(np.broadcast_to(multiplier, channels), (0, odd)),
        "shift": np.pad(np.broadcast_to(shift, channels), (0, odd), constant_values=-1),
    }
