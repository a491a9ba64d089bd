"""The range of the least mean squared error: what clipping loses against what finer steps gain."""

import numpy as np

from edgeopt.convert.calibrate.activations import Seen
from edgeopt.convert.calibrate.methods import METHODS, STEPS, Method
from edgeopt.convert.quantizer import Range
from edgeopt.ir import Array

_TOGETHER = np.geomspace(1.0, 0.01, 60)  # both ends: one alone gains nothing while the other is far out
_ALONE = np.linspace(0.5, 1.5, 41)
_ROUNDS = 2  # then each end is sought with the other held, this many times


class MeanSquaredError(Method):
    name = "mse"

    def range_of(self, seen: Seen) -> Range:
        values, counts = seen.histogram.centres, seen.histogram.counts
        low, high = min(seen.low, 0.0), max(seen.high, 0.0)
        best = _best([Range(low * s, high * s) for s in _TOGETHER], values, counts)
        for _ in range(_ROUNDS):
            best = _best([Range(best.low, min(best.high * s, high)) for s in _ALONE], values, counts)
            best = _best([Range(max(best.low * s, low), best.high) for s in _ALONE], values, counts)
        return best


def _best(candidates: list[Range], values: Array, counts: Array) -> Range:
    return candidates[int(np.argmin([_error(candidate, values, counts) for candidate in candidates]))]


def _error(candidate: Range, values: Array, counts: Array) -> float:
    """The sum of squared errors, with 0 on the grid as `grid_of` puts it there."""
    step = (candidate.high - candidate.low) / STEPS
    if step == 0:
        return float(np.dot(values * values, counts))
    zero = np.rint(-candidate.low / step)
    kept = (np.clip(np.rint(values / step) + zero, 0, STEPS) - zero) * step
    return float(np.dot((values - kept) ** 2, counts))


METHODS.register(MeanSquaredError.name)(MeanSquaredError())
