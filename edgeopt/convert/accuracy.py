"""How good a model's outputs are, by the measure that its data allows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeopt.convert.dataset import Dataset
from edgeopt.errors import UsageError
from edgeopt.ir import Array

TOP1 = "top-1"  # share of samples whose arg-max is the label
AGREEMENT = "agreement"  # share of samples whose arg-max is the float model's
RELATIVE_ERROR = "relative error"  # |outputs - float outputs| / |float outputs|, Euclidean, over all samples


@dataclass(frozen=True)
class Score:
    """One figure: `metric` names it, `value` is a fraction (0.978 for 97.8 %)."""

    metric: str
    value: float
    samples: int

    def __str__(self) -> str:
        return f"{self.metric} {100 * self.value:.2f} % of {self.samples} samples"


def check_labels(data: Dataset, classes: int) -> None:
    """UsageError where a label is none of the model's classes."""
    if data.labels is not None and int(data.labels.max()) >= classes:
        raise UsageError(
            f"{data.source}: label {int(data.labels.max())}, but the model has {classes} classes",
            "number the labels from 0 in the order of the model's output",
        )


def score(outputs: Array, data: Dataset, baseline: Array | None = None, classifies: bool = True) -> Score | None:
    """The score of one output [samples, ...]; it may be int8 where an arg-max is compared, else real values.

    With labels: top-1. Without, against `baseline`, the float model's output: agreement of the arg-max for networks
    that classify, else the relative error. None where there is neither.
    """
    flat = outputs.reshape(len(outputs), -1)
    if data.labels is not None:
        check_labels(data, flat.shape[1])
        return Score(TOP1, float(np.mean(flat.argmax(axis=1) == data.labels)), len(flat))
    if baseline is None:
        return None
    wanted = baseline.reshape(len(baseline), -1)
    if classifies and flat.shape[1] > 1:
        return Score(AGREEMENT, float(np.mean(flat.argmax(axis=1) == wanted.argmax(axis=1))), len(flat))
    norm = float(np.linalg.norm(wanted.astype(np.float64)))
    error = float(np.linalg.norm(flat.astype(np.float64) - wanted))
    return Score(RELATIVE_ERROR, error / norm if norm else error, len(flat))
