"""Accuracy and AUC as the official runner computes them (mlcommons/tiny benchmark/runner/main.py)."""

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]  # [files, classes], or [files, 1] where the result is a distance
Labels = NDArray[np.int64]  # [files]

_THRESHOLDS = 100
_TINY = 1e-8  # the runner's, against division by zero


def top1(scores: Scores, labels: Labels) -> float:
    """Of 100. Of distances: the best mean of precision and recall over thresholds, which the runner calls so."""
    if scores.shape[1] > 1:
        return float(100 * np.mean(np.argmax(scores, axis=1) == labels))
    distances = scores[:, 0]
    low, high = float(distances.min()), float(distances.max())
    best = 0.0
    for share in np.arange(0.0, 1.0, 1 / _THRESHOLDS):
        told = distances > low + share * (high - low)
        true = float(np.sum(told & (labels == 1)))
        precision = true / (float(np.sum(told & (labels != 1) & (labels == 0))) + true + _TINY)
        recall = true / (float(np.sum(labels == 1)) + _TINY)
        best = max(best, 50 * (precision + recall))
    return best


def auc(scores: Scores, labels: Labels) -> float | None:
    """Area under the ROC curve; of several classes the mean of each against the rest, of two that of class 1.

    None where a class never occurs, or nothing else does: it has no curve.
    """
    classes = scores.shape[1]
    if classes <= 2:
        return _auc(scores[:, -1], labels == 1)
    areas = [_auc(scores[:, label], labels == label) for label in range(classes)]
    known = [area for area in areas if area is not None]
    return float(np.mean(known)) if len(known) == classes else None


def _auc(scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> float | None:
    """The share of pairs of a positive and a negative that are in order, equal ones counting half: Mann-Whitney's U."""
    positives = int(positive.sum())
    negatives = len(positive) - positives
    if not positives or not negatives:
        return None
    _, at, counts = np.unique(scores, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks = (last - (counts - 1) / 2)[at]  # equal scores share the mean of their ranks
    above = float(ranks[positive].sum()) - positives * (positives + 1) / 2
    return above / (positives * negatives)
