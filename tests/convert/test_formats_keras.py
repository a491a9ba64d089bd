"""Models that Keras alone does not know: custom objects, Lambda layers, Python in a graph, models in memory."""

import importlib.util
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.makers.run import make_models

from edgeopt.convert import LiteRt, Trust, make_dataset
from edgeopt.convert.api import Converted, convert
from edgeopt.errors import ModelError, UnsupportedModel, UsageError

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("tensorflow") is None or importlib.util.find_spec("tf_keras") is None,
    reason="pip install 'edgeopt[convert,quantize]'",
)
OBJECTS = Path(__file__).parents[1] / "support" / "makers" / "custom_objects.py"
DATA = make_dataset({"x": np.random.default_rng(2).random((64, 6), np.float32)})


@pytest.fixture(scope="module")
def keras_3(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("keras_3")
    return folder, json.loads(make_models("keras_3", folder).splitlines()[-1])


@pytest.fixture(scope="module")
def tf_keras(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tf_keras")
    make_models("tf_keras_2", folder, legacy=True)
    return folder


def refusal(model: Path, trust: Trust) -> UnsupportedModel:
    output = model.parent / "none.tflite"
    with pytest.raises(UnsupportedModel) as caught:
        convert(model, output, DATA, trust=trust)
    assert not output.exists() and "\n" not in caught.value.message
    return caught.value


def converted(model: Path, trust: Trust, folder: Path) -> Converted:
    return convert(model, folder / "m.tflite", DATA, trust=trust)


def outputs(done: Converted) -> Any:
    assert done.float_model is not None
    return next(iter(LiteRt(done.float_model).run(DATA).values()))


def test_custom_layers_are_named_with_what_to_give_and_work_when_it_is_given(
    keras_3: tuple[Path, dict[str, Any]], tf_keras: Path, tmp_path: Path
) -> None:
    module = "`Halve` of the module `support.makers.custom_objects`"
    for model, missing in (
        (keras_3[0] / "custom.keras", f"{module}, `Registered` of the module `support.makers.custom_objects`"),
        (tf_keras / "custom.keras", module),
    ):
        error = refusal(model, Trust())
        assert error.message == f"{model}: needs custom objects that are not in Keras: {missing}"
        assert error.hint == "give the file that has them: --custom-objects FILE.py"
        done = converted(model, Trust(modules=(OBJECTS,)), tmp_path)
        assert done.inputs == ("serving_default_x:0 int8[1, 6]",) and outputs(done).shape == (64, 1, 3)


def test_files_that_name_no_modules(keras_3: tuple[Path, dict[str, Any]], tf_keras: Path, tmp_path: Path) -> None:
    assert refusal(tf_keras / "custom.h5", Trust()).message.endswith("are not in Keras: `Halve`")
    assert refusal(keras_3[0] / "activation.keras", Trust()).message.endswith("are not in Keras: `bump`")
    assert converted(tf_keras / "custom.h5", Trust(modules=(OBJECTS,)), tmp_path).action == "quantized"


def test_lambda_layers_are_refused_unless_trusted(keras_3: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    for name in ("lambda.keras", "lambda.h5"):
        assert refusal(keras_3[0] / name, Trust(modules=(OBJECTS,))).message.endswith(
            "has code in it: `twice` (Lambda)"
        )
    assert converted(keras_3[0] / "lambda.keras", Trust(model=True), tmp_path).action == "quantized"


def test_python_in_a_saved_model_is_refused(tf_keras: Path) -> None:
    assert refusal(tf_keras / "python", Trust()).message.endswith("its graph runs Python or reaches files: PyFunc")


def test_a_saved_model_that_writes_a_file_when_it_is_loaded(tf_keras: Path, tmp_path: Path) -> None:
    written = tf_keras / "written"
    assert refusal(tf_keras / "writer", Trust()).message.endswith("reaches files: WriteFile")
    assert not written.exists()
    with pytest.raises(ModelError, match="WriteFile"):  # there is no such operator in a .tflite
        converted(tf_keras / "writer", Trust(model=True), tmp_path)
    assert written.exists()  # but loading ran it, which is what trust means


def test_a_module_that_a_file_names_is_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "trap.py").write_text(f"open({str(tmp_path / 'sprung')!r}, 'w').close()\n")
    monkeypatch.syspath_prepend(tmp_path)  # the worker has the same path
    model = tmp_path / "m.keras"
    mnist = Path(__file__).parents[2] / "examples" / "mnist" / "mnist.keras"
    with zipfile.ZipFile(mnist) as source, zipfile.ZipFile(model, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "config.json":
                content = content.replace(
                    b'"module": "keras.layers", "class_name": "Dense"', b'"module": "trap", "class_name": "Dense"'
                )
            elif name == "metadata.json":
                content = b'{"keras_version": "2.21.0"}'  # tf-keras would import it
            target.writestr(name, content)
    assert refusal(model, Trust()).message.endswith("not in Keras: `Dense` of the module `trap`")
    assert not (tmp_path / "sprung").exists()


def test_a_file_of_custom_objects_that_does_not_run(tf_keras: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("import no_such_module\n")
    with pytest.raises(UsageError) as caught:
        convert(tf_keras / "custom.h5", tmp_path / "m.tflite", DATA, trust=Trust(modules=(broken,)))
    assert caught.value.message.endswith("cannot be run: ModuleNotFoundError: No module named 'no_such_module'")
    assert str(broken) in caught.value.message


@pytest.mark.parametrize("kind", ["keras", "function"])
def test_a_model_in_memory_gives_what_it_computes(kind: str, keras_3: tuple[Path, dict[str, Any]]) -> None:
    result = keras_3[1][kind]  # the Keras model has a custom layer and a Lambda layer: its graph needs neither
    assert result["format"] == "memory" and result["inputs"] == ["serving_default_x:0 int8[1, 6]"]
    assert result["error"] < 1e-5
    record = json.loads((keras_3[0] / f"{kind}.tflite.json").read_text())
    assert record["source"]["format"] == "memory" and len(record["source"]["sha256"]) == 64


def test_what_is_no_model_is_told(keras_3: tuple[Path, dict[str, Any]]) -> None:
    number, opened = keras_3[1]["number"], keras_3[1]["open"]
    assert number["type"] == "UsageError" and number["message"] == "an object of type `int` is no model"
    assert opened["type"] == "UsageError" and "has no input signature" in opened["message"]
    assert not (keras_3[0] / "none.tflite").exists()
