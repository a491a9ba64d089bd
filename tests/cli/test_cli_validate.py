"""`edgeopt validate` of a project on a board behind a serial port: proof, culprit, accuracy, what breaks off, refusals.

The board is the firmware's own sources in this process, behind a TCP port.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.breaking import HostLink, flip_after, generated, on_host, patch
from support.cli import assert_refused, edgeopt
from support.serving import serve_link
from support.small import INPUT_SHAPE, small_classifier
from support.tflite_writer import ModelBuilder

from edgeopt import pipeline
from edgeopt.board import load_board
from edgeopt.emit import CProject
from edgeopt.emit.layout import layout_file, read_layout
from edgeopt.ir import evaluate_in_order

BOARD = "nucleo-l4r5zi"
SAMPLES = 12


class LeavingLink(HostLink):
    """Unplugged when the `run` of that number is sent, and plugged in again."""

    def __init__(self, library: Path, leaves_at: int) -> None:
        super().__init__(library)
        self._left = leaves_at

    def write(self, data: bytes) -> None:
        self._left -= b" run " in data
        if self._left == 0 and b" run " in data:
            raise ConnectionResetError  # which ends the connection
        super().write(data)


@pytest.fixture
def project(tmp_path: Path) -> CProject:
    return generated(small_classifier(), tmp_path, "small", "latency", BOARD)


@pytest.fixture
def data(project: CProject, rng: np.random.Generator, tmp_path: Path) -> Path:
    """Samples with the labels that the network gives them, but for the last, whose label is wrong."""
    model = pipeline.open_model(project.folder / "small.tflite")
    samples = rng.integers(-128, 128, (SAMPLES, *INPUT_SHAPE[1:]), np.int8)
    classes = [int(outputs[0].argmax()) for outputs in evaluate_in_order(model.graph, [[s[None]] for s in samples])]
    file = tmp_path / "labelled.npz"
    np.savez(file, x=samples, y=np.array([*classes[:-1], (classes[-1] + 1) % 3]))
    return file


@contextmanager
def board(project: CProject, leaves_at: int = 0) -> Iterator[str]:
    library = on_host(project, f'HOST_BOARD="{BOARD}"')
    with serve_link(LeavingLink(library, leaves_at)) as url:
        yield f"serial:{url}"


def test_a_board_with_the_right_firmware(project: CProject, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with board(project) as target:
        done = edgeopt(capsys, "validate", project.folder, "--on", target, "--data", data, "--json", "-v")
    assert done.exit_code == 0, done.stderr
    found = done.document
    assert (found["schema"], found["samples"], found["identical"]) == ("edgeopt.validation/1", SAMPLES, SAMPLES)
    assert (found["diagnosis"], found["partial"], found["given"]) == (None, "", SAMPLES)
    accuracy = found["accuracy"]
    assert (accuracy["metric"], accuracy["samples"], accuracy["float_model"]) == ("top-1", SAMPLES, None)
    assert accuracy["device"] == (SAMPLES - 1) / SAMPLES
    assert f"running samples on {target}: 1 of 12" in done.stderr


def test_a_board_that_computes_something_else(
    project: CProject, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    region = read_layout(project.folder, "small").layers[2].writes[0]  # the logits
    first = region.offset_bytes
    patch(project, 3, f"    arena[{first} + 1] = 127;\n    arena[{first} + 2] = 127;\n")
    with board(project) as target:
        told = edgeopt(capsys, "validate", project.folder, "--on", target, "--data", data)
        done = edgeopt(capsys, "validate", project.folder, "--on", target, "--data", data, "--json")
    assert (told.exit_code, done.exit_code) == (5, 5)
    layer: dict[str, Any] = done.document["diagnosis"]["layer"]
    assert (layer["index"], layer["fault"], layer["tensor"]) == (2, "kernel", region.tensor)
    assert (layer["position"], layer["differing"], layer["inputs_right"]) == ([0, 1], 2, True)
    text = " ".join(told.stdout.split())
    assert "layer 2" in text and "its inputs were right, so it is the kernel" in text
    assert "hint:  look at layer 2" in told.stderr


def test_what_was_compared_before_the_board_went_is_kept(
    project: CProject, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with board(project, leaves_at=6) as target:
        done = edgeopt(capsys, "validate", project.folder, "--on", target, "--data", data, "--json")
    found = done.document
    assert (done.exit_code, found["samples"], found["identical"], found["given"]) == (6, 5, 5, SAMPLES)
    assert found["partial"].startswith("after 5 of 12 samples: ")
    assert found["accuracy"]["samples"] == 5
    assert "only 5 of 12 samples were compared" in done.stderr


def test_a_difference_counts_more_than_a_board_that_went(
    project: CProject, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flip_after(project, 3, read_layout(project.folder, "small").outputs[0].offset_bytes)
    with board(project, leaves_at=6) as target:
        done = edgeopt(capsys, "validate", project.folder, "--on", target, "--data", data, "--json")
    assert (done.exit_code, done.document["samples"], done.document["identical"]) == (5, 5, 0)
    assert done.document["partial"] and done.document["diagnosis"]["layer"]["index"] == 3


def test_the_model_is_found_by_its_hash_or_given(
    project: CProject, data: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    other = elsewhere / "other.tflite"
    other.write_bytes(small_classifier(2))
    moved = elsewhere / "renamed.tflite"
    shutil.move(project.folder / "small.tflite", moved)
    (tmp_path / "small.tflite").unlink()
    with board(project) as target:
        lost = edgeopt(capsys, "validate", project.folder, "--on", target, "--data", data)
        wrong = edgeopt(capsys, "validate", project.folder, "--on", target, "--data", data, "--tflite", other)
        done = edgeopt(capsys, "validate", project.folder, "--on", target, "--data", data, "--tflite", moved)
        shutil.copyfile(moved, tmp_path / "beside.tflite")
        found = edgeopt(capsys, "validate", project.folder, "--on", target, "--data", data)
    assert_refused(lost, "is neither in", "--tflite MODEL.tflite")
    assert_refused(wrong, "`" + str(other), "is not the model")
    assert (done.exit_code, found.exit_code) == (0, 0), done.stderr + found.stderr


def test_another_project_s_layout_keeps_only_the_layer_from_being_named(
    project: CProject, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flip_after(project, 3, read_layout(project.folder, "small").outputs[0].offset_bytes)
    file = layout_file(project.folder, "small")
    file.write_text(file.read_text().replace("conv2d", "conv3d"))
    with board(project) as target:
        done = edgeopt(capsys, "validate", project.folder, "--on", target, "--data", data, "--json")
    assert done.exit_code == 5 and done.document["diagnosis"]["layer"] is None
    assert "small.layout.json` is missing or was changed" in done.document["diagnosis"]["words"]


def test_what_is_given_wrongly_is_told_before_anything_runs(
    project: CProject, data: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    model = tmp_path / "small.tflite"
    run = ("--on", "virtual", "--data", data)
    assert_refused(edgeopt(capsys, "validate", project.folder, *run), "is not built", "edgeopt build")
    assert_refused(edgeopt(capsys, "validate", project.folder, *run, "--goal", "ram"), "`--goal` is for a model")
    assert_refused(edgeopt(capsys, "validate", project.folder, *run, "-b", BOARD), "`--board` is for a model")
    assert_refused(edgeopt(capsys, "validate", project.folder, *run, "--model", "smal"), "did you mean `small`")
    assert_refused(edgeopt(capsys, "validate", model, *run, "--model", "small"), "`--model` is for a project")
    assert_refused(edgeopt(capsys, "validate", model, *run, "--tflite", model), "`--tflite` is for a project")
    assert_refused(edgeopt(capsys, "validate", tmp_path, *run), "is not a project")
    assert_refused(edgeopt(capsys, "validate", project.folder, "--on", "mars", "--data", data), "mars")
    assert_refused(edgeopt(capsys, "validate", model, *run, "--float", model), "is no float model")


def float_model(seed: int) -> bytes:
    """Dense classes of 8x8 floats."""
    rng = np.random.default_rng(seed)
    m = ModelBuilder()
    x, logits, classes = (m.tensor(shape, "float32") for shape in ((1, 8, 8, 1), (1, 3), (1, 3)))
    flat = m.tensor((1, 64), "float32")
    m.op("RESHAPE", [x, m.tensor((2,), "int32", data=[1, 64])], [flat], {"new_shape": [1, 64]})
    w, b = (m.tensor(shape, "float32", data=rng.normal(0, 0.3, shape)) for shape in ((3, 64), (3,)))
    m.op("FULLY_CONNECTED", [flat, w, b], [logits])
    m.op("SOFTMAX", [logits], [classes], {"beta": 1.0})
    return m.finish([x], [classes])


def test_the_float_model_stands_beside_the_device(
    rng: np.random.Generator, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    pytest.importorskip("ai_edge_litert", reason="pip install 'edgeopt[convert]'")
    source, quantized = tmp_path / "float.tflite", tmp_path / "small.tflite"
    source.write_bytes(float_model(3))
    samples = rng.normal(0, 1, (60, 8, 8, 1)).astype(np.float32)
    np.savez(tmp_path / "x.npz", x=samples)
    converted = edgeopt(capsys, "convert", source, "-o", quantized, "--calibration", tmp_path / "x.npz", "--json")
    assert converted.exit_code == 0, converted.stderr
    project = generated(quantized.read_bytes(), tmp_path, "small", "latency", BOARD)
    np.savez(tmp_path / "y.npz", x=samples, y=np.arange(60) % 3)
    with board(project) as target:
        run = ("validate", project.folder, "--on", target, "--float", source, "--json", "--data")
        agreeing = edgeopt(capsys, *run, tmp_path / "x.npz").document["accuracy"]
        labelled = edgeopt(capsys, *run, tmp_path / "y.npz").document["accuracy"]
    assert (agreeing["metric"], agreeing["samples"]) == ("agreement", 60) and agreeing["device"] > 0.9
    assert labelled["metric"] == "top-1" and 0 < labelled["float_model"] < 1
    apart = 100 * (labelled["float_model"] - labelled["device"])
    assert abs(labelled["loss_points"] - apart) < 1e-6 and abs(apart) < 10


def test_the_network_that_is_meant_of_several(
    rng: np.random.Generator, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Both share one arena; the second one's last layer is broken."""
    models = [tmp_path / f"{name}.tflite" for name in ("first", "second")]
    for seed, model in enumerate(models):
        model.write_bytes(small_classifier(seed + 1))
    pipeline.generate_several(models, load_board(BOARD), tmp_path / "fw")
    project = CProject.open(tmp_path / "fw").select("second")
    flip_after(project, 3, read_layout(project.folder, "second").outputs[0].offset_bytes)
    samples = tmp_path / "x.npz"
    np.savez(samples, x=rng.integers(-128, 128, (3, *INPUT_SHAPE[1:]), np.int8))
    with board(project) as target:
        run = ("validate", project.folder, "--on", target, "--data", samples, "--json")
        assert "--model first" in edgeopt(capsys, *run).stderr
        right = edgeopt(capsys, *run, "--model", "first")
        wrong = edgeopt(capsys, *run, "--model", "second")
    assert (right.exit_code, right.document["identical"]) == (0, 3)
    assert (wrong.exit_code, wrong.document["diagnosis"]["layer"]["index"]) == (5, 3)
