"""What samples show of themselves, and what the float network shows of them: clipping, reach, scale, dead layers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support.tflite_writer import ModelBuilder

from edgeopt.convert import Dataset, check_calibration, load_dataset, make_dataset
from edgeopt.convert.api import convert
from edgeopt.convert.calibrate import collect
from edgeopt.convert.data_checks import check_reach
from edgeopt.convert.preprocessing import check_preprocessing
from edgeopt.convert.quantizer import prepare
from edgeopt.errors import UsageError
from edgeopt.ir import Array

pytest.importorskip("ai_edge_litert", reason="pip install 'edgeopt[quantize]'")

MNIST = Path(__file__).parents[2] / "examples" / "mnist"


def warnings(array: Array) -> str:
    return " ".join(check_calibration(make_dataset({"x": array.astype(np.float32)}, "cal.npz")))


def test_a_signal_that_is_cut_off_is_said_to_be(rng: np.random.Generator) -> None:
    signal = rng.normal(0, 1, (50, 200))
    assert warnings(signal) == ""
    text = warnings(np.minimum(signal, 1.2))
    assert "values (11." in text and "are exactly 1.2, the largest, in 50 of 50 samples" in text
    assert "The set goes from" in text and "standard deviation" in text
    assert "exactly -1, the smallest" in warnings(np.clip(2 * signal, -1, 1))  # both ends of a usual scale


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-1, 1), (0, 255)])
@pytest.mark.parametrize("white", [False, True])
def test_a_background_is_not_clipping(low: float, high: float, white: bool, rng: np.random.Generator) -> None:
    ink = rng.uniform(0, 1, (40, 300)) * (rng.uniform(0, 1, (40, 300)) < 0.2)
    assert warnings(low + (high - low) * (1 - ink if white else ink)) == ""


def test_coarse_values_are_not_clipping(rng: np.random.Generator) -> None:
    assert warnings(rng.integers(-20, 20, (50, 200)) * 0.3) == ""


def test_few_different_values_are_not_clipping(rng: np.random.Generator) -> None:
    assert warnings(rng.integers(0, 4, (50, 200)) * 2.5 + 1) == ""


def test_test_data_beyond_the_calibrated_range_is_warned_about_with_its_share() -> None:
    known = make_dataset({"a": np.linspace(-1, 1, 400, dtype=np.float32).reshape(40, 10)})
    assert check_reach(known, known) == ()
    beyond = np.zeros((20, 10), np.float32)
    beyond[3:5, 0] = 1.5
    beyond[7, 1] = 1.003  # less than half a step outside
    (text,) = check_reach(make_dataset({"a": beyond}, "test.npz"), known)
    assert text.startswith("test.npz: input `a`: 1 % of the values, in 2 of 20 samples, lie outside")
    assert "calibrated range -1 to 1" in text and "go from 0 to 1.5" in text


def mnist(change: object, labels: bool) -> Dataset:
    data = load_dataset(MNIST / "calibration.npz").first(80)
    arrays = {"image": change(data.inputs["image"]).astype(np.float32)}  # type: ignore[operator]
    return make_dataset({**arrays, "y": data.labels} if labels and data.labels is not None else arrays, "cal.npz")


def doubts(data: Dataset) -> list[str]:
    network = prepare((MNIST / "mnist_float.tflite").read_bytes())
    columns = [data.inputs["image"].reshape(-1, 1, 28, 28, 1)]
    activations = collect(network, columns, data.source)
    return check_preprocessing(network, activations, columns, data.labels, data.source)


@pytest.mark.parametrize("labels", [False, True])
def test_samples_that_are_prepared_as_for_training_bring_no_doubt(labels: bool) -> None:
    assert doubts(mnist(lambda x: x, labels)) == []


def test_a_scale_that_was_left_out_is_named() -> None:
    (text,) = doubts(mnist(lambda x: 255 * x, labels=True))
    assert "right on" in text and "values divided by 255: was that left out?" in text and "from 0 to 255" in text
    (text,) = doubts(mnist(lambda x: 255 * x, labels=False))
    assert "100 % of 64 samples into class" in text and "divided by 255, they spread over" in text


def test_another_scale_of_the_same_samples_is_named() -> None:
    (text,) = doubts(mnist(lambda x: 2 * x - 1, labels=True))
    assert "with the values as (x + 1) / 2: was that left out?" in text


def dead_network() -> bytes:
    m = ModelBuilder()
    x, y, z = (m.tensor([1, 4], "float32", name=name) for name in ("x", "y", "z"))
    m.op("RELU", [x], [y])
    m.op("EXP", [y], [z])
    return m.finish([x], [z])


def test_a_layer_that_gives_only_zeros_is_named(tmp_path: Path) -> None:
    (tmp_path / "f.tflite").write_bytes(dead_network())
    data = make_dataset({"x": -np.random.default_rng(1).uniform(1, 2, (40, 4)).astype(np.float32)}, "cal.npz")
    network = prepare(dead_network())
    columns = [data.inputs["x"].reshape(-1, 1, 4)]
    (text,) = check_preprocessing(network, collect(network, columns, "cal.npz"), columns, None, "cal.npz")
    assert text == "cal.npz: layers that give nothing but 0, whatever the sample: `y`"


def test_a_network_that_overflows_names_layer_and_sample(tmp_path: Path) -> None:
    (tmp_path / "f.tflite").write_bytes(dead_network())
    values = np.ones((40, 4), np.float32)
    values[6, 1], values[:, 0] = 200.0, np.arange(40) / 40
    with pytest.raises(UsageError, match="with sample 6, layer `z` of the float model gives infinity") as caught:
        convert(tmp_path / "f.tflite", tmp_path / "m.tflite", make_dataset({"x": values}, "cal.npz"))
    assert caught.value.hint and not (tmp_path / "m.tflite").exists()
