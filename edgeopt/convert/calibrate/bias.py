"""Biases that take back what rounding moved: the mean of every channel becomes the float network's again.

Rounded weights move the mean of a channel's sums, by the same amount for every input; it does not average out, and
the layers behind it add to it. So the layers are gone through in order: the quantized network, with what was corrected
so far, runs over samples, and the difference of the channel's means goes into its bias before that is rounded.
Source: Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction", 2019, section 4.2, in
its empirical form.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from edgeopt.convert.calibrate.ranges import Ranges
from edgeopt.convert.calibrate.run import run
from edgeopt.convert.quantizer import FLOAT, RULES, Network, Numbers, quantized
from edgeopt.ir import Array

Shifts = Mapping[int, Array]  # operator -> what its float bias is raised by, [channels]


def corrected_biases(
    network: Network, numbers: Numbers, ranges: Ranges, columns: Sequence[Array], samples: int
) -> Shifts:
    """The shifts of all layers with weights and a bias that compute in integers."""
    layers = [operator for operator in range(len(network.operators)) if _has_bias(network, numbers, operator)]
    tensors = [network.writes(operator)[0] for operator in layers]
    wanted = _channel_means(run(network.data, columns, samples, tensors), samples)
    shifts: dict[int, Array] = {}
    for operator, tensor, mean in zip(layers, tensors, wanted, strict=True):
        written = quantized(network, numbers, ranges, shifts)
        (found,) = _channel_means(run(written.data, columns, samples, [written.tensor_of[tensor]]), samples)
        shifts[operator] = (mean - found).astype(np.float32)
    return shifts


def _has_bias(network: Network, numbers: Numbers, operator: int) -> bool:
    rule = RULES.get(network.operators[operator])
    if rule is None or rule.bias is None or numbers.of(operator) == FLOAT:
        return False
    reads = network.reads(operator)
    return rule.bias < len(reads) and reads[rule.bias] != -1


def _channel_means(results: Iterable[tuple[Array, ...]], samples: int) -> list[Array]:
    """By tensor, the mean of each channel (the last axis) over all samples and positions, float64."""
    sums: list[Array] = []
    for values in results:
        means = [array.reshape(-1, array.shape[-1]).mean(axis=0, dtype=np.float64) for array in values]
        sums = [total + mean for total, mean in zip(sums, means, strict=True)] if sums else means
    return [total / samples for total in sums]
