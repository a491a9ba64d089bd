"""How good a model's outputs are, by the measure that its data allows, and what a conversion lost of it."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np

from edgeopt.convert.dataset import Dataset
from edgeopt.convert.intervals import Interval, paired_difference, ratio_of_norms, wilson
from edgeopt.errors import UsageError
from edgeopt.ir import Array

TOP1 = "top-1"  # share of samples whose arg-max is the label
AGREEMENT = "agreement"  # share of samples whose arg-max is the float model's
RELATIVE_ERROR = "relative error"  # |outputs - float outputs| / |float outputs|, Euclidean, over all samples


@dataclass(frozen=True)
class Score:
    """One figure: `metric` names it, `value` is a fraction (0.978 for 97.8 %), `low`..`high` its 95 % interval.

    The interval is Wilson's for a share of samples, and a bootstrap over the samples for a relative error.
    """

    metric: str
    value: float
    samples: int
    low: float = 0.0
    high: float = inf

    def __str__(self) -> str:
        interval = f"{100 * self.low:.2f} to {100 * self.high:.2f}"
        return f"{self.metric} {100 * self.value:.2f} % ({interval}) of {self.samples:,} samples"


@dataclass(frozen=True)
class Loss:
    """What a model lost against the float one on the same samples, in points, and the 95 % interval of that.

    A point is one per cent of the samples for top-1 and agreement, and one per cent of relative error, whose float
    model has none. Below zero the model gained.
    """

    metric: str
    points: float
    low: float
    high: float
    samples: int

    def __str__(self) -> str:
        return f"{self.points:.2f} points of {self.metric} (95 % interval {self.low:.2f} to {self.high:.2f})"


def check_labels(data: Dataset, classes: int) -> None:
    """UsageError where a label is none of the model's classes."""
    if data.labels is not None and int(data.labels.max()) >= classes:
        raise UsageError(
            f"{data.source}: label {int(data.labels.max())}, but the model has {classes} classes",
            "number the labels from 0 in the order of the model's output",
        )


def choices_of(outputs: Array) -> Array:
    """The class that each sample gets: the arg-max, or the number itself where the network ends in an ARG_MAX."""
    flat = _flat(outputs)
    chosen: Array = flat[:, 0] if _is_index(outputs) else flat.argmax(axis=1)
    return chosen


def has_classes(outputs: Array) -> bool:
    """Whether an output of that shape can name one of several classes."""
    return _is_index(outputs) or outputs[0].size > 1


def _is_index(outputs: Array) -> bool:
    return outputs.dtype in (np.int32, np.int64) and outputs[0].size == 1


def score(outputs: Array, data: Dataset, baseline: Array | None = None, classifies: bool = True) -> Score | None:
    """The score of one output [samples, ...]; it may be int8 where an arg-max is compared, else real values.

    With labels: top-1. Without, against `baseline`, the float model's output: agreement of the arg-max for networks
    that classify, else the relative error. None where there is neither.
    """
    flat, wanted = _flat(outputs), None if baseline is None else _flat(baseline)
    if data.labels is not None:
        if not _is_index(outputs):
            check_labels(data, flat.shape[1])
        return _share(TOP1, choices_of(outputs) == data.labels)
    if baseline is None or wanted is None:
        return None
    if _is_index(outputs) or (classifies and has_classes(outputs)):
        return _share(AGREEMENT, choices_of(outputs) == choices_of(baseline))
    errors, sizes = np.square(flat - wanted).sum(axis=1), np.square(wanted).sum(axis=1)
    norm = float(np.sqrt(sizes.sum()))
    error = float(np.sqrt(errors.sum()))
    return Score(RELATIVE_ERROR, error / norm if norm else error, len(flat), *ratio_of_norms(errors, sizes))


def loss(outputs: Array, data: Dataset, baseline: Array, classifies: bool = True) -> Loss:
    """What `outputs` lost against `baseline`, the float model's, by the same measure as `score`.

    Top-1 is compared on the same samples, so its interval is that of a paired difference (Newcombe's method 10); of
    the other two the float model has nothing to lose, so theirs is the interval of the score itself.
    """
    found = score(outputs, data, baseline, classifies)
    assert found is not None
    if data.labels is None:
        value, low, high = (100 * part for part in (found.value, found.low, found.high))
        if found.metric == AGREEMENT:
            value, low, high = 100 - value, 100 - high, 100 - low
        return Loss(found.metric, value, low, high, found.samples)
    before, after = choices_of(baseline) == data.labels, choices_of(outputs) == data.labels
    counts = [int(np.sum(part)) for part in (before & after, before & ~after, ~before & after, ~before & ~after)]
    low, high = paired_difference(*counts)
    return Loss(TOP1, 100 * float(before.mean() - after.mean()), 100 * low, 100 * high, len(after))


def _share(metric: str, right: Array) -> Score:
    interval: Interval = wilson(int(right.sum()), len(right))
    return Score(metric, float(right.mean()), len(right), *interval)


def _flat(outputs: Array) -> Array:
    flat: Array = outputs.reshape(len(outputs), -1)
    return flat if flat.dtype.kind == "i" else flat.astype(np.float64)
