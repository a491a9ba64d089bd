"""How much accuracy a conversion cost, before and after, and whether that is allowed."""

from __future__ import annotations

from edgeopt.convert.accuracy import Score, score
from edgeopt.convert.dataset import Dataset
from edgeopt.convert.litert import LiteRt
from edgeopt.convert.summary import Summary
from edgeopt.ir import Array

CLASSIFIERS = ("SOFTMAX", "LOGISTIC")  # a network that ends in one of these classifies


def accuracy_of(float_model: bytes | None, result: bytes, summary: Summary, data: Dataset | None) -> dict[str, Score]:
    """Scores of the float and the int8 model on their first output, where there is data."""
    if data is None:
        return {}
    makers = {index: layer.operator for layer in summary.layers for index in layer.outputs}
    classifies = makers.get(summary.outputs[0]) in CLASSIFIERS
    scores: dict[str, Score | None] = {}
    baseline = None
    if float_model is not None:
        baseline = _first_output(LiteRt(float_model), data)
        scores["float"] = score(baseline, data)
    scores["int8"] = score(_first_output(LiteRt(result), data), data, baseline, classifies)
    return {name: value for name, value in scores.items() if value is not None}


def _first_output(model: LiteRt, data: Dataset) -> Array:
    return model.run_real(data)[model.outputs[0].name]
