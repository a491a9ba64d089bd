"""The binarized example: small, bit for bit what the Larq Compute Engine computes, and what its README says."""

import json
import runpy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.lce import run_lce, with_outputs
from support.trained import EXAMPLES, assert_figures, assert_table, converted, on_host

from edgeopt import pipeline
from edgeopt.convert import load_dataset
from edgeopt.schema import read_model

MNIST, BINARY = EXAMPLES / "mnist", EXAMPLES / "mnist_binary"
MODEL, CALIBRATION, TEST = BINARY / "mnist_binary.h5", MNIST / "calibration.npz", MNIST / "test.npz"


@pytest.fixture(scope="module")
def tflite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return converted(MODEL, CALIBRATION, tmp_path_factory.mktemp("mnist_binary"))


def test_the_stored_network_is_small() -> None:
    h5py = pytest.importorskip("h5py", reason="pip install 'edgeopt[convert]'")
    assert MODEL.stat().st_size < 100_000
    bits = channels = 0

    def count(name: str, item: Any) -> None:
        nonlocal bits, channels
        if name.endswith("kernel:0"):
            assert np.unique(item[()]).tolist() == [-1, 1]
            bits += item.size
        channels += item.size if name.endswith("moving_mean:0") else 0

    with h5py.File(MODEL) as file:
        file.visititems(count)
    assert f"{(bits + 2 * 32 * channels) / 8 / 1024:.2f}" == "26.69", "what larq's summary says"


def test_the_generated_c_decides_as_the_engine_does(tflite: Path, tmp_path: Path) -> None:
    data = load_dataset(TEST)
    (found,) = on_host(pipeline.open_model(tflite).graph, data, tmp_path)
    (engine,) = run_lce(tflite.read_bytes(), [data.inputs["image"]])
    digits = np.argmax(found.reshape(1000, 10), axis=1)
    assert np.array_equal(digits, np.argmax(engine.reshape(1000, 10), axis=1))
    assert data.labels is not None
    accuracy = 100 * np.mean(digits == data.labels)
    assert accuracy >= 97
    assert f"{accuracy:.1f} %" in (BINARY / "README.md").read_text()


def test_every_bit_between_the_layers_is_the_engines(tflite: Path, tmp_path: Path) -> None:
    """Of all test images: the bits that the generated C hands from layer to layer, under their names in the file."""
    data, graph, file = load_dataset(TEST), pipeline.open_model(tflite).graph, read_model(tflite.read_bytes())
    indices = {name: index for index, name in enumerate(file.names) if file.tensors[index]["type"] == "INT32"}
    names = [node.outputs[0] for node in graph.nodes if node.outputs[0] in indices]
    assert len(names) == 4, "behind each of the first four layers"
    found = on_host(replace(graph, outputs=tuple(names)), data, tmp_path)
    wanted = run_lce(with_outputs(tflite.read_bytes(), [indices[name] for name in names]), [data.inputs["image"]])
    assert 32 * sum(theirs[0].size for theirs in wanted) == 18_592, "bits an image, as docs/binarized.md says"
    for name, ours, theirs in zip(names, found, wanted, strict=True):
        assert np.array_equal(ours.reshape(theirs.shape), theirs), name


def test_the_table_is_what_the_figures_say() -> None:
    assert_table(BINARY)
    script = runpy.run_path(str(BINARY / "compare.py"))
    shown = [(row["board"], row["network"]) for row in json.loads((BINARY / "figures.json").read_text())]
    assert shown == [(board, network) for board in script["BOARDS"] for network in script["NETWORKS"]]


@pytest.mark.usefixtures("any_toolchain")
@pytest.mark.parametrize("board", ["nucleo-l4r5zi", "nucleo-g071rb"])
def test_the_figures_are_what_comes_out(board: str, tflite: Path, tmp_path: Path) -> None:
    images = np.load(TEST)
    np.savez(tmp_path / "some.npz", **{name: images[name][:10] for name in images.files})
    assert_figures(BINARY, board, tflite, CALIBRATION, tmp_path / "some.npz")
