"""THRESHOLD of int16 data."""

from dataclasses import dataclass

from edgeopt.ir import Array, CCall, Io, Target
from edgeopt.ops import OPS
from edgeopt.ops.binary._checks import mask_words
from edgeopt.ops.binary.threshold import Thresholds, requires_threshold


@OPS.register("THRESHOLD int16")
@requires_threshold("int16")
@dataclass(frozen=True)
class ThresholdInt16(Thresholds):
    """Nothing is below -32768; for a bit of 1 whatever comes, such a channel is inverted."""

    name = "threshold_s16"

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        thresholds = io.input(1).values
        params: dict[str, int | Array | None] = {
            # two of them, so that a pair of elements finds a pair
            "thresholds": thresholds.repeat(2) if len(thresholds) == 1 else thresholds,
            "invert": None if io.optional(2) is None else mask_words(io, 2, self.channels),
            "rows": self.rows(io),
            "channels": self.channels,
            "per_channel": int(len(thresholds) > 1),
        }
        return (CCall("eo_threshold_s16", params),)
