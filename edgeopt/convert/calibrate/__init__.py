"""From samples to ranges: what the float network's tensors hold (`activations`), how much of it is kept (`methods`).

Runs in the worker.
"""

from edgeopt.convert.calibrate.activations import Activations, Seen, collect
from edgeopt.convert.calibrate.histogram import Histogram
from edgeopt.convert.calibrate.ranges import Ranges, ranges_by

__all__ = ["Activations", "Histogram", "Ranges", "Seen", "collect", "ranges_by"]
