"""`convert`: a trained model in any format to a full-integer .tflite."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from edgeopt.convert import sequences
from edgeopt.convert.accuracy import Loss, Score
from edgeopt.convert.binarized.work import Work, work_of
from edgeopt.convert.calibration import match
from edgeopt.convert.choices import DEFAULT_CHOICES, DEFAULT_LIMITS, NO_TRUST, Choices, Limits, Trust
from edgeopt.convert.dataset import Dataset, load_dataset
from edgeopt.convert.files import write_atomically
from edgeopt.convert.findings import Findings
from edgeopt.convert.formats import detect
from edgeopt.convert.layout import Layout, arrange
from edgeopt.convert.memory import save_model
from edgeopt.convert.process import Worker
from edgeopt.convert.provenance import SCHEMA, hash_of, provenance
from edgeopt.convert.quantization import Quantized, to_integers
from edgeopt.convert.run_job import Outputs, Run, run_apart
from edgeopt.convert.source import Tflite, to_tflite
from edgeopt.convert.summary import Kind, Summary, read_summary
from edgeopt.convert.verdict import NOT_JUDGED, GeneratedC, Verdict, judge_conversion
from edgeopt.errors import UsageError
from edgeopt.ir import Tensor
from edgeopt.schema import read_model, read_ranges


@dataclass(frozen=True)
class Converted:
    """A .tflite of integers on disk, and how it came about."""

    path: Path
    sha256: str
    source_format: str  # name of the format, of formats/
    action: str  # quantized, calibrated (of binarized networks), unchanged, edges removed, or trained ranges kept
    warnings: tuple[str, ...]
    inputs: tuple[str, ...]  # "image int8[1, 28, 28, 1]"
    outputs: tuple[str, ...]
    accuracy: Mapping[str, Score]  # of `float`, `quantized` and `C`, where there was data to judge by
    loss: Mapping[str, Loss]  # of `quantized` and `C` against the float model, where there was one
    c_by: str | None  # how the generated C was run to be judged; None: it was not
    provenance: Mapping[str, Any]  # as in the file beside the model
    layouts: tuple[Layout, ...] = ()  # inputs whose axes are in another order than in the model's file
    findings: Findings | None = None  # of calibration and sensitivity, where it was quantized here
    verdict: Verdict = field(default=NOT_JUDGED, repr=False, compare=False)
    float_model: bytes | None = field(default=None, repr=False, compare=False)  # the float .tflite, where there was one
    binarized: Work | None = None  # how much of a binarized network is binary


def convert(
    model: object,
    output: Path,
    calibration: Dataset | Path | None = None,
    *,
    evaluation: Dataset | Path | None = None,
    choices: Choices = DEFAULT_CHOICES,
    trust: Trust = NO_TRUST,
    limits: Limits = DEFAULT_LIMITS,
    worker: Worker | None = None,
    generated_c: GeneratedC | None = None,
) -> Converted:
    """Convert `model` and write `output`, whole or not at all; the same inputs give the same bytes.

    `model` is a path, or a model in memory: a Keras model (Keras 3 or tf-keras), or a TensorFlow function (a concrete
    one, or one with an input signature). A float model is quantized as `choices` say. A full-integer .tflite is checked
    and copied byte for byte; one with float edges loses them; a model that was trained with its ranges keeps them; a
    Larq model becomes the .tflite of the Larq Compute Engine, with its ranges as metadata.
    `calibration` is needed for these and for float models, in real values and in the model's own order of axes. The
    result is judged on `evaluation`, else on the calibration data, and not written where it has collapsed or loses
    more than `choices.max_accuracy_drop`. Beside the output lies `<output>.json`, which says what it was made from.

    Errors: UsageError (data, paths), ModelError (hybrid, damaged, not fully quantizable, unsafe), ToolchainError (an
    extra is not installed, or the worker died or broke `limits`), OverBudget (accuracy), OutputsDiffer (collapsed).
    """
    output = Path(output)
    worker = worker or Worker(limits=limits, log=output.with_name(f"{output.stem}.convert.log"))
    worker = replace(worker, tools={})
    samples = load_dataset(calibration) if isinstance(calibration, Path) else calibration
    tests = load_dataset(evaluation) if isinstance(evaluation, Path) else evaluation
    with tempfile.TemporaryDirectory(prefix="edgeopt-") as folder:
        source = _bring(model, output, trust, Path(folder), worker)
        tflite, name = source.tflite, Path(source.name)
        samples, tests = _arranged(samples, tflite), _arranged(tests, tflite)
        summary = read_summary(tflite.data, source.name)
        _check_evaluation(tests, summary)
        quantized = to_integers(tflite.data, summary, choices, samples, tests, name, Path(folder), worker)
    action = quantized.action if tflite.baseline is None else "trained ranges kept"
    float_model = tflite.data if summary.kind is Kind.FLOAT else tflite.baseline
    # the Larq Compute Engine runs a binarized network in float and bits: it is its own float model
    reference = quantized.data if summary.kind is Kind.BINARIZED else float_model
    data = tests if tests is not None else samples if reference is not None else None
    calibrated = action in ("quantized", "calibrated")
    own = calibrated and (evaluation is None or _same(evaluation, calibration))
    verdict = _judged(name, reference, quantized, data, own, choices.max_accuracy_drop, worker, generated_c)
    made_from = provenance(
        source.format, source.sha256, calibration, evaluation, choices, trust, action, dict(worker.tools)
    )
    return Converted(
        path=output,
        sha256=_write(output, quantized.data, made_from),
        source_format=source.format,
        action=action,
        warnings=(*tflite.warnings, *quantized.warnings, *sequences.notes(quantized.data), *verdict.notes),
        inputs=_inputs(quantized),
        outputs=_described(quantized.summary.output_tensors),
        accuracy=verdict.scores,
        loss=verdict.losses,
        c_by=verdict.c_by,
        provenance=made_from,
        layouts=tflite.layouts,
        findings=quantized.findings,
        verdict=verdict,
        float_model=float_model,
        binarized=work_of(read_model(quantized.data)) if summary.kind is Kind.BINARIZED else None,
    )


def _inputs(quantized: Quantized) -> tuple[str, ...]:
    """The inputs, with what they are on the device where the file has them in float."""
    described = _described(quantized.summary.input_tensors)
    ranges = read_ranges(read_model(quantized.data))
    if ranges is None:
        return described
    grids = (ranges.inputs.get(index) for index in quantized.summary.inputs)
    notes = (
        "" if grid is None else ", on the device int8: scale {:.7g}, zero point {}".format(*grid) for grid in grids
    )
    return tuple(input_ + note for input_, note in zip(described, notes, strict=True))


def _described(tensors: Sequence[Tensor]) -> tuple[str, ...]:
    return tuple(f"{tensor.name} {tensor.dtype}{list(tensor.shape)}" for tensor in tensors)


@dataclass(frozen=True)
class _Source:
    """The model that was given, as .tflite, and what to call it."""

    tflite: Tflite
    name: str
    format: str
    sha256: str


def _bring(model: object, output: Path, trust: Trust, folder: Path, worker: Worker) -> _Source:
    if not isinstance(model, str | Path):
        _check_output(None, output)
        path, name = save_model(model, folder)
        tflite = to_tflite(path, name, detect(path), trust, folder, worker)
        return _Source(tflite, name, "memory", hashlib.sha256(tflite.data).hexdigest())
    path = Path(model)
    source = detect(path)
    _check_output(path, output)
    tflite = to_tflite(path, str(path), source, trust, folder, worker)
    return _Source(tflite, str(path), source.name, hash_of(path))


def _arranged(data: Dataset | None, tflite: Tflite) -> Dataset | None:
    return None if data is None else arrange(data, tflite.layouts)


def provenance_file(output: Path) -> Path:
    """Where `convert` writes what the model in `output` was made from."""
    return output.with_name(f"{output.name}.json")


def _check_output(model: Path | None, output: Path) -> None:
    if model is not None and output.exists() and output.resolve() == model.resolve():
        raise UsageError(f"{output}: is the model itself", "give another name with -o")
    if output.is_dir():
        raise UsageError(f"{output}: is a folder", "give the name of a .tflite file with -o")
    if not output.parent.is_dir():
        raise UsageError(f"{output.parent}: there is no such folder to write to", "make it first")


def _check_evaluation(data: Dataset | None, summary: Summary) -> None:
    """UsageError where the data does not fit the model: known before the model is quantized, which takes long."""
    if data is not None and not any(-1 in tensor.shape for tensor in summary.input_tensors):
        match(data, summary.input_tensors)


def _same(evaluation: Dataset | Path, calibration: Dataset | Path | None) -> bool:
    return evaluation is calibration or (isinstance(evaluation, Path) and evaluation == calibration)


def _judged(
    model: Path,
    float_model: bytes | None,
    quantized: Quantized,
    data: Dataset | None,
    own: bool,
    limit: float | None,
    worker: Worker,
    generated_c: GeneratedC | None,
) -> Verdict:
    """The verdict by `data`; `own`: the model was calibrated with them."""
    if data is None or (float_model is None and data.labels is None):
        return NOT_JUDGED

    def run(models: Mapping[str, bytes]) -> Mapping[str, Outputs]:
        runs = [Run(content, f"{model}: the {which} model") for which, content in models.items()]
        return dict(zip(models, run_apart(runs, data, worker), strict=True))

    verdict = judge_conversion(
        str(model), float_model, quantized.data, quantized.summary, data, run, limit, generated_c
    )
    if not own:
        return verdict
    note = f"judged on the {data.samples:,} samples of the calibration: new ones are a harder test, give --data"
    return replace(verdict, notes=(*verdict.notes, note))


def _write(output: Path, data: bytes, made_from: Mapping[str, Any]) -> str:
    """Writes the model and what it was made from; returns the model's SHA-256."""
    sha256 = hashlib.sha256(data).hexdigest()
    record = {"schema": SCHEMA, "sha256": sha256, **made_from}
    write_atomically(provenance_file(output), (json.dumps(record, indent=2, sort_keys=True) + "\n").encode())
    write_atomically(output, data)
    return sha256
