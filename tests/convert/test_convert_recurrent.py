"""LSTMs of Keras: which way in works is what the hints say, and what comes in is proven over a sequence."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from support.sequences import INFERENCES, prove_streams, random_stream
from support.whole import need_toolchain, prove_whole

from edgeopt import pipeline
from edgeopt.board import load_board
from edgeopt.contest import Models, contenders_of
from edgeopt.convert import Choices, Converted, Dataset, convert, load_dataset, make_dataset
from edgeopt.convert.calibrate.fidelity import snr_db
from edgeopt.convert.calibrate.run import stacked
from edgeopt.convert.quantizer import Network
from edgeopt.device.oracle import TFLITE_MICRO
from edgeopt.device.samples import samples_of
from edgeopt.errors import UnsupportedModel
from edgeopt.firmware.host import build_for_host
from edgeopt.ir import Array, Target
from edgeopt.load import load
from edgeopt.plan import plan

SCRIPT = Path(__file__).parents[1] / "support" / "keras_recurrent.py"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that keras_recurrent.py has filled."""
    if any(importlib.util.find_spec(package) is None for package in ("tensorflow", "tf_keras", "keras")):
        pytest.skip("pip install 'edgeopt[convert]'")
    folder = tmp_path_factory.mktemp("recurrent")
    done = subprocess.run([sys.executable, SCRIPT, folder], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


def calibration() -> Dataset:
    return make_dataset({"x": np.random.default_rng(3).normal(size=(40, 3, 4)).astype(np.float32)})


def test_a_loop_is_refused_with_the_way_out(models: Path, tmp_path: Path) -> None:
    for refuse in (load, lambda path: convert(path, tmp_path / "m.tflite", calibration())):
        with pytest.raises(UnsupportedModel, match=r"layer `[^`]*` is control flow \(WHILE\)") as caught:
            refuse(models / "while.tflite")
        assert "unroll=True" in caught.value.hint and "tf-keras" in caught.value.hint


def test_an_unrolled_lstm_is_converted(models: Path, tmp_path: Path, rng: np.random.Generator) -> None:
    convert(models / "unrolled.tflite", tmp_path / "m.tflite", calibration())
    data = (tmp_path / "m.tflite").read_bytes()
    assert load(tmp_path / "m.tflite").state_tensors == ()
    prove_streams([random_stream(data, rng, 4)], tmp_path / "c")


def test_a_fused_float_lstm_becomes_int8(models: Path, tmp_path: Path, rng: np.random.Generator) -> None:
    done = convert(models / "fused.tflite", tmp_path / "m.tflite", calibration())
    assert done.action == "quantized"
    assert any("<name>_reset where a sequence begins; here each sample was" in note for note in done.warnings)
    assert [node.op.name for node in load(tmp_path / "m.tflite").nodes] == ["lstm", "fully_connected"]
    prove_streams([random_stream((tmp_path / "m.tflite").read_bytes(), rng)], tmp_path / "c")


def test_a_fused_lstm_has_no_int16_form(models: Path, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedModel, match="UNIDIRECTIONAL_SEQUENCE_LSTM") as caught:
        convert(models / "fused.tflite", tmp_path / "m.tflite", calibration(), choices=Choices("int16"))
    assert "another type than int8" in caught.value.hint


def test_a_fused_int8_lstm_is_proven_over_a_sequence(models: Path, tmp_path: Path, rng: np.random.Generator) -> None:
    """What TensorFlow's quantizer makes passes through, keeps its state between calls, and runs on a board."""
    model = tmp_path / "m.tflite"
    done = convert(models / "fused_int8.tflite", model)
    assert done.action == "unchanged"
    graph = load(model)
    assert [node.op.name for node in graph.nodes] == ["lstm", "fully_connected"]
    assert sorted(tensor.dtype for tensor in graph.state_tensors) == ["int16", "int8"]
    prove_streams([random_stream(model.read_bytes(), rng)], tmp_path / "c")
    whole = prove_whole(model, "nucleo-l4r5zi", "virtual", "gcc", "-O2", tmp_path / "project", samples=INFERENCES)
    assert whole.measured.identity.state_bytes == 8 * (1 + 2)


@pytest.fixture(scope="module")
def classifier(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Converted:
    """The trained classifier, from its .h5, by edgeopt."""
    model = tmp_path_factory.mktemp("classifier") / "tones.tflite"
    return pipeline.convert(models / "classifier.h5", model, models / "calibration.npz", evaluation=models / "test.npz")


def test_a_trained_lstm_keeps_its_accuracy_down_to_the_board(models: Path, tmp_path: Path) -> None:
    """Each sample is a sequence of its own in every form of the model, and so on the device and for the oracle."""
    need_toolchain("gcc")
    report = pipeline.deploy(
        models / "classifier.tflite",
        load_board("nucleo-l4r5zi"),
        models / "calibration.npz",
        models / "test.npz",
        tmp_path / "project",
    )
    assert report.validation.oracle == TFLITE_MICRO
    assert report.validation.identical == report.validation.samples == 300
    judged = report.accuracy
    assert judged is not None and judged.float_model is not None and judged.device is not None
    assert judged.float_model > 0.9  # or there would be nothing to lose
    assert judged.device == judged.c >= judged.float_model - 0.02


def test_edgeopt_is_no_further_from_the_float_lstm_than_tensorflow(models: Path, classifier: Converted) -> None:
    """By what the softmax reads: behind it the few samples between two classes decide."""
    wanted, theirs, ours = (
        _logits(path.read_bytes(), models / "test.npz")
        for path in (models / "classifier.tflite", models / "classifier_int8.tflite", classifier.path)
    )
    assert snr_db(wanted, ours) >= snr_db(wanted, theirs) > 20


def _logits(model: bytes, data: Path) -> Array:
    network, x = Network(model), np.load(data)["x"]
    assert network.operators[-1] == "SOFTMAX"
    (values,) = stacked(model, [x], len(x), network.reads(len(network.operators) - 1)[:1])
    return values


def test_every_sample_is_a_sequence_of_its_own(models: Path, classifier: Converted, tmp_path: Path) -> None:
    """Every runtime gives the same for a sample whatever came before it, as Keras does."""
    float_model = models / "classifier.tflite"
    forms = Models(float_model, float_model.read_bytes(), classifier.path.read_bytes(), tmp_path)
    data = load_dataset(models / "test.npz").first(20)
    reverse = slice(None, None, -1)
    turned = make_dataset({"x": data.inputs["x"][reverse]})
    contenders, _ = contenders_of(forms)
    assert {one.runtime for one in contenders} >= {"tflite-micro", "LiteRT (XNNPACK)", "LiteRT (reference)"}
    for contender in contenders:
        ((one,), (other,)) = (contender.outputs(samples) for samples in (data, turned))
        np.testing.assert_array_equal(one, other[reverse], contender.runtime)


def test_a_program_that_does_not_begin_anew_shows(models: Path, classifier: Converted, tmp_path: Path) -> None:
    """So the test before can fail: the generated C goes on from sample to sample unless it is reset."""
    graph = load(classifier.path)
    samples = samples_of(load_dataset(models / "test.npz").first(20), graph.input_tensors)
    need_toolchain("gcc")
    for anew in (False, True):
        folder = tmp_path / str(anew)
        folder.mkdir()
        program = build_for_host(plan(graph, Target()), folder, anew)
        assert np.array_equal(program.run(samples), program.run(samples[::-1])[::-1]) == anew
