"""All calibration methods on the set, and the best of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isfinite, sqrt

import numpy as np

from edgeopt.convert.calibrate.activations import Activations
from edgeopt.convert.calibrate.bias import Shifts, corrected_biases
from edgeopt.convert.calibrate.fidelity import affordable_samples, snr_db
from edgeopt.convert.calibrate.methods import METHODS
from edgeopt.convert.calibrate.ranges import Ranges, ranges_by
from edgeopt.convert.calibrate.run import outputs_of
from edgeopt.convert.findings import MethodFigure
from edgeopt.convert.quantizer import Network, Numbers, Written, quantized
from edgeopt.ir import Array

AUTO = "auto"
_CORRECTED = 2  # of the methods, as many are tried with corrected biases too: the best without
# LiteRT has no fast int16 convolution: its reference one takes some 30 times as long
_CORRECTION_SAMPLES = {"int8": 64, "int16": 16}
_OF_INT16 = ("min-max",)  # all methods are the same there, see ranges_by


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
        corrected = [self._corrected(one) for one in plain[:_CORRECTED]]
        return self._ranked([*plain, *corrected])

    @property
    def samples(self) -> int:
        return affordable_samples(self.network, len(self.columns[0]), len(METHODS.names()) + _CORRECTED)

    def _corrected(self, plain: Calibrated) -> Calibrated:
        layers = len(self.network.operators)
        most = _CORRECTION_SAMPLES[self.numbers.activations]
        samples = min(most, affordable_samples(self.network, len(self.columns[0]), layers))
        shifts = corrected_biases(self.network, self.numbers, plain.ranges, self.columns, samples)
        return self._calibrated(plain.figure.method, plain.ranges, shifts)

    def _calibrated(self, method: str, ranges: Ranges, shifts: Shifts) -> Calibrated:
        written = quantized(self.network, self.numbers, ranges, shifts)
        found = outputs_of(written.data, self.columns, self.samples)
        wanted = [output[: self.samples] for output in self.activations.outputs]
        snr = min(snr_db(one, other) for one, other in zip(wanted, found, strict=True))
        figure = MethodFigure(method, bool(shifts), snr if isfinite(snr) else None, self._top1(found[0]))
        return Calibrated(figure, ranges, shifts, written)

    def _top1(self, output: Array) -> float | None:
        if self.labels is None:
            return None
        right = output.reshape(len(output), -1).argmax(axis=1) == self.labels[: len(output)]
        return float(np.mean(right))

    def _ranked(self, tried: list[Calibrated]) -> list[Calibrated]:
        """By SNR; where there are labels, those first whose accuracy is as good as the best's, to a standard error."""
        bar = 0.0
        if self.labels is not None:
            best = max(one.figure.top1 or 0.0 for one in tried)
            bar = best - sqrt(best * (1 - best) / self.samples)
        return sorted(tried, key=lambda one: ((one.figure.top1 or 0.0) < bar, -_value(one.figure)))


def _value(figure: MethodFigure) -> float:
    return float("inf") if figure.snr_db is None else figure.snr_db
