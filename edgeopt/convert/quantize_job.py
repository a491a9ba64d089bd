"""What the worker does to quantize a float .tflite: calibrate, compare, look at each layer, lift, write."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from edgeopt.convert.calibrate import collect
from edgeopt.convert.calibrate.compare import Calibrated, Comparison
from edgeopt.convert.calibration import sample_shape
from edgeopt.convert.choices import Choices
from edgeopt.convert.dataset import Dataset
from edgeopt.convert.findings import Findings
from edgeopt.convert.guard import Judge, classifies
from edgeopt.convert.litert import LiteRt
from edgeopt.convert.mixed import Lifting, lifted_layers
from edgeopt.convert.preprocessing import check_preprocessing
from edgeopt.convert.quantizer import FLOAT, Network, Numbers, check_types, checked_bytes, find_layers, prepare
from edgeopt.convert.run_job import run_real
from edgeopt.convert.sensitivity import sensitivity
from edgeopt.convert.summary import read_summary
from edgeopt.errors import EdgeoptError
from edgeopt.ir import Array

LABELS = "labels"
_INPUT = "input_"


@dataclass(frozen=True)
class Samples:
    """Samples as they cross to the worker, in one .npz: [samples, *shape] by the inputs' positions, labels if any."""

    columns: tuple[Array, ...]
    labels: Array | None

    def save(self, path: Path) -> None:
        labels = {} if self.labels is None else {LABELS: self.labels}
        np.savez(path, **{f"{_INPUT}{i}": column for i, column in enumerate(self.columns)}, **labels)

    @classmethod
    def load(cls, path: Path) -> Samples:
        with np.load(path, allow_pickle=False) as arrays:
            inputs = len([name for name in arrays.files if name.startswith(_INPUT)])
            columns = tuple(arrays[f"{_INPUT}{i}"] for i in range(inputs))
            return cls(columns, arrays[LABELS] if LABELS in arrays.files else None)


def quantize(request: dict[str, Any]) -> list[str]:
    """Writes the quantized model to `output` and the findings, as JSON, to `findings`.

    Further keys: `model` (a float .tflite), `name` (as in errors), `source` (of the samples, as in errors),
    `calibration` and `evaluation` (.npz as of `Samples`), `choices` (fields of `Choices`).
    """
    choices = Choices(**{**request["choices"], "float_layers": tuple(request["choices"]["float_layers"])})
    network = prepare(checked_bytes(Path(request["model"]), request["name"]))
    numbers = _numbers(network, choices, request["name"])
    samples = Samples.load(Path(request["calibration"]))
    activations = collect(network, samples.columns, request["source"])
    comparison = Comparison(network, numbers, activations, samples.columns, samples.labels)
    tried = comparison.best(choices.method)
    best = tried[0]
    worst_first = sensitivity(network, numbers, best.ranges, activations, samples.columns)
    findings = Findings(
        best.figure.method,
        comparison.samples,
        tuple(one.figure for one in tried),
        tuple(figure for _, figure in worst_first),
    )
    data = best.written.data
    if choices.mixed == "auto" and choices.max_accuracy_drop is not None:
        order = [operator for operator, _ in worst_first]
        evaluation = Samples.load(Path(request["evaluation"]))
        data, findings = _lifted(network, numbers, best, order, evaluation, findings, choices, request["name"])
    Path(request["output"]).write_bytes(data)
    Path(request["findings"]).write_text(json.dumps(findings.as_json()))
    return check_preprocessing(network, activations, samples.columns, samples.labels, request["source"])


def _numbers(network: Network, choices: Choices, name: str) -> Numbers:
    """The types that the user chose; errors name the model."""
    try:
        floats = dict.fromkeys(find_layers(network, choices.float_layers), FLOAT)
        numbers = Numbers(choices.activations, choices.weights, choices.per_tensor, floats)
        check_types(network, numbers)
    except EdgeoptError as error:
        raise type(error)(f"{name}: {error.message}", error.hint) from None
    return numbers


def _lifted(
    network: Network,
    numbers: Numbers,
    best: Calibrated,
    order: list[int],
    evaluation: Samples,
    findings: Findings,
    choices: Choices,
    name: str,
) -> tuple[bytes, Findings]:
    """The model with as many layers lifted as the limit needs, and the findings with their names."""
    assert choices.max_accuracy_drop is not None
    inputs = LiteRt(network.data).inputs
    columns = [
        column.reshape(-1, *sample_shape(tensor)) for column, tensor in zip(evaluation.columns, inputs, strict=True)
    ]
    data = Dataset({tensor.name: column for tensor, column in zip(inputs, columns, strict=True)}, evaluation.labels)
    judge = Judge(data, classifies(read_summary(network.data, name)), run_real(network.data, data))
    trial = Lifting(network, numbers, best.ranges, best.shifts, judge, order).search(choices.max_accuracy_drop, name)
    lifted = lifted_layers(network, numbers, trial.numbers)
    grown = len(trial.written.data) - len(best.written.data)
    return trial.written.data, replace(findings, lifted=lifted, lifted_bytes=grown if lifted else 0)
