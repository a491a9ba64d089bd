"""Outputs that say nothing any more: one class for everything, the same values whatever the input, all at their ends.

Such a model may have a fair accuracy (one class of ten is right for a tenth of the samples) and is never delivered.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from edgeopt.convert.accuracy import choices_of, has_classes
from edgeopt.convert.guard import Judge
from edgeopt.convert.intervals import wilson
from edgeopt.convert.litert import quantize_values
from edgeopt.convert.run_job import Outputs
from edgeopt.errors import OutputsDiffer, UsageError
from edgeopt.ir import Array, Tensor

FEW_SAMPLES = 10  # fewer cannot tell one class from chance
_OTHER_SHARE = 0.05  # of samples of other classes, that one class for all must miss to be no coincidence
_SEEN_STEPS = 2  # of the output's scale, by which the float outputs must differ before equal ones are a collapse
_SATURATED_SHARE = 0.5  # of all values of an output
_SATURATED_STEPS = 8  # from the end of the type, so far that a value there has no business at the end


def check_collapse(judge: Judge, outputs: Outputs, tensors: Sequence[Tensor], name: str, hint: str) -> None:
    """OutputsDiffer where the outputs of the model `name` have collapsed; `tensors` are its outputs' types."""
    found = next(_collapses(judge, outputs, tensors), None)
    if found is not None:
        raise OutputsDiffer(f"{name} has collapsed on {judge.data.source}: {found}", hint)


def check_baseline(judge: Judge) -> None:
    """UsageError where the float model itself gives no finite numbers, which nothing can be compared with."""
    for index, values in enumerate(judge.baseline or ()):
        bad = ~np.isfinite(values.reshape(len(values), -1)).all(axis=1)
        if bad.any():
            raise UsageError(
                f"{judge.data.source}: output {index} of the float model is NaN or infinite for {int(bad.sum())} of "
                f"{len(bad)} samples, the first is {int(bad.argmax())}",
                "prepare the samples as for training, or train the model again",
            )


def doubts(judge: Judge, outputs: Outputs, who: str) -> Iterator[str]:
    """What makes the answers of the model as it was given doubtful; most often samples that are scaled otherwise."""
    data, values = judge.data, outputs[0]
    if data.samples < FEW_SAMPLES or not has_classes(values):
        return
    said, samples = choices_of(values), f"the {data.samples:,} samples of {data.source}"
    if data.labels is not None:
        right = float(np.mean(said == data.labels))
        commonest = int(np.unique(data.labels, return_counts=True)[1].max()) / data.samples
        if right <= commonest < 1:
            yield (
                f"{who} is right for {100 * right:.1f} % of {samples}, always saying the commonest class would be for "
                f"{100 * commonest:.1f} %: are they scaled as for training?"
            )
    elif judge.classifies and len(set(said)) == 1:
        yield f"{who} says class {said[0]} for all {samples}: are they scaled as for training?"


def _collapses(judge: Judge, outputs: Outputs, tensors: Sequence[Tensor]) -> Iterator[str]:
    found = _one_class(judge, outputs[0])
    if found is not None:
        yield found
    for index, (values, tensor) in enumerate(zip(outputs, tensors, strict=True)):
        wanted = None if judge.baseline is None else judge.baseline[index]
        if wanted is None or wanted.shape != values.shape:
            continue
        if _constant(values, wanted, tensor):
            yield f"output {index} is the same for all {len(values)} samples, the float model's is not"
        stuck = _saturated(values, wanted, tensor)
        if stuck > _SATURATED_SHARE:
            share = f"{100 * stuck:.0f} % of output {index}"
            yield f"{share} is stuck at the ends of {tensor.dtype}, the float model's values are not there"


def _one_class(judge: Judge, values: Array) -> str | None:
    """Where all samples get one class, and the float model surely has others too."""
    chooses = (judge.classifies or judge.data.labels is not None) and has_classes(values)
    if judge.baseline is None or not chooses or judge.data.samples < FEW_SAMPLES:
        return None
    said, wanted = choices_of(values), choices_of(judge.baseline[0])
    others = int(np.sum(wanted != said[0]))
    if len(set(said)) > 1 or wilson(others, len(said))[0] <= _OTHER_SHARE:
        return None
    return f"it says class {said[0]} for all {len(said)} samples, the float model says others for {others} of them"


def _constant(values: Array, wanted: Array, tensor: Tensor) -> bool:
    """The same values for every sample, where the float model's differ by more than the output's steps can hide."""
    if len(values) < 2 or (values != values[0]).any():
        return False
    spread = float(np.ptp(wanted, axis=0).max())
    step = tensor.q.scale if tensor.quant is not None else float(np.abs(wanted).max()) / 256
    return spread > _SEEN_STEPS * step


def _saturated(values: Array, wanted: Array, tensor: Tensor) -> float:
    """Share of values at an end of their integer type that the float model's are far from, inside or beyond it."""
    if tensor.quant is None or np.dtype(tensor.dtype).kind not in "iu":
        return 0.0
    info, scale = np.iinfo(tensor.dtype), tensor.q.scale
    q = quantize_values(values, tensor.q, tensor.dtype).astype(np.float64)
    exact = wanted.astype(np.float64) / scale + tensor.q.zero_point
    far = _SATURATED_STEPS * (info.max - info.min) / 255
    stuck = ((q == info.min) | (q == info.max)) & (np.abs(exact - q) > far)
    return float(stuck.mean())
