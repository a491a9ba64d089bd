"""The work of a node that the cycles of its kernels follow from."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from edgeopt.ir import Io, Op


@dataclass(frozen=True)
class Work:
    """What a kernel call has to do. The MACs of a binary kernel are binary ones."""

    macs: float
    outputs: float  # elements
    inputs: float  # elements of the first input: kernels that prepare it do so once an element
    pixels: float  # of the first output: all its channels at one place; a kernel gathers a window once a pixel

    def times(self, factor: float) -> Work:
        """A part of it, where several calls have it between them, or more than it, where a kernel does so."""
        return Work(self.macs * factor, self.outputs * factor, self.inputs * factor, self.pixels * factor)


def work_of(op: Op, io: Io) -> Work:
    """The work of a whole node."""
    macs = op.macs(io) + op.binary_macs(io)  # a kernel has either
    first, outputs = io.optional(0), sum(tensor.elements for tensor in io.outputs)
    pixels = prod(io.output.shape[:-1]) if io.outputs else 0
    return Work(macs, outputs, 0 if first is None else first.elements, pixels)
