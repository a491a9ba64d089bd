"""A .tflite becomes a full-integer one by the user's choices, or the error says why it cannot."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgeopt.convert.calibration import check_calibration, match, plain_name
from edgeopt.convert.choices import Choices
from edgeopt.convert.dataset import Dataset
from edgeopt.convert.process import ConversionFailed, Worker
from edgeopt.convert.summary import Kind, Summary, read_summary
from edgeopt.errors import ModelError, UnsupportedModel, UsageError
from edgeopt.ir import Array, Tensor

_CALIBRATION_HINT = "give some of the training samples: --calibration DATA.npz"


@dataclass(frozen=True)
class Quantized:
    """A full-integer .tflite and how it came about."""

    data: bytes
    summary: Summary
    action: str  # quantized, unchanged, or edges removed
    warnings: tuple[str, ...] = ()


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
    """Quantizes a float .tflite; a full-integer one passes byte for byte, but for float edges if it has some.

    `model` names the source in errors; files in between go into `folder`.
    """
    job = _Job(model, folder, worker)
    result, action, warnings = job.to_int8(data, summary, calibration)
    return Quantized(result, _clean(result, model), action, warnings)


@dataclass(frozen=True)
class _Job:
    model: Path
    folder: Path
    worker: Worker

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
