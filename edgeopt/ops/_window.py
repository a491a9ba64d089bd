"""Sliding windows: padding, output size and patches as TensorFlow Lite computes them (ComputePaddingHeightWidth).

A file may ask for a window of any size and dilation; the limits keep what that costs within reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np

from edgeopt.errors import UnsupportedModel
from edgeopt.ir import Array, Io, OpType, Shape, Strip, requires

MAX_STEP = 32_767
MAX_PADDED = 1 << 24  # elements: more than any microcontroller holds


def effective_size(kernel: int, dilation: int) -> int:
    """Input positions that a dilated kernel spans."""
    return (kernel - 1) * dilation + 1


def same_pads(size: int, kernel: int, stride: int, dilation: int = 1) -> tuple[int, int]:
    """(before, after) of SAME padding along one axis; the odd one goes after."""
    out = -(-size // stride)
    total = max(0, (out - 1) * stride + effective_size(kernel, dilation) - size)
    return total // 2, total - total // 2


@dataclass(frozen=True)
class Window:
    """Geometry of a sliding window over NHWC. Pairs are (height, width); padding is explicit, never SAME or VALID."""

    kernel: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    pad_top: int = 0
    pad_bottom: int = 0
    pad_left: int = 0
    pad_right: int = 0

    @classmethod
    def resolve(
        cls,
        padding: str,
        size: tuple[int, int],
        kernel: tuple[int, int],
        stride: tuple[int, int],
        dilation: tuple[int, int] = (1, 1),
    ) -> Window:
        """The window that `padding` (SAME or VALID) means for an input of `size`."""
        if padding not in ("SAME", "VALID"):
            raise UnsupportedModel(f"padding `{padding}` is not known", "edgeopt knows SAME and VALID")
        if min(*kernel, *stride, *dilation) < 1:
            raise UnsupportedModel("kernel size, stride and dilation of a window must be at least 1")
        if padding == "VALID":
            return cls(kernel, stride, dilation)
        top, bottom = same_pads(size[0], kernel[0], stride[0], dilation[0])
        left, right = same_pads(size[1], kernel[1], stride[1], dilation[1])
        return cls(kernel, stride, dilation, top, bottom, left, right)

    @property
    def is_padded(self) -> bool:
        return any((self.pad_top, self.pad_bottom, self.pad_left, self.pad_right))

    def with_padding(self, rows: Sequence[int], cols: Sequence[int]) -> Window:
        """This window with `rows` (top, bottom) and `cols` (left, right) more padding."""
        return replace(
            self,
            pad_top=self.pad_top + rows[0],
            pad_bottom=self.pad_bottom + rows[1],
            pad_left=self.pad_left + cols[0],
            pad_right=self.pad_right + cols[1],
        )

    def padded_size(self, size: tuple[int, int]) -> tuple[int, int]:
        """Height and width of an input of `size` with its padding."""
        return size[0] + self.pad_top + self.pad_bottom, size[1] + self.pad_left + self.pad_right

    def output_size(self, size: tuple[int, int]) -> tuple[int, int]:
        """Height and width of the output for an input of `size`; 0 where the window does not fit."""
        padded = self.padded_size(size)
        spans = (effective_size(self.kernel[0], self.dilation[0]), effective_size(self.kernel[1], self.dilation[1]))
        height = (padded[0] - spans[0]) // self.stride[0] + 1
        width = (padded[1] - spans[1]) // self.stride[1] + 1
        return max(0, height), max(0, width)

    def strip(self, height: int, first: int, end: int) -> tuple[Window, tuple[int, int]] | None:
        """This window over as many rows of an input of `height` as the output rows [first, end) need, and those rows.

        None where they need padding alone.
        """
        top = first * self.stride[0] - self.pad_top
        bottom = (end - 1) * self.stride[0] - self.pad_top + effective_size(self.kernel[0], self.dilation[0])
        rows = max(0, top), min(height, bottom)
        if rows[0] >= rows[1]:
            return None
        return replace(self, pad_top=rows[0] - top, pad_bottom=bottom - rows[1]), rows

    def places(self, io: Io) -> dict[str, int]:
        """The parameters of kernels that say where its taps lie, from input 0 to the output, NHWC both."""
        return {
            **self.undilated_places(io),
            # a single tap has no distance to the next, and a kernel that knows needs no care
            "dilation_height": self.dilation[0] if self.kernel[0] > 1 else 1,
            "dilation_width": self.dilation[1] if self.kernel[1] > 1 else 1,
        }

    def undilated_places(self, io: Io) -> dict[str, int]:
        """As `places`, of kernels that know no dilation."""
        x, y = io.input(0), io.output
        return {
            "batches": x.shape[0],
            "in_height": x.shape[1],
            "in_width": x.shape[2],
            "out_height": y.shape[1],
            "out_width": y.shape[2],
            "kernel_height": self.kernel[0],
            "kernel_width": self.kernel[1],
            "stride_height": self.stride[0],
            "stride_width": self.stride[1],
            "pad_top": self.pad_top,
            "pad_left": self.pad_left,
        }

    def patches(self, x: Array, fill: float) -> Array:
        """View [N, out_h, out_w, k_h, k_w, C] of `x` [N, H, W, C], what lies outside being `fill`."""
        pads = ((0, 0), (self.pad_top, self.pad_bottom), (self.pad_left, self.pad_right), (0, 0))
        padded = np.pad(x, pads, constant_values=fill)
        spans = (effective_size(self.kernel[0], self.dilation[0]), effective_size(self.kernel[1], self.dilation[1]))
        sliding = np.lib.stride_tricks.sliding_window_view
        view: Array = sliding(padded, spans, axis=(1, 2))  # type: ignore[call-overload]  # [N, h, w, C, span_h, span_w]
        view = view[:, :: self.stride[0], :: self.stride[1], :, :: self.dilation[0], :: self.dilation[1]]
        return np.moveaxis(view, 3, 5)


def stride_of(options: Mapping[str, Any]) -> tuple[int, int]:
    return int(options["stride_h"]), int(options["stride_w"])


def dilation_of(options: Mapping[str, Any]) -> tuple[int, int]:
    """Dilation factors; operators without them have 1."""
    return int(options.get("dilation_h_factor", 1)), int(options.get("dilation_w_factor", 1))


def strip_of_window(op: Any, io: Io, first: int, end: int) -> Strip | None:
    """`Op.strip` of an operator with a `window` over its first input, and maybe a `pool` (height, width) behind it."""
    pooled = getattr(op, "pool", (1, 1))[0]
    found = op.window.strip(io.input(0).shape[1], first * pooled, end * pooled)
    if found is None:
        return None
    window, rows = found
    return Strip(replace(op, window=window), (rows,))


def pooled_shape(shape: Shape, window: Window) -> Shape:
    """NHWC of what a window with one output a channel makes of `shape`."""
    height, width = window.output_size((shape[1], shape[2]))
    return (shape[0], height, width, shape[3])


def _is_small(op: Any, io: Io) -> bool:
    window: Window = op.window
    return max(*window.kernel, *window.stride, *window.dilation) <= MAX_STEP


def _fits(op: Any, io: Io) -> bool:
    x = io.input(0).shape
    return len(x) != 4 or min(op.window.output_size((x[1], x[2]))) >= 1


def _is_padded_little(op: Any, io: Io) -> bool:
    x = io.input(0).shape
    return len(x) != 4 or prod((x[0], *op.window.padded_size((x[1], x[2])), x[3])) <= MAX_PADDED


def requires_window(cls: OpType) -> OpType:
    """Class decorator for operators with a `window` over NHWC; they say nothing where the rank is another."""
    cls = requires(f"its padded input has {MAX_PADDED:,} elements at most", _is_padded_little)(cls)
    cls = requires("its window fits into the padded input", _fits)(cls)
    return requires(f"its kernel, stride and dilation are at most {MAX_STEP:,}", _is_small)(cls)
