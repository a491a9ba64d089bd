"""All but one value in 10,000 on each side."""

import numpy as np

from edgeopt.convert.calibrate.activations import Seen
from edgeopt.convert.calibrate.methods import METHODS, Method
from edgeopt.convert.quantizer import Range

_CLIPPED_SHARE = 1e-4


class Percentile(Method):
    name = "percentile"

    def range_of(self, seen: Seen) -> Range:
        below = np.cumsum(seen.histogram.counts)
        total = below[-1] if len(below) else 0
        if total == 0:
            return Range(0.0, 0.0)
        centres = seen.histogram.centres
        low = centres[np.searchsorted(below, _CLIPPED_SHARE * total, side="right")]
        high = centres[np.searchsorted(below, (1 - _CLIPPED_SHARE) * total, side="left")]
        # a bin's middle may lie outside of what is in it
        return Range(*(float(np.clip(end, seen.low, seen.high)) for end in (low, high)))


METHODS.register(Percentile.name)(Percentile())
