"""Models of tensorflow-model-optimization that were trained with their quantization: their ranges are kept."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from support.makers.run import make_models

from edgeopt.convert import Kind, LiteRt, Trust, load_dataset, read_summary
from edgeopt.convert.api import convert
from edgeopt.errors import UnsupportedModel
from edgeopt.ir import Quant

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("tensorflow_model_optimization") is None, reason="pip install 'edgeopt[compress,quantize]'"
)
TEST = Path(__file__).parents[2] / "examples" / "mnist" / "test.npz"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("qat")
    make_models("tf_keras_2", folder, "--qat", legacy=True)
    return folder


@pytest.mark.parametrize("name", ["qat.h5", "qat.keras", "qat"])
def test_the_trained_ranges_give_clean_int8_without_calibration(name: str, models: Path, tmp_path: Path) -> None:
    done = convert(models / name, tmp_path / "m.tflite", evaluation=TEST, trust=Trust())
    assert done.action == "trained ranges kept" and done.inputs == ("serving_default_image:0 int8[1, 28, 28, 1]",)
    summary = read_summary(done.path.read_bytes(), name)
    assert summary.kind is Kind.INT8
    operators = [layer.operator for layer in summary.layers]
    assert operators == ["CONV_2D", "DEPTHWISE_CONV_2D", "RESHAPE", "FULLY_CONNECTED", "SOFTMAX"]
    # The quantizer at the input saw 0 .. 1 in training, which is exact in 8 bits with this grid
    assert summary.input_tensors[0].quant == Quant((pytest.approx(1 / 255),), (-128,))
    data = load_dataset(TEST)
    trained = np.load(models / "qat_outputs.npy")
    (found,) = LiteRt(done.path).run_real(data).values()
    agree = float(np.mean(found[:, 0].argmax(axis=1) == trained.argmax(axis=1)))
    assert agree >= 0.99, "the int8 model does not compute what was trained"
    assert np.abs(found[:, 0] - trained).mean() < 0.005
    assert set(done.accuracy) >= {"float", "quantized"}
    assert abs(done.accuracy["float"].value - done.accuracy["quantized"].value) < 0.01


def test_a_model_that_was_trained_in_part_names_what_was_not(models: Path, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedModel) as caught:
        convert(models / "part.h5", tmp_path / "m.tflite")
    assert "only a part of it was trained with quantization, these layers have no ranges: " in caught.value.message
    assert "`forgotten` (FULLY_CONNECTED)" in caught.value.message and "quantize_model(model)" in caught.value.hint
    assert list(tmp_path.iterdir()) == []
