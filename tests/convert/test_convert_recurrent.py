"""LSTMs of Keras: which way in works is what the hints say, and what comes in is proven over a sequence."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from support.sequences import INFERENCES, prove_streams, random_stream
from support.whole import need_toolchain, prove_whole

from edgeopt import device, pipeline
from edgeopt.board import load_board
from edgeopt.convert import Choices, Converted, Dataset, LiteRt, convert, load_dataset, make_dataset
from edgeopt.convert.calibrate.fidelity import snr_db
from edgeopt.convert.calibrate.run import stacked
from edgeopt.convert.quantizer import Network
from edgeopt.device.oracle import TFLITE_MICRO, expected_outputs
from edgeopt.device.samples import output_arrays, samples_of
from edgeopt.errors import UnsupportedModel
from edgeopt.ir import Array
from edgeopt.load import load
from edgeopt.pipeline.conversion import generated_c

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


def test_a_trained_lstm_keeps_its_accuracy_down_to_the_board(
    models: Path, classifier: Converted, tmp_path: Path
) -> None:
    opened, labels = pipeline.open_model(classifier.path), np.load(models / "test.npz")["y"]
    samples = samples_of(load_dataset(models / "test.npz"), opened.graph.input_tensors)
    board = load_board("nucleo-l4r5zi")
    need_toolchain("gcc")
    pipeline.generate(classifier.path, board, tmp_path / "project")
    elf = pipeline.build(tmp_path / "project", "gcc", "-O2").elf
    measured = device.run(elf, board, "virtual", samples, anew=True)
    expected, oracle = expected_outputs(opened.data, opened.original, samples, anew=True)
    assert oracle == TFLITE_MICRO
    assert device.validate(measured.outputs, expected, oracle).identical == len(samples)
    on_board = np.mean(
        output_arrays(measured.outputs, opened.graph.output_tensors)[0].reshape(300, -1).argmax(1) == labels
    )
    scores = classifier.accuracy
    assert scores["float"].value > 0.9  # or there would be nothing to lose
    assert scores["C"].value == on_board >= scores["float"].value - 0.02


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


def test_every_sample_is_a_sequence_of_its_own(models: Path, classifier: Converted) -> None:
    """LiteRT and C give the same for a sample whatever came before it, as Keras does."""
    data, reverse = load_dataset(models / "test.npz").first(20), slice(None, None, -1)
    turned = make_dataset({"x": data.inputs["x"][reverse]})
    for path in (models / "classifier.tflite", classifier.path):
        runtime = LiteRt(path)
        ((one,), (other,)) = (runtime.run(samples).values() for samples in (data, turned))
        np.testing.assert_array_equal(one, other[reverse])
    (one,), _ = generated_c(classifier.path.read_bytes(), data)
    (other,), _ = generated_c(classifier.path.read_bytes(), turned)
    np.testing.assert_array_equal(one, other[reverse])
