"""`convert`: a trained model in any format to a full-integer .tflite."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from edgeopt.convert.accuracy import Score
from edgeopt.convert.choices import DEFAULT_CHOICES, NO_TRUST, Choices, Trust
from edgeopt.convert.dataset import Dataset, load_dataset
from edgeopt.convert.files import write_atomically
from edgeopt.convert.formats import detect
from edgeopt.convert.guard import accuracy_of
from edgeopt.convert.process import Worker
from edgeopt.convert.quantization import to_integers
from edgeopt.convert.source import to_tflite
from edgeopt.convert.summary import Kind, read_summary
from edgeopt.errors import UsageError


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
    choices: Choices = DEFAULT_CHOICES,
    trust: Trust = NO_TRUST,
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
        data, warnings = to_tflite(model, source, trust, Path(folder), worker)
        summary = read_summary(data, str(model))
        quantized = to_integers(data, summary, choices, calibration, evaluation, model, Path(folder), worker)
    float_model = data if summary.kind is Kind.FLOAT else None
    accuracy = accuracy_of(float_model, quantized.data, quantized.summary, evaluation)
    write_atomically(output, quantized.data)
    return Converted(
        output,
        hashlib.sha256(quantized.data).hexdigest(),
        source.name,
        quantized.action,
        (*warnings, *quantized.warnings),
        tuple(f"{t.name} {t.dtype}{list(t.shape)}" for t in quantized.summary.input_tensors),
        tuple(f"{t.name} {t.dtype}{list(t.shape)}" for t in quantized.summary.output_tensors),
        accuracy,
        float_model,
    )
