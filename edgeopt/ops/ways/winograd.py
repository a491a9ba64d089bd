"""CONV_2D 3x3 with stride 1 by integer Winograd F(2x2, 3x3): 4 products an output instead of 9."""

from __future__ import annotations

from edgeopt.ir import Io, Target
from edgeopt.ops._winograd import Form
from edgeopt.ops.conv2d import Conv2D
from edgeopt.ops.ways import WAYS, Way, WayTo

# 8 G on either side: |U| <= 16 * 9 * 128, and the inputs' transform makes |V| <= 4 * 128
FORM = Form(
    name="winograd",
    kernel="eo_conv2d_winograd_s8",
    size=2,
    weights=((8, 0, 0), (4, 4, 4), (4, -4, 4), (0, 0, 8)),
    order=(1, 0, 2, 3),
    by_columns=True,
    multiple=64,
    why="4 products an output",
)


@WAYS.register(FORM.name)
class Winograd(WayTo):
    op = Conv2D

    @classmethod
    def offer(cls, op: Conv2D, io: Io, target: Target) -> Way | str:
        return FORM.offer(op, io, target)
