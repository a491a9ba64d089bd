"""Keras files and SavedModels, through TensorFlow in its worker."""

import importlib.util
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgeopt.convert import LiteRt, convert, load_dataset, make_dataset
from edgeopt.convert.formats import detect
from edgeopt.convert.safety.config import read_contents, refuse_code
from edgeopt.errors import MalformedModel, ModelError, UnsupportedModel, UsageError

MNIST = Path(__file__).parents[2] / "examples" / "mnist"
needs_tensorflow = pytest.mark.skipif(
    importlib.util.find_spec("tensorflow") is None or importlib.util.find_spec("tf_keras") is None,
    reason="pip install 'edgeopt[convert,quantize]'",
)


def random_data(*shape: int) -> Any:
    return make_dataset({"x": np.random.default_rng(3).random((40, *shape), np.float32)})


@needs_tensorflow
def test_a_keras_3_file_gives_what_its_float_tflite_gives(tmp_path: Path) -> None:
    done = convert(MNIST / "mnist.keras", tmp_path / "k.tflite", MNIST / "calibration.npz")
    assert done.source_format == "keras" and done.inputs == ("serving_default_image:0 int8[1, 28, 28, 1]",)
    assert done.float_model is not None
    data = load_dataset(MNIST / "test.npz").first(50)
    mine, trained = (LiteRt(model).run(data) for model in (done.float_model, MNIST / "mnist_float.tflite"))
    np.testing.assert_allclose(*mine.values(), *trained.values(), atol=1e-5)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["k.tflite", "k.tflite.json"]


@needs_tensorflow
@pytest.mark.parametrize(("name", "shape"), [("ad_autoencoder.h5", (640,)), ("kws_dscnn_savedmodel", (49, 10, 1))])
def test_older_models_convert(name: str, shape: tuple[int, ...], tmp_path: Path, shared_models: Path) -> None:
    done = convert(shared_models / name, tmp_path / "m.tflite", random_data(*shape))
    assert done.action == "quantized" and done.inputs == (f"serving_default_input_1:0 int8{[1, *shape]}",)


@needs_tensorflow
def test_a_file_that_only_the_other_keras_reads_converts(tmp_path: Path, shared_models: Path) -> None:
    h5py = pytest.importorskip("h5py", reason="pip install 'edgeopt[convert]'")
    model = tmp_path / "vww.h5"  # Keras 3 refuses it, and is tried first because of what the file claims
    model.write_bytes((shared_models / "vww_mobilenet.h5").read_bytes())
    with h5py.File(model, "r+") as file:
        file.attrs["keras_version"] = "3.1.0"
    done = convert(model, tmp_path / "m.tflite", random_data(96, 96, 3))
    assert done.inputs == ("serving_default_input_1:0 int8[1, 96, 96, 3]",)


@needs_tensorflow
def test_where_neither_keras_reads_a_file_both_are_quoted(tmp_path: Path) -> None:
    model = rewritten(tmp_path, "Dense", "Danse")
    with pytest.raises(ModelError) as caught:
        convert(model, tmp_path / "m.tflite", MNIST / "calibration.npz")
    message = caught.value.message
    assert "\n" not in message and "saved by Keras 3" in message and "; saved by" in message
    assert "Keras 3" in message and "tf-keras 2" in message and "its log is" in caught.value.hint
    assert not (tmp_path / "m.tflite").exists()


@needs_tensorflow
def test_an_open_dimension_is_named_before_tensorflow_stumbles(tmp_path: Path) -> None:
    model = rewritten(tmp_path, '"batch_shape": [null, 28, 28, 1]', '"batch_shape": [null, null, null, 1]')
    with pytest.raises(UnsupportedModel, match=r"input `image` has open dimensions: \[\?, \?, \?, 1\]"):
        convert(model, tmp_path / "m.tflite", MNIST / "calibration.npz")


def rewritten(folder: Path, old: str, new: str) -> Path:
    """The example's .keras file with its configuration changed."""
    path = folder / "changed.keras"
    with zipfile.ZipFile(MNIST / "mnist.keras") as source, zipfile.ZipFile(path, "w") as target:
        for member in source.namelist():
            data = source.read(member)
            if member == "config.json":
                assert old.encode() in data
                data = data.replace(old.encode(), new.encode())
            target.writestr(member, data)
    return path


def test_code_in_a_model_is_refused() -> None:
    lambda_layer = {"class_name": "Lambda", "config": {"name": "scale", "function": {"class_name": "__lambda__"}}}
    config = {"class_name": "Sequential", "config": {"layers": [{"class_name": "Dense"}, lambda_layer]}}
    with pytest.raises(UnsupportedModel, match="`scale`"):
        refuse_code(read_contents(json.loads(json.dumps(config))), "m.h5")
    refuse_code(read_contents({"class_name": "Dense", "config": {"name": "Lambda"}}), "m.h5")


def test_formats_are_told_apart_by_content(tmp_path: Path) -> None:
    (tmp_path / "m.h5").write_bytes((MNIST / "mnist.keras").read_bytes())
    assert detect(tmp_path / "m.h5").name == "keras"
    (tmp_path / "m.keras").write_bytes((MNIST / "mnist_float.tflite").read_bytes())
    assert detect(tmp_path / "m.keras").name == "tflite"
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "saved_model.pb").touch()
    assert detect(tmp_path / "folder").name == "savedmodel"


def test_files_of_no_known_format(tmp_path: Path) -> None:
    for name, message in (("m.h5", "is not a Keras"), ("m.tflite", "is not a TensorFlow Lite"), ("m", "of no format")):
        (tmp_path / name).write_bytes(b"hello")
        with pytest.raises(MalformedModel, match=message):
            detect(tmp_path / name)
    with pytest.raises(UsageError, match="no such file"):
        detect(tmp_path / "none")
