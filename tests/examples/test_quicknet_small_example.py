"""The residual example: its data, and how the generated C decides beside the Larq Compute Engine."""

import re
import runpy
from pathlib import Path

import numpy as np
import pytest
from support.lce import run_lce
from support.trained import EXAMPLES, assert_figures, assert_table, converted, on_host

from edgeopt import pipeline
from edgeopt.convert import Dataset, load_dataset
from edgeopt.convert.intervals import paired_difference

QUICKNET = EXAMPLES / "quicknet_small"
MODEL, CALIBRATION = QUICKNET / "quicknet_small.h5", QUICKNET / "calibration.npz"


@pytest.fixture(scope="module")
def tflite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return converted(MODEL, CALIBRATION, tmp_path_factory.mktemp("quicknet_small"))


def coloured(which: str) -> Dataset:
    """The digits of a file of examples/mnist, in colour."""
    script = runpy.run_path(str(QUICKNET / "data.py"))
    grey = load_dataset(EXAMPLES / "mnist" / f"{which}.npz")
    rng = np.random.default_rng(script["SEED"])
    return Dataset({"image": script["coloured"](grey.inputs["image"], rng)}, grey.labels, which)


def test_the_calibration_data_are_what_the_script_makes() -> None:
    stored, made = load_dataset(CALIBRATION), coloured("calibration")
    np.testing.assert_array_equal(stored.inputs["image"], made.inputs["image"])
    assert stored.labels is not None
    assert made.labels is not None
    np.testing.assert_array_equal(stored.labels, made.labels)
    steps = stored.inputs["image"] * 255
    assert stored.inputs["image"].shape == (200, 32, 32, 3)
    assert np.abs(steps - np.rint(steps)).max() < 1e-4
    assert steps.min() >= 0
    assert steps.max() <= 255


def test_the_generated_c_decides_as_the_engine_does(tflite: Path, tmp_path: Path) -> None:
    """Agreement of at least 99 %, and what is lost within 0.5 points by a paired test; the README tells both."""
    data = coloured("test")
    (found,) = on_host(pipeline.open_model(tflite).graph, data, tmp_path)
    (engine,) = run_lce(tflite.read_bytes(), [data.inputs["image"]])
    ours, theirs = (np.argmax(values.reshape(1000, 10), axis=1) for values in (found, engine))
    right, wanted = ours == data.labels, theirs == data.labels
    pairs = [int(np.sum((wanted == a) & (right == b))) for a, b in ((1, 1), (1, 0), (0, 1), (0, 0))]
    assert np.mean(ours == theirs) >= 0.99
    low, high = paired_difference(*pairs)
    assert high <= 0.005, "what is lost, at worst"
    text = (QUICKNET / "README.md").read_text().replace("\n", " ")
    assert re.findall(r"\| (?:engine|C) \| ([\d.]+) % \|", text) == [
        f"{100 * np.mean(hits):.1f}" for hits in (wanted, right)
    ]
    assert f"on {np.sum(ours == theirs):,} of the 1,000" in text
    lost = 100 * (np.mean(wanted) - np.mean(right))
    assert f"{lost:.1f} points of accuracy, with a 95 % interval of {100 * low:.1f} to {100 * high:.1f}" in text


def test_the_table_is_what_the_figures_say() -> None:
    assert_table(QUICKNET)


@pytest.mark.usefixtures("any_toolchain")
@pytest.mark.parametrize("board", ["nucleo-l4r5zi", "raspberry-pi-pico"])
def test_the_figures_are_what_comes_out(board: str, tflite: Path, tmp_path: Path) -> None:
    # so many that they are shared out: the timed inference finds the caches as a single one left them
    images = coloured("test").inputs["image"][:10]
    np.savez(tmp_path / "some.npz", image=images)
    assert_figures(QUICKNET, board, tflite, CALIBRATION, tmp_path / "some.npz")
