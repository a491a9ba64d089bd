"""`convert`: a trained model in any format to a full-integer int8 .tflite."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from edgeopt.convert.accuracy import Score, score
from edgeopt.convert.calibration import check_calibration, match, plain_name
from edgeopt.convert.dataset import Dataset, load_dataset
from edgeopt.convert.formats import SourceFormat, detect
from edgeopt.convert.litert import LiteRt
from edgeopt.convert.process import ConversionFailed, Worker
from edgeopt.convert.summary import Kind, Summary, read_summary
from edgeopt.errors import ModelError, ToolchainError, UnsupportedModel, UsageError
from edgeopt.ir import Array, Tensor

_CALIBRATION_HINT = "give some of the training samples: --calibration DATA.npz"
CLASSIFIERS = ("SOFTMAX", "LOGISTIC")  # a network that ends in one of these classifies


@dataclass(frozen=True)
class Converted:
    """An int8 .tflite on disk, and how it came about."""

    path: Path
    sha256: str
    source_format: str  # name of the format, of formats/
    action: str  # quantized, unchanged, or edges removed
    warnings: tuple[str, ...]
    inputs: tuple[str, ...]  # "image int8[1, 28, 28, 1]"
    outputs: tuple[str, ...]
    accuracy: Mapping[str, Score]  # "float" and "int8", where there was data to judge by
    float_model: bytes | None = field(default=None, repr=False, compare=False)  # the float .tflite, where there was one


def convert(
    model: Path,
    output: Path,
    calibration: Dataset | Path | None = None,
    *,
    evaluation: Dataset | Path | None = None,
    worker: Worker | None = None,
) -> Converted:
    """Convert `model` and write `output`, whole or not at all; the same inputs give the same bytes.

    A float model is quantized: int8 activations, inputs and outputs, int8 weights per channel. A full int8 .tflite is
    checked and copied byte for byte; one with float edges loses them. `calibration` is needed for float models and
    given in real values; `evaluation` adds accuracy. Errors: UsageError (data, paths), ModelError (hybrid, damaged,
    not fully quantizable), ToolchainError (an extra is not installed, or the worker died).
    """
    model, output = Path(model), Path(output)
    worker = worker or Worker(log=output.with_name(f"{output.stem}.convert.log"))
    calibration = load_dataset(calibration) if isinstance(calibration, Path) else calibration
    evaluation = load_dataset(evaluation) if isinstance(evaluation, Path) else evaluation
    source = detect(model)
    if output.exists() and output.resolve() == model.resolve():
        raise UsageError(f"{output}: is the model itself", "give another name with -o")
    if output.is_dir():
        raise UsageError(f"{output}: is a folder", "give the name of a .tflite file with -o")
    if not output.parent.is_dir():
        raise UsageError(f"{output.parent}: there is no such folder to write to", "make it first")
    with tempfile.TemporaryDirectory(prefix="edgeopt-") as folder:
        job = _Job(model, source, Path(folder), worker)
        data, warnings = job.to_tflite()
        summary = read_summary(data, str(model))
        result, action, more = job.to_int8(data, summary, calibration)
    kept = data if summary.kind is Kind.FLOAT else None
    final = _clean(result, model)
    accuracy = _accuracy(kept, result, final, evaluation)
    write_atomically(output, result)
    return Converted(
        output,
        hashlib.sha256(result).hexdigest(),
        source.name,
        action,
        (*warnings, *more),
        tuple(f"{t.name} {t.dtype}{list(t.shape)}" for t in final.input_tensors),
        tuple(f"{t.name} {t.dtype}{list(t.shape)}" for t in final.output_tensors),
        accuracy,
        kept,
    )


@dataclass(frozen=True)
class _Job:
    model: Path
    source: SourceFormat
    folder: Path
    worker: Worker

    def to_tflite(self) -> tuple[bytes, list[str]]:
        """The model as .tflite, and warnings. Each attempt is a worker of its own; all their reasons make the error."""
        if not self.source.attempts:
            return self.model.read_bytes(), []
        path = self.folder / "source.tflite"
        request = {"do": "convert", "format": self.source.name, "model": str(self.model), "output": str(path)}
        failures: list[ConversionFailed | ToolchainError] = []
        for attempt in range(self.source.attempts):
            try:
                warnings = self.worker.ask({**request, "attempt": attempt})["warnings"]
                return path.read_bytes(), list(warnings)
            except (ConversionFailed, ToolchainError) as error:
                failures.append(error)
        tool = next((error for error in failures if isinstance(error, ToolchainError)), None)
        if tool is not None:
            raise tool
        reasons = "; ".join(dict.fromkeys(error.message for error in failures))
        raise ModelError(f"{self.model}: {self.source.title} cannot be converted: {reasons}", failures[-1].hint)

    def to_int8(self, data: bytes, summary: Summary, calibration: Dataset | None) -> tuple[bytes, str, tuple[str, ...]]:
        """(int8 .tflite, what was done, warnings)."""
        kind = summary.kind
        if kind is Kind.INT8:
            return data, "unchanged", ()
        if kind is Kind.FLOAT_EDGES:
            return self._ask(data, {"do": "strip"}), "edges removed", ()
        if kind is not Kind.FLOAT:
            raise _refusal(self.model, summary)
        if calibration is None:
            raise UsageError(f"{self.model}: is a float model, calibration data is missing", _CALIBRATION_HINT)
        _check_fixed(self.model, summary)
        calibration = match(calibration, summary.input_tensors)
        warnings = check_calibration(calibration)
        samples = self.folder / "calibration.npz"
        np.savez(samples, **_columns(calibration, summary.input_tensors))
        return self._ask(data, {"do": "quantize", "calibration": str(samples)}), "quantized", warnings

    def _ask(self, data: bytes, request: dict[str, str]) -> bytes:
        source, result = self.folder / "float.tflite", self.folder / "int8.tflite"
        source.write_bytes(data)
        try:
            self.worker.ask({**request, "model": str(source), "output": str(result), "name": str(self.model)})
        except ConversionFailed as error:
            raise ModelError(f"{self.model}: cannot be quantized: {error.message}", error.hint) from None
        return result.read_bytes()


def _columns(data: Dataset, inputs: tuple[Tensor, ...]) -> dict[str, Array]:
    """Matched samples as [samples, *shape of the input], with its batch of one, by position."""
    return {f"input_{i}": data.inputs[t.name].reshape(data.samples, *t.shape) for i, t in enumerate(inputs)}


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
    """The summary of a result, which must be full int8; every layer that still has a float tensor is named."""
    summary = read_summary(data, str(model))
    if summary.kind is Kind.INT8:
        return summary
    if not summary.float_layers:
        raise _refusal(model, summary)
    listed = ", ".join(f"`{layer.name}` ({layer.operator})" for layer in summary.float_layers)
    raise UnsupportedModel(
        f"{model}: cannot be quantized in full, these layers stay in float: {listed}",
        "replace these layers, or leave them out and compute them in your own code",
    )


def _accuracy(float_model: bytes | None, result: bytes, summary: Summary, data: Dataset | None) -> dict[str, Score]:
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


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        umask = os.umask(0)
        os.umask(umask)
        Path(name).chmod(0o666 & ~umask)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
