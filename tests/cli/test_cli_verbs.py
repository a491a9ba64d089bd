"""The verbs on a small network, from the file to the proof, and what bad input gets."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.cli import assert_refused, edgeopt
from support.small import INPUT_SHAPE
from support.tflite_writer import ModelBuilder

from edgeopt.resources import boards_dir

FLASH_PARTS = {"total", "weights", "kernels", "model", "runtime"}
RAM_PARTS = {"total", "arena", "static", "stack", "runtime"}


@pytest.fixture
def folder(tmp_path: Path, small_model: bytes, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with small.tflite and data.npz in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.tflite").write_bytes(small_model)
    values = np.random.default_rng(5).uniform(0, 5, (12, *INPUT_SHAPE[1:])).astype(np.float32)
    np.savez(tmp_path / "data.npz", x=values, y=np.arange(12) % 3)
    return tmp_path


def test_analyze(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = edgeopt(capsys, "analyze", "small.tflite")
    assert text.exit_code == 0 and text.stderr == ""
    assert all(name in text.stdout for name in ("eo_conv2d_", "fully_connected", "softmax"))
    document = edgeopt(capsys, "analyze", "small.tflite", "--json").document
    assert document["schema"] == "edgeopt.analysis/2"
    assert document["macs"] == 36 * 4 * 9 + 12
    assert [layer["op"] for layer in document["layers"]] == ["conv2d", "mean", "fully_connected", "softmax"]


def test_analyze_within_and_over_budget(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "wide.toml").write_text("ram_bytes = 100_000\n")
    assert edgeopt(capsys, "analyze", "small.tflite", "--budget", "wide.toml").exit_code == 0
    (folder / "tight.toml").write_text("ram_bytes = 10\n")
    outcome = edgeopt(capsys, "analyze", "small.tflite", "--budget", "tight.toml", "--json")
    assert outcome.exit_code == 4
    (broken,) = outcome.document["broken_limits"]
    assert (broken["name"], broken["limit"], broken["unit"], broken["kind"]) == ("ram_bytes", 10, "B", "estimated")
    assert broken["excess"] == broken["actual"] - 10
    assert "above the limit of 10" in outcome.stderr
    (folder / "odd.toml").write_text("memory = 10\n")
    assert_refused(edgeopt(capsys, "analyze", "small.tflite", "--budget", "odd.toml"), "odd.toml", "`memory`")


@pytest.mark.usefixtures("any_toolchain")
def test_generate_build_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("unicorn", reason="pip install unicorn")
    generated = edgeopt(capsys, "generate", "small.tflite", "-o", "out", "--json")
    assert generated.document["schema"] == "edgeopt.project/3"
    built = edgeopt(capsys, "build", "out", "--json")
    assert built.document["schema"] == "edgeopt.firmware/1"
    assert set(built.document["flash_bytes"]) == FLASH_PARTS and set(built.document["ram_bytes"]) == RAM_PARTS
    assert "Linked the firmware" in edgeopt(capsys, "build", "out", "-Os").stdout
    ran = edgeopt(capsys, "run", "out", "--json")
    assert ran.document["schema"] == "edgeopt.run/1"
    assert ran.document["build_id"] == generated.document["project"]["build_id"]
    assert ran.document["instructions"]["kind"] == "simulated"
    assert len(ran.document["layers"]) == 4
    assert "One inference" in edgeopt(capsys, "run", "out").stdout


@pytest.mark.usefixtures("any_toolchain")
@pytest.mark.parametrize(
    ("goal", "flags", "level"), [("flash", [], "-Os"), ("flash", ["-O3"], "-O3"), ("ram", [], "-O2")]
)
def test_the_goal_chooses_the_level(
    goal: str, flags: list[str], level: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edgeopt(capsys, "generate", "small.tflite", "-o", "out", "--goal", goal)
    assert edgeopt(capsys, "build", "out", "--json", *flags).document["optimization"] == level


@pytest.mark.usefixtures("any_toolchain")
def test_deploy_and_report(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tflite_micro", reason="pip install tflite-micro (extra `oracle`)")
    deployed = edgeopt(capsys, "deploy", "small.tflite", "--data", "data.npz", "-o", "out", "--json")
    assert deployed.exit_code == 0, deployed.stderr
    assert deployed.document["schema"] == "edgeopt.deployment/1"
    assert set(deployed.document["flash_bytes"]) == FLASH_PARTS and set(deployed.document["ram_bytes"]) == RAM_PARTS
    proof = deployed.document["validation"]
    assert (proof["samples"], proof["identical"], proof["max_abs_diff"]) == (12, 12, 0)
    assert json.loads((folder / "out" / "report.json").read_text()) == deployed.document
    assert edgeopt(capsys, "report", "out", "--json").document == deployed.document
    assert "bit-exact: 12 of 12 samples" in edgeopt(capsys, "report", "out/report.json").stdout


@pytest.mark.usefixtures("any_toolchain")
def test_validate(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tflite_micro", reason="pip install tflite-micro (extra `oracle`)")
    outcome = edgeopt(capsys, "validate", "small.tflite", "--data", "data.npz", "--json")
    assert outcome.exit_code == 0, outcome.stderr
    assert {"schema", "samples", "identical", "max_abs_diff", "first_difference", "oracle"} <= set(outcome.document)
    assert outcome.document["identical"] == 12


def damage(model: bytes, rng: np.random.Generator) -> bytes:
    """A few bits flipped, or the end cut off."""
    if rng.random() < 0.3:
        return model[: int(rng.integers(len(model)))]
    spoilt = bytearray(model)
    for position in rng.integers(0, len(spoilt), 8):
        spoilt[position] ^= 1 << int(rng.integers(8))
    return bytes(spoilt)


def test_a_damaged_model_never_ends_in_a_traceback(
    folder: Path, small_model: bytes, rng: np.random.Generator, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(60):
        (folder / "bad.tflite").write_bytes(damage(small_model, rng))
        outcome = edgeopt(capsys, "analyze", "bad.tflite")
        if outcome.exit_code != 0:  # a flipped bit of a weight is a sound model
            assert_refused(outcome, exit_code=outcome.exit_code)
            assert outcome.exit_code in (3, 4)


def unsupported(name: str) -> bytes:
    m = ModelBuilder()
    x, y = (m.tensor((1, 4), scale=0.1, name=tensor) for tensor in ("x", "net/odd"))
    m.op(name, [x], [y])
    return m.finish([x], [y])


def test_an_unsupported_operator_is_named_with_its_layer(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "odd.tflite").write_bytes(unsupported("ERF_OF_A_TEST"))
    outcome = edgeopt(capsys, "generate", "odd.tflite", "-o", "out")
    assert_refused(outcome, "ERF_OF_A_TEST", "odd", exit_code=3)
    assert not (folder / "out").exists()


@pytest.mark.parametrize("name", ["kws_dscnn_hybrid", "kws_dscnn_float"])
def test_float_and_hybrid_models_are_refused(
    name: str, folder: Path, shared_models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = edgeopt(capsys, "generate", shared_models / f"{name}.tflite", "-o", "out")
    assert_refused(outcome, "float", exit_code=3)
    assert not (folder / "out").exists()


def test_a_board_that_is_too_small(folder: Path, shared_models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = shared_models / "vww_mobilenet_int8.tflite"
    board = (boards_dir() / "nucleo-g071rb.toml").read_text()
    assert "131_072" in board and "36_864" in board
    (folder / "smaller.toml").write_text(board.replace("131_072", "32_768").replace("36_864", "24_576"))
    outcome = edgeopt(capsys, "generate", model, "-b", "smaller.toml", "-o", "out")
    assert_refused(outcome, "nucleo-g071rb", "B of RAM and", "the peak is at layer `", exit_code=4)
    assert "the weights need" in outcome.stderr  # both are told at once
    outcome = edgeopt(capsys, "analyze", shared_models / "ad_autoencoder_int8.tflite", "-b", "nucleo-g071rb")
    assert_refused(outcome, "nucleo-g071rb has 131,072 B", "of flash more", exit_code=4)
    assert not (folder / "out").exists()


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"x": np.zeros((4, 9, 9, 1), np.float32)}, ["bad.npz", "9"]),
        ({"x": np.full((4, *INPUT_SHAPE[1:]), np.nan, np.float32)}, ["bad.npz"]),
        ({"x": np.zeros((0, *INPUT_SHAPE[1:]), np.float32)}, ["bad.npz"]),
        ({"x": np.array([object()])}, ["bad.npz"]),
        ({"x": np.eye(64, dtype=np.float32).reshape(-1, *INPUT_SHAPE[1:]), "y": np.full(64, 99)}, ["label 99"]),
    ],
    ids=["shape", "nan", "empty", "objects", "labels"],
)
@pytest.mark.usefixtures("any_toolchain")
def test_bad_data_is_refused(
    arrays: dict[str, Any], words: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.savez(folder / "bad.npz", **arrays)
    assert_refused(edgeopt(capsys, "deploy", "small.tflite", "--data", "bad.npz", "-o", "out"), *words)
    assert not (folder / "out").exists()


def test_a_folder_of_the_users_is_not_replaced(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "out").mkdir()
    (folder / "out" / "thesis.txt").write_text("three years")
    for arguments in (["generate", "small.tflite"], ["deploy", "small.tflite", "--data", "data.npz"]):
        assert_refused(edgeopt(capsys, *arguments, "-o", "out"), "`out`")
    assert (folder / "out" / "thesis.txt").read_text() == "three years"


def test_no_compiler(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert edgeopt(capsys, "generate", "small.tflite", "-o", "out").exit_code == 0
    monkeypatch.setenv("PATH", "/nowhere")
    assert_refused(edgeopt(capsys, "build", "out", "--toolchain", "gcc"), "gcc", "apt-get install", exit_code=7)
    deployed = edgeopt(capsys, "deploy", "small.tflite", "--data", "data.npz", "-o", "new", "--toolchain", "gcc")
    assert_refused(deployed, "gcc", "apt-get install", exit_code=7)
    assert not (folder / "new").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_write_rights(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder.chmod(0o500)
    try:
        assert_refused(edgeopt(capsys, "generate", "small.tflite", "-o", "out"), "Permission denied")
    finally:
        folder.chmod(0o700)


def test_a_target_that_is_not_there(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edgeopt(capsys, "generate", "small.tflite", "-o", "out")
    assert_refused(edgeopt(capsys, "run", "out", "--on", "serial:/dev/no-such-port"), "no-such-port", exit_code=6)
    assert_refused(edgeopt(capsys, "run", "out", "--on", "virtul"), "virtul")


@pytest.mark.parametrize(
    ("board", "target"), [("nucleo-l4r5zi", "virtul"), ("nucleo-l4r5zi", "qemu"), ("mps3-an547", "virtual")]
)
def test_a_target_that_cannot_be_is_told_before_a_folder_is_written(
    board: str, target: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("-b", board, "--on", target, "--data", "data.npz")
    assert_refused(edgeopt(capsys, "deploy", "small.tflite", *arguments, "-o", "out"))
    assert_refused(edgeopt(capsys, "validate", "small.tflite", *arguments))
    assert not (folder / "out").exists()


def test_a_platform_that_there_is_not(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = edgeopt(capsys, "generate", "small.tflite", "-o", "out", "--platform", "cobol")
    assert_refused(outcome, "`cobol`", "baremetal", "carray")


@pytest.mark.parametrize(
    ("outputs", "words"),
    [("nowhere/y.npz", "no folder `nowhere`"), ("y.txt", "need a .npz"), ("folder.npz", "is a folder")],
)
def test_outputs_that_cannot_be_written_are_told_before_the_run(
    outputs: str, words: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "folder.npz").mkdir()
    edgeopt(capsys, "generate", "small.tflite", "-o", "out")  # and not built: it cannot run
    assert_refused(edgeopt(capsys, "run", "out", "--outputs", outputs), words)


def test_a_board_beside_a_project_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edgeopt(capsys, "generate", "small.tflite", "-o", "out")
    assert_refused(edgeopt(capsys, "run", "out", "-b", "nrf52840-dk"), "`--board`")


@pytest.mark.parametrize("name", ["my model", "stdint", "string", "int", "9 lives", "漢字", "x" * 200])
@pytest.mark.usefixtures("any_toolchain")
def test_any_file_name_will_do(name: str, folder: Path, small_model: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("unicorn", reason="pip install unicorn")
    (folder / f"{name}.tflite").write_bytes(small_model)
    assert edgeopt(capsys, "validate", f"{name}.tflite", "--data", "data.npz", "--json").document["identical"] == 12


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("board", "other"),
        ("name", "../x"),
        ("inputs", []),
        ("models", []),
        ("models", None),
        ("files", 3),
        ("build_id", "0" * 64),
    ],
)
def test_a_changed_manifest_is_noticed(
    key: str, value: object, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edgeopt(capsys, "generate", "small.tflite", "-o", "out")
    manifest = folder / "out" / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), key: value}))
    for verb in ("build", "run"):
        assert_refused(edgeopt(capsys, verb, "out"), "manifest.json", "damaged")


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000, '{"schema": 1}'], ids=len)
def test_a_manifest_that_is_none(text: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "out").mkdir()
    (folder / "out" / "manifest.json").write_text(text)
    assert_refused(edgeopt(capsys, "run", "out"), "`out`")


def test_a_plain_c_array_is_no_firmware(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written = edgeopt(capsys, "generate", "small.tflite", "--platform", "carray", "-o", "out", "--json")
    assert written.document["project"] is None
    assert {path.name for path in (folder / "out").iterdir()} == {"small_tflite.c", "small_tflite.h", "manifest.json"}
    assert_refused(edgeopt(capsys, "build", "out"), "plain C array")


@pytest.mark.parametrize("option", [("--mlperf", "kws01"), ("--console", "semihosting")])
def test_a_plain_array_takes_no_options_of_firmware(
    folder: Path, capsys: pytest.CaptureFixture[str], option: tuple[str, str]
) -> None:
    outcome = edgeopt(capsys, "generate", "small.tflite", "--platform", "carray", "-o", "out", *option)
    assert_refused(outcome, "plain C array", option[0])
    assert not (folder / "out").exists()
