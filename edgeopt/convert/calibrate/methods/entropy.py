"""The range that loses the least information: Kullback-Leibler divergence of the clipped, quantized distribution.

Both ends are drawn in together, as one threshold on the magnitude: for each of them what lies outside is counted at
the ends (P), and each step of the grid spreads what it holds evenly over its bins that are not empty (Q). Zero is left
out of both: behind a ReLU it is most of all values, it is exact on every grid, and would decide everything.
"""

import numpy as np

from edgeopt.convert.calibrate.activations import Seen
from edgeopt.convert.calibrate.methods import METHODS, STEPS, Method
from edgeopt.convert.quantizer import Range
from edgeopt.ir import Array

_SHRINKAGES = np.linspace(1.0, 0.1, 91)


class Entropy(Method):
    name = "entropy"

    def range_of(self, seen: Seen) -> Range:
        values = seen.histogram.centres
        counts = np.where(values == 0.0, 0, seen.histogram.counts).astype(np.float64)
        largest = max(-seen.low, seen.high, 0.0)
        ranges = [Range(max(seen.low, -largest * s), min(seen.high, largest * s)) for s in _SHRINKAGES]
        if not counts.any():
            return ranges[0]
        return ranges[int(np.argmin([_divergence(candidate, values, counts) for candidate in ranges]))]


def _divergence(candidate: Range, values: Array, counts: Array) -> float:
    low, high = min(candidate.low, 0.0), max(candidate.high, 0.0)
    inside = (values >= low) & (values <= high)
    if high == low or not counts[inside].any():
        return float("inf")
    kept = counts[inside]
    clipped = kept.copy()
    clipped[0] += counts[values < low].sum()
    clipped[-1] += counts[values > high].sum()
    steps = np.rint((values[inside] - low) * (STEPS / (high - low))).astype(np.int64)
    held = np.bincount(steps, weights=kept)
    filled = np.bincount(steps, weights=kept > 0)
    spread = np.where(kept > 0, held[steps] / np.maximum(filled[steps], 1), 0.0)
    p, q = clipped / clipped.sum(), spread / spread.sum()
    if ((p > 0) & (q == 0)).any():  # an end that holds clipped values only
        q = np.where((p > 0) & (q == 0), np.finfo(np.float64).tiny, q)
    some = p > 0
    return float(np.sum(p[some] * np.log(p[some] / q[some])))


METHODS.register(Entropy.name)(Entropy())
