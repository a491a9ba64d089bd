"""How close a quantized network's outputs are to the float one's: signal-to-noise ratio in decibels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edgeopt.convert.calibrate.run import outputs_of
from edgeopt.convert.quantizer import Network
from edgeopt.ir import Array

# What one comparison may cost: elements of activations, over all samples. ic_resnet8 has 0.2 million a sample
COMPARISON_ELEMENTS = 2**27


def snr_db(wanted: Array, found: Array) -> float:
    """10 log10 of the energy of `wanted` over that of the difference; infinite where there is none."""
    noise = float(np.square(found.astype(np.float64) - wanted).sum())
    signal = float(np.square(wanted.astype(np.float64)).sum())
    if noise == 0.0:
        return float("inf")
    return 10 * float(np.log10(signal / noise)) if signal else float("-inf")


def worst_snr_db(model: bytes, columns: Sequence[Array], wanted: Sequence[Array], samples: int) -> float:
    """Of the output that is worst, on the first `samples` samples; `wanted` is by output."""
    found = outputs_of(model, columns, samples)
    return min(snr_db(one[:samples], other) for one, other in zip(wanted, found, strict=True))


def affordable_samples(network: Network, available: int, comparisons: int, least: int = 8) -> int:
    """How many samples each of so many comparisons may have: the same for the same network, on every computer."""
    elements = sum(int(np.prod(network.shape(tensor), dtype=np.int64)) for tensor in network.activations)
    return min(available, max(least, COMPARISON_ELEMENTS // max(1, elements * comparisons)))
