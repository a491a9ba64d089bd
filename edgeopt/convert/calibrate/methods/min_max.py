"""All that was seen: nothing is clipped, and one outlier costs every other value its precision."""

from edgeopt.convert.calibrate.activations import Seen
from edgeopt.convert.calibrate.methods import METHODS, Method
from edgeopt.convert.quantizer import Range


class MinMax(Method):
    name = "min-max"

    def range_of(self, seen: Seen) -> Range:
        return Range(seen.low, seen.high)


METHODS.register(MinMax.name)(MinMax())
