"""Which layers integers hurt: the network's outputs with one layer in integers and all others in float."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite

from edgeopt.convert.calibrate import Activations, Ranges
from edgeopt.convert.calibrate.fidelity import affordable_samples, worst_snr_db
from edgeopt.convert.findings import LayerFigure
from edgeopt.convert.quantizer import FLOAT, RULES, Network, Numbers, quantized, touches_float
from edgeopt.ir import Array

_MOST_SAMPLES = 64


def sensitivity(
    network: Network, numbers: Numbers, ranges: Ranges, activations: Activations, columns: Sequence[Array]
) -> tuple[tuple[int, LayerFigure], ...]:
    """(operator, its figure) of every layer that computes in integers and changes values, the worst first.

    The layer's inputs, weights and output are as in the whole network; its biases are not corrected.
    """
    layers = [operator for operator in range(len(network.operators)) if _computes(network, numbers, operator)]
    samples = min(_MOST_SAMPLES, affordable_samples(network, len(columns[0]), max(1, len(layers))))
    found = []
    for operator in layers:
        others = {other: FLOAT for other in range(len(network.operators)) if other != operator}
        alone = replace(numbers, layers={**others, operator: numbers.of(operator)}, interface=FLOAT)
        model = quantized(network, alone, ranges).data
        found.append((operator, worst_snr_db(model, columns, activations.outputs, samples)))
    found.sort(key=lambda item: item[1])
    return tuple((operator, _figure(network, operator, snr)) for operator, snr in found)


def _figure(network: Network, operator: int, snr: float) -> LayerFigure:
    name, kind = network.layer_names[operator], network.operators[operator]
    return LayerFigure(name, kind, snr if isfinite(snr) else None)


def _computes(network: Network, numbers: Numbers, operator: int) -> bool:
    """Whether a layer computes in integers; one that only moves values loses nothing of its own."""
    rule = RULES.get(network.operators[operator])
    return rule is not None and not rule.same and numbers.of(operator) != FLOAT and touches_float(network, operator)
