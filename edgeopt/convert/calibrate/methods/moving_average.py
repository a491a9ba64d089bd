"""The moving average of each sample's range: an outlier counts as much as its sample does."""

from edgeopt.convert.calibrate.activations import Seen
from edgeopt.convert.calibrate.methods import METHODS, Method
from edgeopt.convert.quantizer import Range


class MovingAverage(Method):
    name = "moving-average"

    def range_of(self, seen: Seen) -> Range:
        return seen.average or Range(0.0, 0.0)


METHODS.register(MovingAverage.name)(MovingAverage())
