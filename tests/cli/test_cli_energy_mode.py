"""`--energy-mode`, `--baud` and `--input-stats` of generate and deploy: what they make, and what is refused."""

import json
from pathlib import Path

import pytest
from support.cli import assert_refused, edgeopt
from support.tflite_writer import ModelBuilder


@pytest.fixture
def folder(tmp_path: Path, small_model: bytes, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with small.tflite in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.tflite").write_bytes(small_model)
    return tmp_path


GENERATE = ("generate", "small.tflite", "-o", "out")

REFUSED = {
    ("--energy-mode",): ("energy mode is one of MLPerf Tiny", "add --mlperf: kws01"),
    ("--energy-mode", "--mlperf", "kws01", "-b", "teensy-4-1"): ("needs a timestamp pin", "teensy-4-1 names none"),
    ("--energy-mode", "--mlperf", "kws01"): ("kws01 has one input of 490",),
    ("--baud", "1200"): ("a console at 1,200 baud", "9,600 to 921,600"),
    ("--baud", "921600", "-b", "microbit-v2"): ("makes 941,176 of 921,600 baud, +2.1%", "115200"),
    ("--baud", "9600", "--console", "rtt"): ("is rtt, which has no baud rate",),
    ("--baud", "9600", "--platform", "carray"): ("a plain C array has no console", "--baud out"),
    ("--input-stats", "--platform", "carray"): ("a plain C array keeps no statistics", "leave --input-stats out"),
    ("--energy-mode", "--platform", "carray"): ("a plain C array has no console", "--energy-mode"),
}


@pytest.mark.parametrize("options", REFUSED, ids=" ".join)
def test_what_cannot_be_is_refused(folder: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...]) -> None:
    assert_refused(edgeopt(capsys, *GENERATE, *options), *REFUSED[options])
    assert not (folder / "out").exists()


def test_energy_mode_is_for_one_model(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = edgeopt(capsys, "generate", "small.tflite", "small.tflite", "-o", "out", "--energy-mode")
    assert_refused(outcome, "`--energy-mode` is for one model, 2 were given")


@pytest.mark.parametrize("models", [("small.tflite",), ("small.tflite", "small.tflite")], ids=len)
def test_the_rate_is_in_the_manifest(folder: Path, capsys: pytest.CaptureFixture[str], models: tuple[str, ...]) -> None:
    assert edgeopt(capsys, "generate", *models, "-o", "out", "--baud", "9600").exit_code == 0
    assert json.loads((folder / "out" / "manifest.json").read_text())["options"]["baud"] == "9600"
    assert "#define EO_CONSOLE_BAUD 9600u" in (folder / "out" / "eo_board.h").read_text()


def test_a_manifest_with_a_rate_that_is_none_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert edgeopt(capsys, *GENERATE, "--baud", "9600").exit_code == 0
    manifest = folder / "out" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"baud": "9600"', '"baud": "96000000"'))
    assert_refused(edgeopt(capsys, "build", "out"), "is damaged")


def test_deploy_refuses_a_rate_before_it_begins(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "data.npz").write_bytes(b"")
    outcome = edgeopt(capsys, "deploy", "small.tflite", "--data", "data.npz", "--baud", "7", "-o", "out")
    assert_refused(outcome, "a console at 7 baud")
    assert not (folder / "out").exists()


def test_of_inputs_of_floats_no_statistics_are_kept(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    m = ModelBuilder()
    x, y = m.tensor((1, 4), "float32", name="x"), m.tensor((1, 4), scale=0.1, name="y")
    m.op("QUANTIZE", [x], [y])
    (folder / "floats.tflite").write_bytes(m.finish([x], [y]))
    assert edgeopt(capsys, "generate", "floats.tflite", "-o", "plain").exit_code == 0
    outcome = edgeopt(capsys, "generate", "floats.tflite", "-o", "out", "--input-stats")
    assert_refused(outcome, "statistics are kept of inputs of int8, uint8, int16", "leave --input-stats out")
    assert not (folder / "out").exists()


def test_several_networks_share_no_statistics(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = edgeopt(capsys, "generate", "small.tflite", "small.tflite", "-o", "out", "--input-stats")
    assert outcome.exit_code == 0
    assert "#define EO_INPUT_STATS 2" in (folder / "out" / "eo_config.h").read_text()
