"""The binarized example: small, bit for bit what the Larq Compute Engine computes, and what its README says."""

import json
import runpy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.host import run_on_host
from support.lce import run_lce, with_outputs

from edgeopt import pipeline
from edgeopt.convert import load_dataset
from edgeopt.device.samples import samples_of
from edgeopt.ir import Array, Graph
from edgeopt.schema import read_model

EXAMPLES = Path(__file__).parents[2] / "examples"
MNIST, BINARY = EXAMPLES / "mnist", EXAMPLES / "mnist_binary"
MODEL = BINARY / "mnist_binary.h5"
FAST = ("-std=c99", "-O2")  # tests of operators run under the sanitizers


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The .tflite of the Larq Compute Engine, with calibration ranges in it."""
    pytest.importorskip("larq_compute_engine", reason="pip install 'edgeopt[larq]'")
    path = tmp_path_factory.mktemp("mnist_binary") / "mnist_binary.tflite"
    pipeline.convert(MODEL, path, MNIST / "calibration.npz")
    return path


def on_host(graph: Graph, folder: Path) -> list[Array]:
    """The outputs [images, ...] of the generated C for all test images, compiled for this computer."""
    samples = samples_of(load_dataset(MNIST / "test.npz"), graph.input_tensors)
    (rows,) = run_on_host([graph], [samples], folder, flags=FAST)
    return [np.stack(column) for column in zip(*rows, strict=True)]


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


def test_the_generated_c_decides_as_the_engine_does(converted: Path, tmp_path: Path) -> None:
    data = load_dataset(MNIST / "test.npz")
    (found,) = on_host(pipeline.open_model(converted).graph, tmp_path)
    (engine,) = run_lce(converted.read_bytes(), [data.inputs["image"]])
    digits = np.argmax(found.reshape(1000, 10), axis=1)
    assert np.array_equal(digits, np.argmax(engine.reshape(1000, 10), axis=1))
    assert data.labels is not None
    accuracy = 100 * np.mean(digits == data.labels)
    assert accuracy >= 97
    assert f"{accuracy:.1f} %" in (BINARY / "README.md").read_text()


def test_every_bit_between_the_layers_is_the_engines(converted: Path, tmp_path: Path) -> None:
    """Of all test images: the bits that the generated C hands from layer to layer, under their names in the file."""
    graph, file = pipeline.open_model(converted).graph, read_model(converted.read_bytes())
    indices = {name: index for index, name in enumerate(file.names) if file.tensors[index]["type"] == "INT32"}
    names = [node.outputs[0] for node in graph.nodes if node.outputs[0] in indices]
    assert len(names) == 4, "behind each of the first four layers"
    found = on_host(replace(graph, outputs=tuple(names)), tmp_path)
    engine = with_outputs(converted.read_bytes(), [indices[name] for name in names])
    wanted = run_lce(engine, [load_dataset(MNIST / "test.npz").inputs["image"]])
    for name, ours, theirs in zip(names, found, wanted, strict=True):
        assert np.array_equal(ours.reshape(theirs.shape), theirs), name


def test_the_table_is_what_the_figures_say() -> None:
    script = runpy.run_path(str(BINARY / "compare.py"))
    page, rows = (BINARY / "README.md").read_text(), json.loads((BINARY / "figures.json").read_text())
    assert script["with_table"](page, rows) == page
    shown = [(row["board"], row["network"]) for row in rows]
    assert shown == [(board, network) for board in script["BOARDS"] for network in script["NETWORKS"]]
    for row in rows:
        assert "refused" in row or (row["samples"], row["identical"]) == (1000, 1000)


@pytest.mark.usefixtures("any_toolchain")
@pytest.mark.parametrize("board", ["nucleo-l4r5zi", "nucleo-g071rb"])
def test_the_figures_are_what_comes_out(board: str, converted: Path, tmp_path: Path) -> None:
    """With ten images: sizes and counts are the same."""
    pytest.importorskip("unicorn", reason="pip install unicorn")
    script, rows = runpy.run_path(str(BINARY / "compare.py")), json.loads((BINARY / "figures.json").read_text())
    (stored,) = (row for row in rows if (row["board"], row["network"]) == (board, "binary"))
    data = np.load(MNIST / "test.npz")
    np.savez(tmp_path / "some.npz", **{name: data[name][:10] for name in data.files})
    found = script["deployed"](converted, board, tmp_path / "some.npz")
    if found["toolchain"] != stored["toolchain"]:
        pytest.skip(
            f"install the compiler that the figures are from, {stored['toolchain']}; this is {found['toolchain']}"
        )
    for key in ("macs", "binary_macs", "flash_bytes", "ram_bytes", "instructions", "cycles"):
        assert found[key] == stored[key], f"{key}: run examples/mnist_binary/compare.py"
