"""A .tflite becomes one of integers by the user's choices, or the error says why it cannot."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from edgeopt.convert.calibrate.compare import AUTO
from edgeopt.convert.calibrate.methods import METHODS
from edgeopt.convert.calibration import match, plain_name
from edgeopt.convert.choices import DEFAULT_CHOICES, Choices
from edgeopt.convert.data_checks import check_calibration, check_reach
from edgeopt.convert.dataset import Dataset
from edgeopt.convert.findings import Findings
from edgeopt.convert.process import ConversionFailed, Worker
from edgeopt.convert.quantize_job import Samples
from edgeopt.convert.summary import READY, Kind, Summary, read_summary
from edgeopt.errors import ModelError, UnsupportedModel, UsageError
from edgeopt.schema import Ranges, read_model, read_ranges

_CALIBRATION_HINT = "give some of the training samples: --calibration DATA.npz"
_ALREADY = "the model is quantized already, {} changed nothing: give the float model"
_NOT_OF_NUMBERS = ("max_accuracy_drop",)  # choices that are no matter of how numbers are kept


@dataclass(frozen=True)
class Quantized:
    """A .tflite of integers and how it came about."""

    data: bytes
    summary: Summary
    action: str  # quantized, calibrated, unchanged, or edges removed
    warnings: tuple[str, ...] = ()
    findings: Findings | None = None  # where it was quantized here


def to_integers(
    data: bytes,
    summary: Summary,
    choices: Choices,
    calibration: Dataset | None,
    evaluation: Dataset | None,
    model: Path,
    folder: Path,
    worker: Worker,
) -> Quantized:
    """Quantizes a float .tflite; a full-integer one passes byte for byte, but for float edges if it has some; a
    binarized one gets its ranges.

    `model` names the source in errors; files in between go into `folder`. With `mixed="auto"` the accuracy limit is
    held on `evaluation`, else on the calibration data.
    """
    check_choices(choices)
    job = _Job(model, folder, worker)
    kind = summary.kind
    if kind is Kind.BINARIZED:
        return _with_ranges(data, summary, choices, calibration, job)
    if kind in READY:
        return Quantized(data, summary, "unchanged", _ignored(choices))
    if kind is Kind.FLOAT_EDGES:
        stripped = job.strip(data)
        return Quantized(stripped, _clean(stripped, model), "edges removed", _ignored(choices))
    if kind is not Kind.FLOAT:
        raise _refusal(model, summary)
    calibration, warnings = _samples(calibration, summary, job)
    if evaluation is not None:
        evaluation = match(evaluation, summary.input_tensors)
        warnings += check_reach(evaluation, calibration)
    result, findings, found = job.quantize(data, summary, choices, calibration, evaluation)
    return Quantized(result, _clean(result, model), "quantized", warnings + found, findings)


def _with_ranges(data: bytes, summary: Summary, choices: Choices, calibration: Dataset | None, job: _Job) -> Quantized:
    """A binarized network with the ranges of what is real-valued in it, which a file may have already."""
    ignored = _ignored(choices, "the network is binarized, {} changed nothing: its types are given")
    if _ranges_of(data, job.model) is not None:
        if calibration is not None:
            ignored += (f"{job.model}: has its ranges already, {calibration.source} was not needed for them",)
        return Quantized(data, summary, "unchanged", ignored)
    calibration, warnings = _samples(calibration, summary, job)
    result, found = job.calibrate(data, summary, calibration)
    return Quantized(result, read_summary(result, str(job.model)), "calibrated", warnings + found + ignored)


def _ranges_of(data: bytes, model: Path) -> Ranges | None:
    try:
        return read_ranges(read_model(data))
    except ModelError as error:
        raise type(error)(f"{model}: {error.message}", error.hint) from error


def _samples(calibration: Dataset | None, summary: Summary, job: _Job) -> tuple[Dataset, tuple[str, ...]]:
    """The samples as the model's inputs take them, and what is odd about them."""
    if calibration is None:
        kind = "binarized" if summary.kind is Kind.BINARIZED else "float"
        raise UsageError(f"{job.model}: is a {kind} model, calibration data is missing", _CALIBRATION_HINT)
    _check_fixed(job.model, summary)
    calibration = match(calibration, summary.input_tensors)
    return calibration, check_calibration(calibration)


def check_choices(choices: Choices) -> None:
    """UsageError where choices contradict each other, or name a method that is not there."""
    if choices.method != AUTO:
        METHODS.get(choices.method)
    if choices.mixed == "auto" and choices.max_accuracy_drop is None:
        raise UsageError(
            "--mixed auto lifts layers until an accuracy limit holds, and there is none", "give --max-accuracy-drop"
        )
    if choices.weights == "int4" and choices.activations == "int16":
        raise UsageError(
            "int4 weights go with int8 activations: no runtime has convolutions of int16 with int4",
            "leave out --weights int4, or --activations int16",
        )


def _ignored(choices: Choices, why: str = _ALREADY) -> tuple[str, ...]:
    """A warning where the user chose how to quantize a model that is not quantized here; `why` names the choices."""
    given = [
        f"--{field.name.replace('_', '-').replace('float-layers', 'keep-float')}"
        for field in fields(choices)
        if field.name not in _NOT_OF_NUMBERS and getattr(choices, field.name) != getattr(DEFAULT_CHOICES, field.name)
    ]
    if not given:
        return ()
    return (why.format(" and ".join(given)),)


@dataclass(frozen=True)
class _Job:
    model: Path
    folder: Path
    worker: Worker

    def strip(self, data: bytes) -> bytes:
        return self._ask(data, {"do": "strip"})[0]

    def quantize(
        self, data: bytes, summary: Summary, choices: Choices, calibration: Dataset, evaluation: Dataset | None
    ) -> tuple[bytes, Findings, tuple[str, ...]]:
        """(the model of integers, what was found out, warnings)."""
        findings = self.folder / "findings.json"
        request = {
            "do": "quantize",
            "choices": asdict(choices),
            "source": calibration.source,
            "findings": str(findings),
            "calibration": self._saved("calibration", calibration, summary),
            "evaluation": self._saved("evaluation", evaluation or calibration, summary),
        }
        result, warnings = self._ask(data, request)
        return result, Findings.from_json(json.loads(findings.read_text())), warnings

    def calibrate(self, data: bytes, summary: Summary, calibration: Dataset) -> tuple[bytes, tuple[str, ...]]:
        """(the binarized model with its ranges, warnings)."""
        samples = self._saved("calibration", calibration, summary)
        request = {"do": "calibrate", "source": calibration.source, "calibration": samples}
        return self._ask(data, request, "calibrated")

    def _saved(self, name: str, samples: Dataset, summary: Summary) -> str:
        """The path of samples as the worker takes them."""
        path = self.folder / f"{name}.npz"
        columns = tuple(samples.inputs[t.name].reshape(-1, *t.shape) for t in summary.input_tensors)
        Samples(columns, samples.labels).save(path)
        return str(path)

    def _ask(self, data: bytes, request: dict[str, Any], done: str = "quantized") -> tuple[bytes, tuple[str, ...]]:
        source, result = self.folder / "float.tflite", self.folder / "integers.tflite"
        source.write_bytes(data)
        try:
            answer = self.worker.ask({**request, "model": str(source), "output": str(result), "name": str(self.model)})
        except ConversionFailed as error:
            raise ModelError(f"{self.model}: cannot be {done}: {error.message}", error.hint) from None
        return result.read_bytes(), tuple(answer["warnings"])


def _check_fixed(model: Path, summary: Summary) -> None:
    for tensor in summary.input_tensors:
        if -1 in tensor.shape:
            raise UnsupportedModel(
                f"{model}: input `{plain_name(tensor.name)}` has open dimensions: {list(tensor.shape)}",
                "export it with fixed sizes: keras.Input(batch_shape=(1, ...))",
            )
        if tensor.dtype != "float32":
            raise UnsupportedModel(
                f"{model}: input `{plain_name(tensor.name)}` is {tensor.dtype}, expected float32",
                "let the model begin after the conversion to float",
            )


def _refusal(model: Path, summary: Summary) -> UnsupportedModel:
    """What is wrong with a model that is neither float nor full int8."""
    if summary.kind is Kind.HYBRID:
        layers = summary.integer_weights or summary.float_layers
        first = layers[0]
        dtypes = {summary.tensors[i].dtype for layer in layers for i in layer.inputs if i in summary.constants}
        weights = " and ".join(sorted(dtypes - {"float32", "int32", "int64"}))
        detail = f"with {weights} weights" if weights else "next to integer ones"
        return UnsupportedModel(
            f"{model}: is a hybrid model: {len(layers)} layers compute in float {detail}, the first is "
            f"`{first.name}` ({first.operator})",
            "give the float model that it was made from, with calibration data",
        )
    edges = summary.input_tensors + summary.output_tensors
    found = ", ".join(f"`{plain_name(tensor.name)}` {tensor.dtype}" for tensor in edges if tensor.dtype != "int8")
    return UnsupportedModel(
        f"{model}: not every input and output is int8: {found}", "convert the float model that it was made from"
    )


def _clean(data: bytes, model: Path) -> Summary:
    """The summary of a result, which must be of integers but for the layers that were left in float."""
    summary = read_summary(data, str(model))
    if summary.kind in READY:
        return summary
    if not summary.float_layers:
        raise _refusal(model, summary)
    listed = ", ".join(f"`{layer.name}` ({layer.operator})" for layer in summary.float_layers)
    raise UnsupportedModel(
        f"{model}: cannot be quantized in full, these layers stay in float: {listed}",
        "replace these layers, or leave them out and compute them in your own code",
    )
