"""All calibration methods on the set, and the best of them.

What they are ranked by is the signal-to-noise ratio of what the last softmax or logistic reads: of the output itself a
few samples decide, those that lie between two classes, and another few will next time. But nothing is taken that is
worse at the outputs than plain min-max, which other converters do, or that is clearly less accurate where the set has
labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import isfinite, sqrt

import numpy as np

from edgeopt.convert.calibrate.activations import Activations
from edgeopt.convert.calibrate.bias import Shifts, corrected_biases
from edgeopt.convert.calibrate.fidelity import affordable_samples, snr_db
from edgeopt.convert.calibrate.methods import METHODS
from edgeopt.convert.calibrate.ranges import Ranges, ranges_by
from edgeopt.convert.calibrate.run import stacked
from edgeopt.convert.findings import MethodFigure
from edgeopt.convert.quantizer import GRAPH_INPUT, Network, Numbers, Written, quantized
from edgeopt.ir import Array

AUTO = "auto"
_USUAL = "min-max"
_CORRECTED = 2  # of the methods, as many are tried with corrected biases too: the best without
_SHARES = (1.0, 0.75)  # of the correction: the whole of it fits the samples that it was found on a little too well
# LiteRT has no fast int16 convolution: its reference one takes some 30 times as long
_CORRECTION_SAMPLES = {"int8": 64, "int16": 16}
_OF_INT16 = (_USUAL,)  # all methods are the same there, see ranges_by
_SQUASHING = ("SOFTMAX", "LOGISTIC", "LOG_SOFTMAX", "ARG_MAX", "ARG_MIN")


@dataclass(frozen=True)
class Calibrated:
    """Ranges and biases that are ready to quantize with, and how they did."""

    figure: MethodFigure
    ranges: Ranges = field(repr=False)
    shifts: Shifts = field(repr=False)
    written: Written = field(repr=False)


@dataclass(frozen=True)
class Comparison:
    """Tries methods on the first samples of a set: `columns` by input, `labels` where there are some."""

    network: Network
    numbers: Numbers
    activations: Activations
    columns: Sequence[Array]
    labels: Array | None

    def best(self, method: str) -> list[Calibrated]:
        """What was tried, best first: one method with and without corrected biases, or all of them for `auto`."""
        all_names = _OF_INT16 if self.numbers.activations == "int16" else METHODS.names()
        names = all_names if method == AUTO else (method,)
        plain = self._ranked([self._calibrated(name, ranges_by(name, self.activations), {}) for name in names])
        corrected = [one for first in plain[:_CORRECTED] for one in self._corrected(first)]
        return self._ranked([*plain, *corrected])

    @cached_property
    def samples(self) -> int:
        """How many samples of the set are compared on."""
        return affordable_samples(self.network, len(self.columns[0]), len(METHODS.names()) + _CORRECTED * len(_SHARES))

    @cached_property
    def _inner(self) -> tuple[int, ...]:
        """What the last softmax, logistic or argmax of each output reads; the output itself where there is none."""
        found = []
        for output in self.network.outputs:
            maker = self.network.makers.get(output, GRAPH_INPUT)
            squashed = maker != GRAPH_INPUT and self.network.operators[maker] in _SQUASHING
            found.append(self.network.reads(maker)[0] if squashed else output)
        return tuple(found)

    @cached_property
    def _wanted(self) -> tuple[Array, ...]:
        """Of the float network: its outputs, then the inner tensors."""
        tensors = (*self.network.outputs, *self._inner)
        return stacked(self.network.data, self.columns, self.samples, tensors)

    def _corrected(self, plain: Calibrated) -> list[Calibrated]:
        layers = len(self.network.operators)
        most = _CORRECTION_SAMPLES[self.numbers.activations]
        samples = min(most, affordable_samples(self.network, len(self.columns[0]), layers))
        shifts = corrected_biases(self.network, self.numbers, plain.ranges, self.columns, samples)
        return [self._calibrated(plain.figure.method, plain.ranges, shifts, share) for share in _SHARES]

    def _calibrated(self, method: str, ranges: Ranges, whole: Shifts, share: float = 0.0) -> Calibrated:
        shifts = {operator: shift * np.float32(share) for operator, shift in whole.items()}
        written = quantized(self.network, self.numbers, ranges, shifts)
        tensors = [*written.outputs, *(written.tensor_of.get(tensor, tensor) for tensor in self._inner)]
        found = stacked(written.data, self.columns, self.samples, tensors)
        snrs = [snr_db(one, other) for one, other in zip(self._wanted, found, strict=True)]
        outputs, inner = (_finite(min(half)) for half in (snrs[: len(written.outputs)], snrs[len(written.outputs) :]))
        figure = MethodFigure(method, share, outputs, inner, self._top1(found[0]))
        return Calibrated(figure, ranges, shifts, written)

    def _top1(self, output: Array) -> float | None:
        if self.labels is None:
            return None
        right = output.reshape(len(output), -1).argmax(axis=1) == self.labels[: len(output)]
        return float(np.mean(right))

    def _ranked(self, tried: list[Calibrated]) -> list[Calibrated]:
        """Best first. Accuracy is clearly less where it is by more than a standard error of the best one's."""
        usual = next((one for one in tried if one.figure.method == _USUAL), tried[0])
        least_snr, least_top1 = _decibels(usual.figure.snr_db), 0.0
        if self.labels is not None:
            best = max(one.figure.top1 or 0.0 for one in tried)
            least_top1 = best - sqrt(best * (1 - best) / self.samples)

        def rank(one: Calibrated) -> tuple[bool, bool, float, float]:
            figure = one.figure
            snr, inner = _decibels(figure.snr_db), _decibels(figure.inner_snr_db)
            return (figure.top1 or 0.0) < least_top1, snr < least_snr, -inner, -snr

        return sorted(tried, key=rank)


def _finite(snr: float) -> float | None:
    return snr if isfinite(snr) else None


def _decibels(snr: float | None) -> float:
    return float("inf") if snr is None else snr
