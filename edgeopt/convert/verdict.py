"""Float, quantized and generated C side by side on the same samples: delivered, or refused with the reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from edgeopt.convert.accuracy import RELATIVE_ERROR, Loss, Score
from edgeopt.convert.collapse import FEW_SAMPLES, check_baseline, check_collapse, doubts
from edgeopt.convert.dataset import Dataset
from edgeopt.convert.guard import (
    FLOAT,
    GENERATED_C,
    MORE_DATA,
    QUANTIZED,
    REMEDY,
    Judge,
    check_limit,
    classifies,
    doubt,
)
from edgeopt.convert.run_job import Outputs
from edgeopt.convert.summary import Summary
from edgeopt.errors import ModelError, ToolchainError

# models by name -> their outputs on the samples, by LiteRT's reference kernels, which are the same on every computer
Runner = Callable[[Mapping[str, bytes]], Mapping[str, Outputs]]
# (model, samples) -> (its outputs by the C that edgeopt generates, how they were obtained). ModelError: no C for it
GeneratedC = Callable[[bytes, Dataset], tuple[Outputs, str]]
_COLLAPSE_HINT = "check that the calibration data is scaled as for training; {}"
_TOLD_POINTS = 1.0


@dataclass(frozen=True)
class Verdict:
    """`scores` and `losses` are by model: float, quantized, C. A loss is against the float model."""

    scores: Mapping[str, Score]
    losses: Mapping[str, Loss]
    notes: tuple[str, ...]
    c_by: str | None  # how the outputs of the generated C were obtained
    judge: Judge | None = field(default=None, repr=False, compare=False)  # None: there was no data to judge by


NOT_JUDGED = Verdict({}, {}, (), None)


def judge_conversion(
    name: str,
    float_model: bytes | None,
    result: bytes,
    summary: Summary,
    data: Dataset,
    run: Runner,
    limit: float | None = None,
    generated_c: GeneratedC | None = None,
) -> Verdict:
    """The verdict on `result`, a quantized .tflite of that summary; `name` is the source model's, for messages.

    A binarized network is its own float model: `float_model` and `result` are the same, and only its C is judged.

    OutputsDiffer where the outputs have collapsed; OverBudget where the quantized model or its C loses more than
    `limit` points; UsageError where the float model's own outputs are no numbers.
    """
    remedy = MORE_DATA if summary.binarized else REMEDY
    outputs, notes = _by_runtimes(float_model, result, run)
    judge = Judge(data, classifies(summary), outputs.pop(FLOAT, None))
    check_baseline(judge)
    if judge.baseline is not None and data.samples < FEW_SAMPLES:
        notes.append(f"{data.samples} samples are too few to see whether one class is all that is left")
    c_by = None
    if generated_c is not None:
        try:
            outputs[GENERATED_C], c_by = generated_c(result, data)
        except ModelError as error:
            notes.append(f"there is no C to judge: {error.message}")
    if judge.baseline is not None:
        notes += doubts(judge, judge.baseline, "the float model itself")
    elif outputs:
        notes += doubts(judge, next(iter(outputs.values())), "the model")
    scores = {FLOAT: judge.baseline_score()} | {model: judge.score(values) for model, values in outputs.items()}
    losses = {model: judge.loss(values) for model, values in outputs.items()}
    found = {model: score for model, score in scores.items() if score is not None}
    lost = {model: loss for model, loss in losses.items() if loss is not None}
    for model, values in outputs.items():
        check_collapse(judge, values, summary.output_tensors, _called(name, model), _COLLAPSE_HINT.format(remedy))
    notes += _held_to(limit, lost, found, name, remedy) if limit is not None else _without_limit(lost, remedy)
    return Verdict(found, lost, tuple(notes), c_by, judge)


def _by_runtimes(float_model: bytes | None, result: bytes, run: Runner) -> tuple[dict[str, Outputs], list[str]]:
    """The outputs by model, and what could not be obtained."""
    alone = float_model is None or float_model == result
    models = {} if float_model is None else {FLOAT: float_model}
    try:
        return dict(run(models if float_model == result else {**models, QUANTIZED: result})), []
    except ToolchainError as error:  # a finished model needs its runtime for nothing else
        if not alone:
            raise
        which = "quantized model was not judged by LiteRT" if float_model is None else "model was not run as it is"
        return {}, [f"the {which}: {error.message}"]


def _held_to(limit: float, lost: Mapping[str, Loss], scores: Mapping[str, Score], name: str, remedy: str) -> list[str]:
    """What is doubtful about a limit that holds; OverBudget where it does not."""
    if not lost:
        return ["there is no float model to compare with: --max-accuracy-drop says nothing here"]
    for model, loss in lost.items():
        check_limit(loss, limit, _called(name, model), scores.get(FLOAT), scores[model], remedy)
    model, worst = max(lost.items(), key=lambda item: item[1].points)
    unsure = doubt(worst, limit, f"the {_words(model)}")
    return [] if unsure is None else [unsure]


def _without_limit(lost: Mapping[str, Loss], remedy: str) -> list[str]:
    """A loss that is no chance is told also where none was forbidden."""
    told = ((model, loss) for model, loss in lost.items() if loss.metric != RELATIVE_ERROR and loss.low > _TOLD_POINTS)
    return [f"the {_words(model)} loses {loss}: {remedy}" for model, loss in told][:1]


def _called(name: str, model: str) -> str:
    return f"{name}: the {_words(model)}"


def _words(model: str) -> str:
    return "generated C" if model == GENERATED_C else f"{model} model"
