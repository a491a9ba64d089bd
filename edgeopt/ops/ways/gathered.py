"""All of CONV_2D and FULLY_CONNECTED by eo_conv2d_s8: the code of one kernel in flash instead of that of three."""

from __future__ import annotations

from dataclasses import replace

from edgeopt.ir import CCall, Io, Target, Tensor
from edgeopt.ops._window import Window
from edgeopt.ops.conv2d import Conv2D, convolution_call
from edgeopt.ops.fully_connected import FullyConnected
from edgeopt.ops.ways import WAYS, Way, WayTo


@WAYS.register("gathered")
class Gathered(WayTo):
    """A pointwise layer as one whose windows are copied out."""

    op = Conv2D

    @classmethod
    def offer(cls, op: Conv2D, io: Io, target: Target) -> Way | str:
        call = _call(op, io)
        (plain,) = op.c_calls(io, target)
        return "as plain does it" if plain.kernel == call.kernel else Way("gathered", (call,))


@WAYS.register("dense_gathered")
class DenseGathered(WayTo):
    """A dense layer as a convolution of an image of one row, a pixel for each row of the input."""

    op = FullyConnected

    @classmethod
    def offer(cls, op: FullyConnected, io: Io, target: Target) -> Way | str:
        x, weights, y = io.input(0), io.input(1), io.output
        channels, inputs = weights.shape
        pixels = x.elements // inputs
        kernels = replace(weights, shape=(channels, 1, 1, inputs), data=weights.values.reshape(channels, 1, 1, inputs))
        image = Io(
            (_as_row(x, pixels, inputs), kernels, *io.inputs[2:]),
            (_as_row(y, pixels, channels),),
        )
        return Way("dense_gathered", (_call(Conv2D(Window((1, 1)), op.clamp), image),))


def _as_row(tensor: Tensor, pixels: int, channels: int) -> Tensor:
    return replace(tensor, shape=(1, 1, pixels, channels))


def _call(op: Conv2D, io: Io) -> CCall:
    why = "the kernel of all convolutions: least flash"
    return convolution_call(op, io, io.input(1).values, op.groups(io), why)
