"""The work of a node that the cycles of its kernels follow from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from edgeopt.ir import CCall, Io, Op


@dataclass(frozen=True)
class Work:
    """What a kernel call has to do. The MACs of a binary kernel are binary ones."""

    macs: float
    outputs: float  # elements
    inputs: float  # elements of the first input: kernels that prepare it do so once an element
    pixels: float  # of the first output: all its channels at one place; a kernel gathers a window once a pixel
    lines: float = 0.0  # rows of outputs, a channel each
    gathered: float = 0.0  # elements of the windows of all pixels, where a window is larger than a pixel
    runs: float = 0.0  # of gathered elements that lie beside each other
    constant_bytes: float = 0.0  # arrays in flash: channels that are constant have none, and caches hold what is small

    @property
    def depth(self) -> float:
        """MACs an output: how long the innermost loops run."""
        return self.macs / self.outputs if self.outputs else 0.0

    @property
    def channels(self) -> float:
        """Outputs a pixel: what a kernel prepares once a channel."""
        return self.outputs / self.pixels if self.pixels else 0.0

    @property
    def growth(self) -> float:
        """Outputs an input: what tells kernels' ways to go through channels apart."""
        return self.outputs / self.inputs if self.inputs else 0.0

    @property
    def extra(self) -> float:
        """Bytes of constants a channel, besides its int8 weights: a kernel's ways to requantize have each its own."""
        return self.constant_bytes / self.channels - self.depth if self.channels else 0.0

    def times(self, factor: float) -> Work:
        """A part of it, where several calls have it between them, or more than it, where a kernel does so."""
        return Work(
            self.macs * factor,
            self.outputs * factor,
            self.inputs * factor,
            self.pixels * factor,
            self.lines * factor,
            self.gathered * factor,
            self.runs * factor,
            self.constant_bytes * factor,
        )


def work_of(op: Op, io: Io, calls: Sequence[CCall]) -> Work:
    """The work of a whole node, which `calls` compute."""
    macs = op.macs(io) + op.binary_macs(io)  # a kernel has either
    first, outputs = io.optional(0), sum(tensor.elements for tensor in io.outputs)
    shape = io.output.shape if io.outputs else (0,)
    pixels = prod(shape[:-1])
    elements, runs = _window(io)
    return Work(
        macs,
        outputs,
        0 if first is None else first.elements,
        pixels,
        outputs / shape[2] if len(shape) == 4 else 0,
        pixels * elements,
        pixels * runs,
        data_bytes(calls, io),
    )


def data_bytes(calls: Sequence[CCall], io: Io) -> int:
    """The arrays that calls have as parameters or read as operands."""
    arrays = sum(value.nbytes for call in calls for value in call.params.values() if isinstance(value, np.ndarray))
    read = (io.optional(index) for index in {index for call in calls for index in call.inputs})
    return arrays + sum(tensor.size_bytes for tensor in read if tensor is not None and tensor.is_constant)


def _window(io: Io) -> tuple[int, int]:
    """Inputs that a pixel is computed from, by the shape of the weights, and their rows; (0, 0) without a window."""
    first, weights = io.optional(0), io.optional(1)
    if first is None or weights is None or len(first.shape) != 4 or len(weights.shape) != 4:
        return 0, 0
    _, rows, columns, _ = weights.shape
    return (rows * columns * first.shape[3], rows) if rows * columns > 1 else (0, 0)
