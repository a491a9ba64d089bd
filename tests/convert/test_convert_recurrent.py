"""LSTMs of Keras: which way in works is what the hints say, and what comes in is proven over a sequence."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from support.sequences import INFERENCES, prove_streams, random_stream
from support.whole import prove_whole

from edgeopt.convert import Dataset, convert, make_dataset
from edgeopt.errors import UnsupportedModel
from edgeopt.load import load

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


def test_a_fused_float_lstm_is_refused_with_the_way_out(models: Path, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedModel, match="UNIDIRECTIONAL_SEQUENCE_LSTM") as caught:
        convert(models / "fused.tflite", tmp_path / "m.tflite", calibration())
    assert "unroll=True" in caught.value.hint and "TensorFlow's own converter" in caught.value.hint


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
