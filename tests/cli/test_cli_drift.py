"""`edgeopt drift` on virtual boards: as calibrated, drifted, forgotten, a fleet, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from support.cli import assert_refused, edgeopt
from support.kept_link import power_off

from edgeopt.device.input_stats import InputStats
from edgeopt.ir import Quant, Tensor
from edgeopt.report.drifting import input_drift

pytestmark = pytest.mark.usefixtures("any_toolchain")
SHAPE = (8, 8, 1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, small_model: bytes, any_toolchain: None) -> Path:
    """A project with statistics and one without; data of three days."""
    made = tmp_path_factory.mktemp("drift")
    (made / "small.tflite").write_bytes(small_model)
    rng = np.random.default_rng(7)
    for name, mean, count in (("calibration", 1.0, 60), ("today", 1.0, 25), ("bright", 1.5, 25), ("few", 1.0, 5)):
        np.savez(made / f"{name}.npz", x=rng.normal(mean, 0.4, (count, *SHAPE)).astype(np.float32))
    return made


@pytest.fixture
def project(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Path]:
    monkeypatch.chdir(folder)
    if not (folder / "fw" / "build").exists():
        assert edgeopt(capsys, "generate", "small.tflite", "-o", "fw", "--input-stats").exit_code == 0
        assert edgeopt(capsys, "build", "fw").exit_code == 0
        assert edgeopt(capsys, "generate", "small.tflite", "-o", "bare").exit_code == 0
    yield Path("fw")
    power_off()


def test_as_calibrated_and_drifted(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    same = edgeopt(capsys, "drift", project, "--data", "calibration.npz", "--inputs", "today.npz")
    assert (same.exit_code, same.stderr) == (0, "") and "as calibrated" in same.stdout
    bright = edgeopt(capsys, "drift", project, "--data", "calibration.npz", "--inputs", "bright.npz")
    assert bright.exit_code == 5 and "has drifted from calibration.npz" in bright.stderr
    assert "DRIFTED" in bright.stdout and "the values lie higher" in bright.stdout


def test_json_has_every_figure(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = edgeopt(capsys, "drift", project, "--data", "calibration.npz", "--inputs", "bright.npz", "--json")
    assert outcome.exit_code == 5
    document = outcome.document
    assert document["schema"] == "edgeopt.drift/1"
    ((one,),) = (board["inputs"] for board in document["boards"])
    assert one["has_drifted"] is True and one["inferences"] == 25 and one["samples"] == 60
    values = np.load("bright.npz")["x"]
    assert one["seen"]["mean"] == pytest.approx(values.mean(), abs=0.01), "in the data's own unit"
    assert one["seen"]["deviation"] == pytest.approx(values.std(), abs=0.01)
    assert one["seen"]["most"] == pytest.approx(values.max(), abs=0.011)
    assert [check["name"] for check in one["checks"]] == ["mean", "spread", "ends", "least", "most"]
    assert document["boards"][0]["label"] == "simulated"


def test_statistics_are_kept_until_they_are_forgotten(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    at = ("drift", project, "--data", "calibration.npz", "--on", "kept:a", "--json")

    def inferences(*more: str) -> int:
        outcome = edgeopt(capsys, *at, *more)
        assert outcome.exit_code == 0, outcome.stderr
        count = outcome.document["boards"][0]["inputs"][0]["inferences"]
        assert isinstance(count, int)
        return count

    assert inferences("--inputs", "today.npz") == 25
    assert inferences() == inferences() == 25, "reading them changes none"
    assert inferences("--inputs", "today.npz", "--clear") == 50
    assert inferences() == 0
    text = edgeopt(capsys, *at[:-1]).stdout
    assert "no inference since power-up" in text


def test_a_fleet_each_and_together(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    boards = "".join(f'[[board]]\nname = "{name}"\non = "kept:{name}"\n' for name in ("north", "south"))
    Path("fleet.toml").write_text(boards)
    for name, data in (("north", "today"), ("south", "bright")):
        on = ("--on", f"kept:{name}", "--inputs", f"{data}.npz")
        edgeopt(capsys, "drift", project, "--data", "calibration.npz", *on)
    outcome = edgeopt(capsys, "drift", project, "--data", "calibration.npz", "--fleet", "fleet.toml", "--json")
    assert outcome.exit_code == 5 and "of south" in outcome.stderr
    document = outcome.document
    assert [board["inputs"][0]["has_drifted"] for board in document["boards"]] == [False, True]
    assert document["fleet"][0]["inferences"] == 50
    Path("fleet.toml").write_text(boards + '[[board]]\nname = "gone"\non = "serial:/dev/none"\n')
    outcome = edgeopt(capsys, "drift", project, "--data", "calibration.npz", "--fleet", "fleet.toml")
    assert outcome.exit_code == 5 and "gone" in outcome.stdout
    Path("fleet.toml").write_text(
        '[[board]]\nname = "north"\non = "kept:north"\n[[board]]\nname = "gone"\non = "serial:/dev/none"\n'
    )
    outcome = edgeopt(capsys, "drift", project, "--data", "calibration.npz", "--fleet", "fleet.toml")
    assert outcome.exit_code == 6 and "1 of 2 boards told nothing; gone" in outcome.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("bare", "--data", "calibration.npz"), "keeps no statistics"),
        (("--data", "calibration.npz"), "no board to ask"),
        (("fw", "--data", "small.tflite"), "small.tflite"),
        (("fw", "--data", "calibration.npz", "--on", "vrtual"), "did you mean `virtual`"),
        (("fw", "--data", "calibration.npz", "--on", "virtual", "--fleet", "calibration.npz"), "leave one of them out"),
        (("fw", "--data", "calibration.npz", "--inputs", "wrong.npz"), "needs [samples, 8, 8, 1]"),
        (("fw", "--data", "wrong.npz"), "needs [samples, 8, 8, 1]"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    project: Path, arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    np.savez("wrong.npz", x=np.zeros((3, 4, 4, 1), np.float32))
    assert_refused(edgeopt(capsys, "drift", *arguments), words)


def test_few_samples_say_so(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = edgeopt(capsys, "drift", project, "--data", "few.npz", "--inputs", "bright.npz")
    assert outcome.exit_code == 0 and "5 calibration samples tell no spread" in outcome.stdout


def test_the_calibration_file_is_told_from_another(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = Path("fw/manifest.json")
    said = json.loads(manifest.read_text())
    assert said["calibration_sha256"] is None, "it was generated without: nothing to compare with"
    assert "SHA-256" not in edgeopt(capsys, "drift", project, "--data", "calibration.npz").stdout


def test_an_input_without_statistics_is_said() -> None:
    tensor = Tensor("x", (1, 4), "int8", Quant((0.5,), (3,)))
    from edgeopt.device.drift import known_of

    known = known_of(np.arange(-40, 40, dtype=np.int8).reshape(20, 4))
    none = input_drift(tensor, None, known, 1)
    assert none.has_drifted is None and "keeps no statistics" in none.why
    nothing = input_drift(tensor, InputStats("int8", 0, 0, 0, 0, 0, 0, 0), known, 1)
    assert nothing.seen is None and nothing.known.least == 0.5 * (-40 - 3)
