"""THRESHOLD: bits of real-valued data, 1 where it is below a threshold. The int8 form, and what both forms share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from edgeopt.bits import pack_bits, words_of
from edgeopt.ir import Array, CCall, Io, OpType, Shape, Target, requires
from edgeopt.ops import OPS
from edgeopt.ops._elementwise import strip_of_elements
from edgeopt.ops.binary._checks import holds_bits, is_constant, mask_bits, mask_fits, mask_words
from edgeopt.ops.binary._internal import Internal


def requires_threshold(dtype: str) -> Callable[[OpType], OpType]:
    """Class decorator: data of type `dtype`, its thresholds, its mask and its words of bits."""

    def add(cls: OpType) -> OpType:
        cls = requires(
            "its inverted channels are a constant, a bit a channel, or left out",
            lambda op, io: mask_fits(io, 2, op.channels),
        )(cls)
        cls = requires(
            "its thresholds are constant int16, one or one a channel",
            lambda op, io: is_constant(io.optional(1), "int16", (1,), (op.channels,)),
        )(cls)
        cls = requires("its output is words of its channels' bits", lambda op, io: holds_bits(io.output, op.channels))(
            cls
        )
        return requires(
            f"its input is {dtype}, the channels last",
            lambda op, io: io.input(0).dtype == dtype and io.input(0).shape[-1:] == (op.channels,),
        )(cls)

    return add


@dataclass(frozen=True)
class Thresholds(Internal):
    """bit[c] = (x[c] < threshold[c]) ^ invert[c].

    Inputs: x [..., channels], thresholds int16 [1] or [channels] and, optional, invert int32 [words(channels)].
    """

    arity = (2, 3)

    channels: int

    strip = strip_of_elements

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return ((*io.input(0).shape[:-1], words_of(self.channels)),)

    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        x, thresholds = values[0], values[1]
        assert x is not None and thresholds is not None
        return (pack_bits((x < thresholds) ^ (mask_bits(io, 2, self.channels) != 0)),)

    def rows(self, io: Io) -> int:
        """Pixels, or whatever has the channels."""
        return prod(io.input(0).shape[:-1])


@OPS.register("THRESHOLD")
@requires_threshold("int8")
@dataclass(frozen=True)
class Threshold(Thresholds):
    """Of int8; a threshold of 128 is above all values."""

    name = "threshold_s8"

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        wanted = io.input(1).values
        # nothing is below -128, and everything is where that is turned round: so all thresholds are int8
        above = wanted > 127
        lowest = np.where(above, -128, wanted.clip(-128, 127)).astype(np.int8)
        flipped = np.broadcast_to(above, self.channels)
        params: dict[str, int | Array] = {
            "thresholds": np.pad(lowest, (0, -len(lowest) % 4), mode="edge").view(np.uint32),
            "invert": mask_words(io, 2, self.channels) ^ pack_bits(flipped).view(np.uint32),
            "rows": self.rows(io),
            "channels": self.channels,
            "per_channel": int(len(lowest) > 1),
        }
        return (CCall("eo_threshold_s8", params),)
