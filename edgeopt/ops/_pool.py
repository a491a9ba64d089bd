"""What AVERAGE_POOL_2D and MAX_POOL_2D share."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import prod
from typing import Any, ClassVar, Self

from edgeopt.errors import MalformedModel
from edgeopt.ir import CCall, Io, Op, Shape, Target, requires
from edgeopt.ops._checks import fused_clamp, quantized
from edgeopt.ops._window import Window, pooled_shape, requires_window, stride_of, strip_of_window

MAX_WINDOW = 65_536  # as many as a convolution's; each is visited for every output


def _same_steps(op: Any, io: Io) -> bool:
    # TFLM and LiteRT pool raw values and allow scales that differ by rounding
    x, y = io.input(0), io.output
    if not quantized(x, x.dtype) or not quantized(y, y.dtype):
        return True  # another rule says so
    return abs(x.q.scale - y.q.scale) <= 1e-6 and x.q.zero_point == y.q.zero_point


@requires_window
@requires(f"a window holds {MAX_WINDOW:,} elements at most", lambda op, io: prod(op.window.kernel) <= MAX_WINDOW)
@requires("its input and output have the same scale and zero point", _same_steps)
@dataclass(frozen=True)
class Pool(Op):
    """A window over NHWC, one output a channel; what lies outside of the input does not count."""

    kernel: ClassVar[str]  # in kernels/

    window: Window
    clamp: tuple[int, int]  # inclusive, in the output's units

    strip = strip_of_window

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        shape = io.input(0).shape
        if len(shape) != 4:
            raise MalformedModel(f"a pooling needs an input of 4 dimensions, not {list(shape)}")
        size = int(options["filter_height"]), int(options["filter_width"])
        window = Window.resolve(options["padding"], (shape[1], shape[2]), size, stride_of(options))
        return cls(window, fused_clamp(options, io))

    def with_clamp(self, low: int, high: int) -> Self:
        return replace(self, clamp=(max(self.clamp[0], low), min(self.clamp[1], high)))

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return (pooled_shape(io.input(0).shape, self.window),)

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        params = {
            **self.window.undilated_places(io),
            "channels": io.input(0).shape[3],
            "low": self.clamp[0],
            "high": self.clamp[1],
        }
        return (CCall(self.kernel, params),)
