"""CONV_2D 3x3 with stride 1 by integer Winograd F(4x4, 3x3): 2.25 products an output instead of 9.

The denominators are 24 on either side, so the sums are 576 times the accumulator. They are computed modulo 2^32, where
9 has an inverse: what comes out is 64 times the accumulator.
"""

from __future__ import annotations

from edgeopt.ir import Io, Target
from edgeopt.ops._winograd import Form
from edgeopt.ops.conv2d import Conv2D
from edgeopt.ops.ways import WAYS, Way, WayTo

# 24 G on either side, the last row by 4 less, which the transform back makes up for: |U| <= 144 * 128, and the inputs'
# transform makes |V| <= 100 * 128
FORM = Form(
    name="winograd_4x4",
    kernel="eo_conv2d_winograd_4x4_s8",
    size=4,
    weights=((6, 0, 0), (-4, -4, -4), (-4, 4, -4), (1, 2, 4), (1, -2, 4), (0, 0, 6)),
    order=(1, 2, 3, 4, 0, 5),
    by_columns=False,
    multiple=576,
    why="2.25 products an output",
)


@WAYS.register(FORM.name)
class Winograd4x4(WayTo):
    op = Conv2D

    @classmethod
    def offer(cls, op: Conv2D, io: Io, target: Target) -> Way | str:
        return FORM.offer(op, io, target)
