"""DEPTHWISE_CONV_2D: each input channel becomes `depth_multiplier` neighbouring ones; weights and bias go with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from edgeopt.ir import Array, Io
from edgeopt.ops.depthwise_conv2d import DepthwiseConv2D
from edgeopt.optimize.channels import RULES, CarryRule, Span
from edgeopt.optimize.channels.weighted import centered, requantized


@RULES.register("depthwise")
class DepthwiseRule(CarryRule):
    ops = (DepthwiseConv2D,)

    @classmethod
    def sources(cls, op: Any, io: Io) -> list[Array | None]:
        outputs = np.arange(io.output.shape[-1])
        constants = [None if x is None else outputs for x in io.inputs[1:]]  # the bias may be left out
        return [outputs // op.depth_multiplier(io), *constants]

    @classmethod
    def span(cls, op: Any, io: Io, spans: Sequence[Span | None]) -> Span:
        assert spans[0] is not None
        least, most = centered(spans[0], io.input(0).q.zero_point, op.window.is_padded)
        least, most = (np.repeat(end, op.depth_multiplier(io)) for end in (least, most))
        taps, bias = io.input(1).values, op.bias(io)
        up, down = (part.sum(axis=(0, 1, 2), dtype=np.int64) for part in (np.maximum(taps, 0), np.minimum(taps, 0)))
        return requantized(io, bias + up * least + down * most, bias + up * most + down * least, op.clamp)
