"""What CONV_2D and DEPTHWISE_CONV_2D share: window, clamp, limits, and the geometry that their kernels are told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from edgeopt.ir import Array, Io, Op, Shape
from edgeopt.ops._requant import bias_values
from edgeopt.ops._weights import known_clamp
from edgeopt.ops._window import Window, dilation_of, requires_window, stride_of


@requires_window
@dataclass(frozen=True)
class Convolution(Op):
    """A window over NHWC data with constant weights [?, height, width, ?] and an optional bias."""

    window: Window
    clamp: tuple[int, int]  # of the output, inclusive
    channel_axis: ClassVar[int]  # of the weights' output channels

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
        window, x, y = self.window, io.input(0), io.output
        return {
            "batches": x.shape[0],
            "in_height": x.shape[1],
            "in_width": x.shape[2],
            "out_height": y.shape[1],
            "out_width": y.shape[2],
            "kernel_height": window.kernel[0],
            "kernel_width": window.kernel[1],
            "stride_height": window.stride[0],
            "stride_width": window.stride[1],
            # a single tap has no distance to the next, and a kernel that knows needs no care
            "dilation_height": window.dilation[0] if window.kernel[0] > 1 else 1,
            "dilation_width": window.dilation[1] if window.kernel[1] > 1 else 1,
            "pad_top": window.pad_top,
            "pad_left": window.pad_left,
        }

    def output_params(self, io: Io) -> dict[str, int]:
        return {
            "out_zero_point": io.output.q.zero_point,
            "clamp_low": self.clamp[0],
            "clamp_high": self.clamp[1],
        }


def has_four_dimensions(op: Any, io: Io) -> bool:
    return all(tensor is not None and len(tensor.shape) == 4 for tensor in io.inputs[:2])


def if_four_dimensions(holds: Callable[[Any, Io], bool]) -> Callable[[Any, Io], bool]:
    """A rule about shapes, which says nothing where the ranks are wrong: another rule does."""
    return lambda op, io: not has_four_dimensions(op, io) or holds(op, io)
