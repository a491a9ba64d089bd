"""The choices of a conversion, from `convert` to the file: types, float layers, --mixed auto, methods, determinism."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from edgeopt.convert import Choices, Kind, LiteRt, load_dataset, make_dataset, read_summary
from edgeopt.convert.api import Converted, convert
from edgeopt.convert.calibrate.methods import METHODS
from edgeopt.errors import OverBudget, UsageError

pytest.importorskip("ai_edge_litert", reason="pip install 'edgeopt[quantize]'")

MNIST = Path(__file__).parents[2] / "examples" / "mnist"
FLOAT = MNIST / "mnist_float.tflite"


def converted(folder: Path, **choices: object) -> Converted:
    calibration = load_dataset(MNIST / "calibration.npz").first(60)
    tests = load_dataset(MNIST / "test.npz").first(300)
    chosen = Choices(**choices)  # type: ignore[arg-type]
    return convert(FLOAT, folder / "m.tflite", calibration, evaluation=tests, choices=chosen)


@pytest.mark.parametrize(
    ("choices", "kind", "least"),
    [
        ({"activations": "int16"}, Kind.INT16, 0.97),
        ({"per_tensor": True}, Kind.INT8, 0.96),
        ({"weights": "int4"}, Kind.INT8, 0.93),
        ({"float_layers": ("conv_1", "softmax")}, Kind.MIXED, 0.97),
    ],
)
def test_each_choice_reaches_the_file(choices: dict[str, object], kind: Kind, least: float, tmp_path: Path) -> None:
    done = converted(tmp_path, **choices)
    summary = read_summary(done.path.read_bytes(), "m")
    assert summary.kind is kind and done.accuracy["quantized"].value >= least
    weights = [summary.tensors[layer.inputs[1]] for layer in summary.layers if layer.operator == "CONV_2D"]
    wanted = "int4" if choices.get("weights") else "int8"
    assert {w.dtype for w in weights} <= {wanted, "float32"}
    assert any(w.quant is not None and w.q.per_channel for w in weights) != choices.get("per_tensor", False)
    assert {layer.operator for layer in summary.layers}.isdisjoint({"SHAPE", "PACK", "STRIDED_SLICE"})


def test_layers_are_called_as_the_float_model_calls_them(tmp_path: Path) -> None:
    done = converted(tmp_path, float_layers=("pointwise2_1",))
    summary = read_summary(done.path.read_bytes(), "m")
    kept = [layer for layer in summary.float_layers if layer.operator not in ("QUANTIZE", "DEQUANTIZE")]
    assert [layer.name for layer in kept] == ["pointwise2_1"]
    with pytest.raises(UsageError, match=r"mnist_float\.tflite: no layer is called `pointwise_2`") as caught:
        converted(tmp_path, float_layers=("pointwise_2",))
    assert "`pointwise2_1`" in caught.value.hint


@pytest.mark.parametrize("method", METHODS.names())
def test_a_method_that_is_asked_for_is_used(method: str, tmp_path: Path) -> None:
    findings = converted(tmp_path, method=method).findings
    assert findings is not None and findings.method == method
    assert {figure.method for figure in findings.methods} == {method}


def test_all_methods_are_compared_and_none_worse_than_min_max_is_taken(tmp_path: Path) -> None:
    findings = converted(tmp_path).findings
    assert findings is not None
    assert {figure.method for figure in findings.methods} == set(METHODS.names())
    usual = next(f for f in findings.methods if f.method == "min-max" and not f.bias_correction)
    best = findings.methods[0]
    assert best.snr_db is not None and usual.snr_db is not None and best.snr_db >= usual.snr_db
    assert best.method == findings.method


def test_sensitivity_names_every_layer_that_computes_worst_first(tmp_path: Path) -> None:
    findings = converted(tmp_path).findings
    assert findings is not None
    figures = [figure.snr_db for figure in findings.layers]
    assert None not in figures and figures == sorted(figures)  # type: ignore[type-var]
    layers = read_summary(FLOAT.read_bytes(), "m").layers
    assert {figure.layer for figure in findings.layers} == {layer.name for layer in layers}


def test_mixed_lifts_layers_until_the_limit_holds(tmp_path: Path) -> None:
    plain = converted(tmp_path, weights="int4", per_tensor=True, method="entropy")
    limit = plain.loss["quantized"].points - 1.0
    assert limit > 0, "the network must lose something that lifting can bring back"
    done = converted(tmp_path, weights="int4", per_tensor=True, method="entropy", mixed="auto", max_accuracy_drop=limit)
    assert done.loss["quantized"].points <= limit
    assert done.findings is not None and done.findings.lifted and done.findings.lifted_bytes > 0
    summary = read_summary(done.path.read_bytes(), "m")
    types = {layer.name: summary.tensors[layer.outputs[0]].dtype for layer in summary.layers}
    assert all(types[lifted.layer] == lifted.type for lifted in done.findings.lifted)
    assert len(done.findings.lifted) < len(read_summary(FLOAT.read_bytes(), "m").layers)


def test_mixed_lifts_nothing_where_the_limit_holds_anyway(tmp_path: Path) -> None:
    done = converted(tmp_path, mixed="auto", max_accuracy_drop=5.0)
    assert done.findings is not None and done.findings.lifted == () and done.findings.lifted_bytes == 0


def test_a_limit_that_cannot_be_met_names_the_best(tmp_path: Path) -> None:
    data = load_dataset(MNIST / "calibration.npz").first(60)
    random_labels = np.random.default_rng(1).integers(0, 10, 60)
    tests = make_dataset({"image": data.inputs["image"], "y": random_labels})
    with pytest.raises(OverBudget, match=r"the best loses .* points of top-1 .* layers lifted"):
        convert(
            FLOAT,
            tmp_path / "m.tflite",
            data,
            evaluation=tests,
            choices=Choices(mixed="auto", max_accuracy_drop=-50.0),  # to gain 50 points is impossible
        )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"method": "percentil"}, "no calibration method is called `percentil`"),
        ({"mixed": "auto"}, "until an accuracy limit holds, and there is none"),
        ({"weights": "int4", "activations": "int16"}, "int4 weights go with int8 activations"),
    ],
)
def test_choices_that_make_no_sense(choices: dict[str, object], message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=message):
        converted(tmp_path, **choices)


def test_a_quantized_model_takes_no_choices_and_says_so(tmp_path: Path) -> None:
    done = converted(tmp_path, activations="int16")
    again = convert(done.path, tmp_path / "again.tflite", choices=Choices(weights="int4", float_layers=("a",)))
    assert again.action == "unchanged" and again.sha256 == done.sha256
    assert any("--weights and --keep-float changed nothing" in warning for warning in again.warnings)


def test_a_mixed_model_passes_unchanged(tmp_path: Path) -> None:
    done = converted(tmp_path, float_layers=("pool_1",))
    again = convert(done.path, tmp_path / "again.tflite")
    assert again.action == "unchanged" and again.sha256 == done.sha256


def test_another_process_and_another_path_give_the_same_bytes(tmp_path: Path) -> None:
    done = converted(tmp_path, weights="int4", mixed="auto", max_accuracy_drop=50.0)
    elsewhere = tmp_path / "other place"
    elsewhere.mkdir()
    code = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[1]); import test_choices; "
        "test_choices.converted(Path(sys.argv[2]), weights='int4', mixed='auto', max_accuracy_drop=50.0)"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "77", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", code, str(Path(__file__).parent), str(elsewhere)]
    subprocess.run(command, check=True, env=environment, cwd=elsewhere)
    assert (elsewhere / "m.tflite").read_bytes() == done.path.read_bytes()


def test_the_float_layers_compute_in_float(tmp_path: Path) -> None:
    """All layers in float: what is left is the rounding of the input and the output."""
    names = tuple(layer.name for layer in read_summary(FLOAT.read_bytes(), "m").layers)
    done = converted(tmp_path, float_layers=names)
    data = load_dataset(MNIST / "test.npz").first(20)
    (mine,), (wanted,) = (LiteRt(model).run_real(data).values() for model in (done.path, FLOAT))
    assert np.abs(mine - wanted).max() <= 1 / 256
