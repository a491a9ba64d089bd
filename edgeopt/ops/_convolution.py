"""What the forms of CONV_2D and DEPTHWISE_CONV_2D share: window, clamp, limits, sums, and the geometry for kernels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any, ClassVar, Self

import numpy as np

from edgeopt.errors import MalformedModel
from edgeopt.ir import Array, Io, Op, Shape, requires
from edgeopt.ops._requant import bias_values
from edgeopt.ops._weights import MAX_PRODUCTS, known_clamp
from edgeopt.ops._window import Window, dilation_of, requires_window, stride_of, strip_of_window


@requires_window
@dataclass(frozen=True)
class Convolution(Op):
    """A window over NHWC data with constant weights [?, height, width, ?] and an optional bias."""

    arity = (2, 3)

    window: Window
    clamp: tuple[int, int]  # of the output, inclusive
    channel_axis: ClassVar[int]  # of the weights' output channels

    strip = strip_of_window

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        x, weights = io.input(0).shape, io.input(1).shape
        # other ranks break a limit, which names them; they only must not stop us here
        size, kernel = (x[1:3], weights[1:3]) if len(x) == len(weights) == 4 else ((1, 1), (1, 1))
        window = Window.resolve(
            str(options["padding"]),
            (size[0], size[1]),
            (kernel[0], kernel[1]),
            stride_of(options),
            dilation_of(options),
        )
        return cls(window, known_clamp(options, io))

    def infer(self, io: Io) -> tuple[Shape, ...]:
        x = io.input(0).shape
        return ((x[0], *self.window.output_size((x[1], x[2])), self.channels(io)),)

    def channels(self, io: Io) -> int:
        """Output channels."""
        return io.input(1).shape[self.channel_axis]

    def with_clamp(self, low: int, high: int) -> Self:
        return replace(self, clamp=(max(self.clamp[0], low), min(self.clamp[1], high)))

    def with_padding(self, pads: Sequence[tuple[int, int]]) -> Self | None:
        batch, rows, cols, channels = pads
        if any((*batch, *channels)):
            return None
        return replace(self, window=self.window.with_padding(rows, cols))

    def bias(self, io: Io) -> Array:
        return bias_values(io.optional(2), self.channels(io))

    def geometry(self, io: Io) -> dict[str, int]:
        """The parameters that all convolution kernels on int8 have, but for channels and constants."""
        return {**self.places(io), "in_zero_point": io.input(0).q.zero_point, **self.output_params(io)}

    def places(self, io: Io) -> dict[str, int]:
        """Where the window's taps lie."""
        return self.window.places(io)

    def output_params(self, io: Io) -> dict[str, int]:
        return {"out_zero_point": io.output.q.zero_point, **self.clamp_params()}

    def clamp_params(self) -> dict[str, int]:
        return {"clamp_low": self.clamp[0], "clamp_high": self.clamp[1]}


def has_four_dimensions(op: Any, io: Io) -> bool:
    return all(tensor is not None and len(tensor.shape) == 4 for tensor in io.inputs[:2])


def if_four_dimensions(holds: Callable[[Any, Io], bool]) -> Callable[[Any, Io], bool]:
    """A rule about shapes, which says nothing where the ranks are wrong: another rule does."""
    return lambda op, io: not has_four_dimensions(op, io) or holds(op, io)


def _groups_divide(op: GroupedConvolution, io: Io) -> bool:
    out_channels, _, _, group_inputs = io.input(1).shape
    in_channels = io.input(0).shape[3]
    return (
        0 < group_inputs <= in_channels
        and in_channels % group_inputs == 0
        and out_channels % (in_channels // group_inputs) == 0
    )


def _patch_fits(op: GroupedConvolution, io: Io) -> bool:
    return prod(io.input(1).shape[1:]) <= MAX_PRODUCTS


@requires("its data and weights have four dimensions", has_four_dimensions)
@requires("its groups divide the channels of input and output", if_four_dimensions(_groups_divide))
@requires(f"a window holds {MAX_PRODUCTS:,} weights at most", if_four_dimensions(_patch_fits))
@dataclass(frozen=True)
class GroupedConvolution(Convolution):
    """CONV_2D with weights [out_channels, height, width, in_channels / groups]."""

    channel_axis = 0

    def macs(self, io: Io) -> int:
        return prod(io.output.shape) * prod(io.input(1).shape[1:])

    def groups(self, io: Io) -> int:
        return io.input(0).shape[3] // io.input(1).shape[3]

    def sums_of_products(self, io: Io, centered: Array, weights: Array) -> Array:
        """int64 [pixels, out_channels] of the input less its zero point, in float64, and the weights."""
        groups = self.groups(io)
        # float64 holds the sums exactly, and its matrix product is fast
        patches = self.window.patches(centered, 0.0)
        rows = weights.reshape(groups, -1, prod(weights.shape[1:])).astype(np.float64)
        parts = [
            part.reshape(-1, rows.shape[2]) @ rows[group].T
            for group, part in enumerate(np.split(patches, groups, axis=-1))
        ]
        sums: Array = np.concatenate(parts, axis=1).astype(np.int64)
        return sums


def _channels_divide(op: DepthwiseConvolution, io: Io) -> bool:
    weights, in_channels = io.input(1).shape, io.input(0).shape[3]
    return weights[0] == 1 and in_channels > 0 and weights[3] > 0 and weights[3] % in_channels == 0


def _kernel_fits(op: DepthwiseConvolution, io: Io) -> bool:
    return prod(io.input(1).shape[1:3]) <= MAX_PRODUCTS // 2


@requires("its data and weights have four dimensions", has_four_dimensions)
@requires("its weights are [1, height, width, a multiple of the input channels]", if_four_dimensions(_channels_divide))
@requires(f"a window holds {MAX_PRODUCTS // 2:,} weights at most", if_four_dimensions(_kernel_fits))
@dataclass(frozen=True)
class DepthwiseConvolution(Convolution):
    """DEPTHWISE_CONV_2D with weights [1, height, width, in_channels * depth_multiplier]."""

    channel_axis = 3

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        op = super().parse(options, io)
        told = options.get("depth_multiplier")  # tflite-micro goes by it, whatever the shapes say
        shaped = has_four_dimensions(op, io) and _channels_divide(op, io)
        if shaped and told is not None and told != op.depth_multiplier(io):
            raise MalformedModel(f"the depth multiplier {told} is not that of its shapes: {op.depth_multiplier(io)}")
        return op

    def macs(self, io: Io) -> int:
        return prod(io.output.shape) * prod(self.window.kernel)

    def depth_multiplier(self, io: Io) -> int:
        return self.channels(io) // io.input(0).shape[3]

    def sums_of_products(self, io: Io, centered: Array, weights: Array) -> Array:
        """int64 of the output's shape, of the input less its zero point, int64, and the weights."""
        patches = self.window.patches(centered, 0)
        sums = np.zeros(io.output.shape, np.int64)
        repeats = self.depth_multiplier(io)
        for i in range(self.window.kernel[0]):
            for j in range(self.window.kernel[1]):
                sums += np.repeat(patches[:, :, :, i, j], repeats, axis=-1) * weights[0, i, j]
        return sums
