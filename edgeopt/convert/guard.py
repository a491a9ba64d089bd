"""What a conversion cost, and whether that is allowed: the float model first, then what was made of it.

    judge = Judge(data, classifies(summary), baseline)   # `baseline`: what the float model gives
    judge.score(outputs), judge.loss(outputs)            # the figure, and what was lost; each with its interval

A limit is broken where the loss that was found is above it. Whether as many samples can tell that from noise is another
question, which the interval answers: it is said in words beside the verdict, and does not change it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil

from edgeopt.convert.accuracy import TOP1, Loss, Score, loss, score
from edgeopt.convert.dataset import Dataset
from edgeopt.convert.run_job import Outputs
from edgeopt.convert.summary import Summary
from edgeopt.errors import OverBudget

FLOAT, QUANTIZED, GENERATED_C = "float", "quantized", "C"  # the models that are judged
MORE_DATA = "give more calibration data"
REMEDY = f"{MORE_DATA}, or try another --method, --mixed auto, or --activations int16"
_CLASSIFIERS = ("SOFTMAX", "LOGISTIC", "LOG_SOFTMAX", "ARG_MAX")  # a network that ends in one of these classifies
_TRANSPARENT = ("QUANTIZE", "DEQUANTIZE", "RESHAPE", "SQUEEZE")  # and may have these behind it
_MOST_SAMPLES = 1e6  # to ask for more helps nobody


@dataclass(frozen=True)
class Judge:
    """Judges models that were made from one float model, by their first outputs on the same data."""

    data: Dataset = field(repr=False)
    classifies: bool
    baseline: Outputs | None = field(default=None, repr=False)  # of the float model, where there is one

    def score(self, outputs: Outputs) -> Score | None:
        """None where there are neither labels nor a float model."""
        baseline = None if self.baseline is None else self.baseline[0]
        return score(outputs[0], self.data, baseline, self.classifies)

    def baseline_score(self) -> Score | None:
        """The float model's own; None where there is no such model, or are no labels."""
        return None if self.baseline is None else score(self.baseline[0], self.data)

    def loss(self, outputs: Outputs) -> Loss | None:
        """Against the float model; None where there is none."""
        return None if self.baseline is None else loss(outputs[0], self.data, self.baseline[0], self.classifies)


def classifies(summary: Summary) -> bool:
    """Whether the first output is a choice among classes, as far as the last layer tells."""
    makers = {index: layer for layer in summary.layers for index in layer.outputs}
    index = summary.outputs[0]
    for _ in summary.layers:
        layer = makers.get(index)
        if layer is None or layer.operator not in _TRANSPARENT:
            break
        index = layer.inputs[0]
    return index in makers and makers[index].operator in _CLASSIFIERS


def check_limit(lost: Loss, limit: float, who: str, before: Score | None, after: Score, remedy: str = REMEDY) -> None:
    """OverBudget where more than `limit` points were lost; `who` and the two scores are for the message."""
    if lost.points <= limit:
        return
    baseline = f"float {100 * before.value:.2f} %, " if before is not None and lost.metric == TOP1 else ""
    unsure = "; the samples are too few to be sure" if lost.low <= limit else ""
    raise OverBudget(
        f"{who} loses {lost} on {lost.samples:,} samples, {limit:g} are allowed: "
        f"{baseline}now {100 * after.value:.2f} %{unsure}",
        remedy,
    )


def doubt(lost: Loss, limit: float, name: str) -> str | None:
    """Says that the limit holds on the samples, but that they are too few to show that it holds; None where not."""
    if not lost.points <= limit < lost.high:
        return None
    needed = lost.samples * ((lost.high - lost.points) / (limit - lost.points)) ** 2 if lost.points < limit else 1e99
    about = f"; about {_round(needed):,} could" if needed <= _MOST_SAMPLES else ""
    return f"{lost.samples:,} samples are too few to show that {name} loses no more than {limit:g}: {lost}{about}"


def _round(count: float) -> int:
    """Up to two digits: it is an estimate."""
    step: int = 10 ** max(0, len(str(ceil(count))) - 2)
    return ceil(count / step) * step
